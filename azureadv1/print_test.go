package azureadv1_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// secrets are values that must be in no text, in no encoding a formatter has.
var secrets = []string{
	"sekret-key", "sekret-token", "sekret-client", "sekret-certificate", "sekret-password", "sekret-header", "sekret-query", "sekret-userinfo", jwtLike,
}

func secretive() azureadv1.Config {
	return azureadv1.Config{
		Endpoint: "https://apim.example.com/a?sig=sekret-query", Deployment: "chat", APIKey: "sekret-key", Token: "sekret-token",
		TokenProvider: azureadv1.StaticToken("sekret-token"), TokenProviderID: "tenant-a", Credential: issuing("sekret-token"),
		Identity: azureadv1.Identity{
			Kind: "client_secret", TenantID: "t", ClientID: "c", ClientSecret: "sekret-client",
			CertificatePassword: "sekret-certificate", Password: "sekret-password", TokenFile: jwtLike,
		},
		Header: http.Header{"X-Team": {"sekret-header"}}, HTTPClient: http.DefaultClient, Logger: slog.New(slog.DiscardHandler),
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	cfg := secretive()
	bad := cfg
	bad.Endpoint = "sekret-userinfo:sekret-password@apim.example.com/%zz?sig=sekret-query"
	inUserinfo := cfg
	inUserinfo.Endpoint = "bob:sekret-userinfo@apim.example.com"
	w := &network{answer: always(401, `{"error":{"code":"401","message":"who is Bearer sekret-token with sekret-header?"}}`)}
	good := cfg
	good.Identity = azureadv1.Identity{}
	good.APIKey = ""
	c := onWire(t, w, good)
	e := failedChat(t, c)
	refused := failedChat(t, onWire(t, w, azureadv1.Config{TokenProvider: func(context.Context) (string, error) {
		return "", fmt.Errorf("the token %s was not good", jwtLike)
	}}))
	values := map[string]any{
		"Config": cfg, "*Config": &cfg, "Config of an unreadable endpoint": bad, "Config with userinfo": inUserinfo,
		"Client.Config": c.Config(), "Identity": cfg.Identity, "*Identity": &cfg.Identity,
		"Client": *c, "*Client": c, "Error": *e, "*Error": e, "Error of a provider": refused,
		"a slice": []azureadv1.Config{cfg}, "a map": map[string]any{"c": cfg, "k": c}, "Explanation": good.Explain(), "Client.URL": c.URL(azureadv1.OpChat),
		"a struct": struct {
			C azureadv1.Config
			E *azureadv1.Error
		}{cfg, e},
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			for how, text := range printed(t, v) {
				for _, secret := range secrets {
					if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), hex.EncodeToString([]byte(secret))) {
						t.Errorf("%s shows %s:\n%s", how, secret, text)
					}
				}
				if text == "" {
					t.Errorf("%s shows nothing", how)
				}
			}
		})
	}
	wantText(t, cfg.String(), "REDACTED", "apim.example.com/a", "tenant-a", "X-Team", "chat")
}

// printed is a value in every form in which values end up in logs.
func printed(t *testing.T, v any) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%40v", "%.500v", "%+q", "%#x"} {
		all[verb] = fmt.Sprintf(verb, v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("json: %v", err)
	}
	all["json"] = string(text)
	handlers := map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
	for name, handler := range handlers {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("m", "v", v, slog.Group("g", "v", v))
		all[name] = b.String()
	}
	all["errorf"] = fmt.Errorf("wrapped: %v", v).Error()
	return all
}

func TestErrorPrintsItsTextWhateverTheVerb(t *testing.T) {
	e := azureadv1.Error{Op: "chat", StatusCode: 404, Code: "DeploymentNotFound", Message: "none", Hint: "Look again."}
	const want = `azureadv1: chat 404 DeploymentNotFound: none. Look again.`
	for _, got := range []string{e.Error(), e.String(), fmt.Sprint(e), fmt.Sprint(&e), fmt.Sprintf("%#v", e), fmt.Sprintf("%d", &e)} {
		if got != want {
			t.Errorf("got %q", got)
		}
	}
	if got := fmt.Sprintf("%q", &e); got != `"`+want+`"` {
		t.Errorf("%%q: %s", got)
	}
	var parsed map[string]any
	text, err := json.Marshal(e)
	if err := errors.Join(err, json.Unmarshal(text, &parsed)); err != nil || parsed["Code"] != "DeploymentNotFound" || parsed["StatusCode"] != 404.0 {
		t.Errorf("json: %s, %v", text, err)
	}
}
