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

// Neither do an identity's kind, ids, paths and names, nor a provider's name, show what was pasted there.
func TestMisplacedSecretsOfAnIdentityAreShownNowhere(t *testing.T) {
	for what, secret := range map[string]string{
		"a key": strings.Repeat("0123456789abcdef", 2), "a longer key": strings.Repeat("Az09", 21), "a client secret": "Abc8Q~0123456789_abcdefghijklmnopqrstuvw",
		"a token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln", "a token with its scheme": "Bearer abcdef0123456789",
	} {
		t.Run(what, func(t *testing.T) {
			rows := map[string]azureadv1.Config{
				"Kind": {Identity: azureadv1.Identity{Kind: secret}}, "TenantID": {Identity: azureadv1.Identity{Kind: "azure_cli", TenantID: secret}},
				"ClientID": {Identity: azureadv1.Identity{ClientID: secret}},
			}
			if !strings.Contains(secret, "~") { // which is in paths and names of users as well
				rows["CertificatePath"] = azureadv1.Config{Identity: azureadv1.Identity{TenantID: "t", ClientID: "c", CertificatePath: secret}}
				rows["Username"] = azureadv1.Config{Identity: azureadv1.Identity{ClientID: "c", Username: secret, Password: "p"}}
				rows["Authority"] = azureadv1.Config{Identity: azureadv1.Identity{Kind: "default", Authority: secret}}
				rows["TokenProviderID"] = azureadv1.Config{TokenProviderID: secret}
			}
			for field, cfg := range rows {
				cfg.Endpoint = "r.openai.azure.com"
				id := cfg.Identity
				encoded, err := id.MarshalJSON()
				if err != nil {
					t.Fatal(err)
				}
				text := fmt.Sprintf("%v %+v %#v %v %s %v %v", cfg, id, id, id.LogValue(), encoded, cfg.Explain(), cfg.Validate())
				if strings.Contains(text, secret) {
					t.Errorf("%s shows it: %s", field, text)
				}
			}
		})
	}
}
