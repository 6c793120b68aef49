package azureadv1_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// A key that was pasted where a name belongs is still a key.
func TestMisplacedKeyIsShownNowhere(t *testing.T) {
	key := strings.Repeat("0123456789abcdef", 2)
	c, err := azureadv1.NewClient(azureadv1.Config{Endpoint: "r.openai.azure.com", APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Post(t.Context(), azureadv1.OpChat, key, []byte("{}")) //nolint:bodyclose // there is no answer
	if err == nil {
		t.Fatal("a key passed for a deployment's name")
	}
	e := azureadv1.AsError(err)
	cfg := azureadv1.Config{Endpoint: "r.openai.azure.com", APIVersion: key, Deployment: key, Scope: key}
	for what, text := range map[string]string{
		"the error": fmt.Sprint(err, e.Deployment, e.URL), "the configuration": cfg.String(), "its explanation": cfg.Explain().String(),
	} {
		if strings.Contains(text, key) {
			t.Errorf("%s shows the key: %s", what, text)
		}
	}
}
