package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// outline is what a picture consists of: its groups by class and title, its text outside of them.
func outline(t *testing.T, svg []byte) (groups map[string][]string, texts []string) {
	t.Helper()
	groups = map[string][]string{}
	var class, element string
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return groups, texts
		}
		if err != nil {
			t.Fatalf("the picture is not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			element = e.Name.Local
			for _, a := range e.Attr {
				if element == "g" && a.Name.Local == "class" {
					class, _, _ = strings.Cut(a.Value, " ")
				}
			}
		case xml.CharData:
			text := strings.TrimSpace(string(e))
			switch {
			case text == "" || element == "style":
			case element == "title":
				groups[class] = append(groups[class], text)
			case element == "text":
				texts = append(texts, text)
			}
		}
	}
}

// checkPicture compares the picture of a run with what the run printed: each call, each token, and no secret.
func checkPicture(t *testing.T, file, printed string) {
	t.Helper()
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	groups, texts := outline(t, svg)
	steps := regexp.MustCompile(`step \d+ +(\S+) +POST (\S+) +token (\S+) +(\d+)`).FindAllStringSubmatch(printed, -1)
	if len(steps) < 20 || len(groups["call"]) != len(steps) {
		t.Fatalf("%d calls are drawn, %d were printed", len(groups["call"]), len(steps))
	}
	for i, s := range steps {
		if want := fmt.Sprintf("%s %s, token %s, %s after ", s[1], s[2], s[3], s[4]); !strings.HasPrefix(groups["call"][i], want) {
			t.Errorf("call %d is drawn as %q, want %q", i+1, groups["call"][i], want)
		}
		if !strings.Contains(strings.Join(groups["token"], "\n"), "token "+s[3]) {
			t.Errorf("token %s of call %d is not drawn", s[3], i+1)
		}
	}
	if !strings.Contains(strings.Join(texts, "\n"), "2 calls refused with 401 and repeated at once with a new token") {
		t.Errorf("the two refusals and their replays are not in the text: %q", texts)
	}
	if bytes.Contains(svg, []byte("eyJ")) {
		t.Error("a token is in the picture")
	}
}

// taped is a run in round numbers: a token that is refused, one refreshed ahead, one fetched late, and a key.
func taped() *tape {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	const v1, classic = "/openai/v1/chat/completions", "/openai/deployments/a&b/chat/completions"
	return &tape{
		lives: []life{
			{azureadv1.V1, "11111111", at(0), at(3000)},
			{azureadv1.V1, "22222222", at(1010), at(4010)},
			{azureadv1.V1, "33333333", at(3500), at(6500)},
			{azureadv1.Classic, "44444444", at(7000), time.Time{}},
			{azureadv1.V1, "55555555", at(7500), at(10500)},
		},
		calls: []call{
			{azureadv1.V1, v1, at(10), 5 * time.Millisecond, 200, "11111111"},
			{azureadv1.V1, v1, at(1000), 5 * time.Millisecond, 401, "11111111"},
			{azureadv1.V1, v1, at(1020), 5 * time.Millisecond, 200, "22222222"},
			{azureadv1.V1, v1, at(3490), 500 * time.Millisecond, 429, "22222222"},
			{azureadv1.V1, v1, at(4000), 5 * time.Millisecond, 200, "33333333"},
			{azureadv1.Classic, classic, at(7010), 5 * time.Millisecond, 200, "44444444"},
			{azureadv1.Classic, classic, at(7100), 5 * time.Millisecond, 0, ""},
			{azureadv1.V1, v1, at(7510), 5 * time.Millisecond, 200, "55555555"},
		},
	}
}

func TestTimelineDrawsEveryCallAndToken(t *testing.T) {
	var svg bytes.Buffer
	if err := draw(&svg, taped()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "timeline.svg")
	if *update {
		if err := os.WriteFile(file, svg.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), svg.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	groups, texts := outline(t, svg.Bytes())
	wantTokens := []string{
		"token 11111111, the first; fetched at 0.00 s",
		"token 22222222, fetched after a refusal; fetched at 1.01 s",
		"token 33333333, refreshed ahead of expiry; fetched at 3.50 s",
		"token 44444444, the first; fetched at 7.00 s",
		"token 55555555, fetched after the last had expired; fetched at 7.50 s",
	}
	if diff := cmp.Diff(wantTokens, groups["token"]); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	wantCalls := []string{
		"v1 /openai/v1/chat/completions, token 11111111, 401 after 5ms, at 1.00 s",
		"classic /openai/deployments/a&b/chat/completions, a key, no answer after 5ms, at 7.10 s",
	}
	for _, want := range wantCalls {
		if !strings.Contains(strings.Join(groups["call"], "\n"), want) {
			t.Errorf("%q is not drawn: %q", want, groups["call"])
		}
	}
	if len(groups["call"]) != len(taped().calls) {
		t.Errorf("%d calls are drawn, want %d", len(groups["call"]), len(taped().calls))
	}
	for _, want := range []string{"8 calls on 2 surfaces, carried by 5 tokens", "v1", "classic", "22222222", "7 s", "refused with 401"} {
		if !strings.Contains("\n"+strings.Join(texts, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("the text %q is missing: %q", want, texts)
		}
	}
}

func TestTimelineOfARunThatNeverCalled(t *testing.T) {
	var svg bytes.Buffer
	if err := draw(&svg, &tape{}); err != nil {
		t.Fatal(err)
	}
	if _, texts := outline(t, svg.Bytes()); !strings.HasPrefix(strings.Join(texts, "\n"), "0 calls on 0 surfaces, carried by 0 tokens") {
		t.Errorf("an empty run reads %q", texts)
	}
	if n := strings.Count(svg.String(), "NaN") + strings.Count(svg.String(), "Inf"); n > 0 {
		t.Errorf("%d numbers of the picture are none", n)
	}
}

func TestExpiryIsReadOnlyFromAToken(t *testing.T) {
	rows := []struct {
		name, token string
		want        time.Time
	}{
		{"a token", "e30.eyJleHAiOjE3NjcyMjU2MDB9.c2ln", time.Unix(1767225600, 0)},
		{"a token without expiry", "e30.e30.c2ln", time.Time{}},
		{"a token whose claims are no JSON", "e30.e30x.c2ln", time.Time{}},
		{"an opaque token", "opaque", time.Time{}},
	}
	for _, row := range rows {
		if got := expiry(row.token); !got.Equal(row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}
