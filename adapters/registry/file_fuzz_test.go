package registry

import (
	"os"
	"strings"
	"testing"
)

const hush = "sk-hush-0123456789"

// FuzzReadFile reads anything, by itself and after an entry with a key: it never panics, every error has its place, and
// none shows the key, whether the file holds it or a variable.
func FuzzReadFile(f *testing.F) {
	sample, err := os.ReadFile("testdata/litellm.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(sample), "", "a: &a [*a]", "<<: {a: b}", "model_list:\n\t- x", "model_list: [{model_name: os.environ/X, litellm_params: {model: os.environ/X}}]",
		two("router_settings: {fallbacks: {a: [b], b: [a]}, routing_strategy: os.environ/X}"), one("rpm: os.environ/X", "timeout: os.environ/X", "mode: x"),
		"a: \"\\x\"", "? a\n: b", "%YAML 9\n---\na: b", "a: |\n  b\n c", "- - - -", "{a: b, c}", "a: b: c", "---\n---\n", "a: !!int b", "*a : b", "&a : b", "a: @b",
		"    extra_body: [x]\n", "    headers: {a: os.environ/X}\n", "  model_info: {mode: os.environ/X, idd: y}\n", "    api_key: again\n",
	} {
		f.Add(seed)
	}
	lookup := func(string) (string, bool) { return hush, true }
	f.Fuzz(func(t *testing.T, text string) {
		for _, whole := range []string{text, one("api_key: "+hush) + text} {
			file, err := readFile(strings.NewReader(whole), lookup)
			if file != nil && !strings.Contains(text, hush) {
				for _, e := range file.entries {
					if strings.Contains(e.String(), hush) {
						t.Errorf("an entry shows the key: %v", e.Entry)
					}
				}
			}
			if err == nil {
				if strings.Contains(strings.Join(file.warnings, "\n"), hush) && !strings.Contains(text, hush) {
					t.Errorf("a warning shows the key: %q", file.warnings)
				}
				continue
			}
			checkErrors(t, err)
			if strings.Contains(err.Error(), hush) && !strings.Contains(text, hush) {
				t.Errorf("an error shows the key: %v", err)
			}
		}
	})
}
