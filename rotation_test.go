package provider_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// rotationDay is how long each rotation is watched, with a call every minute.
const rotationDay = 24 * time.Hour

// swapped puts a file in place the way Kubernetes does: under another name first, then by a link that is renamed.
func swapped(t *testing.T, path, text string, n int64) {
	t.Helper()
	target := path + "." + time.Now().Format("150405") + string(rune('a'+n%26))
	must(t, os.WriteFile(target, []byte(text), 0o600))
	must(t, os.Symlink(target, target+".link"))
	must(t, os.Rename(target+".link", path))
}

// callEveryMinute makes a day's calls, and returns how many failed.
func callEveryMinute(t *testing.T, c caller, each func(minute int)) (failed int) {
	t.Helper()
	for minute := range int(rotationDay / time.Minute) {
		each(minute)
		if _, err := post(t.Context(), c); err != nil {
			if failed == 0 {
				t.Log(err)
				checkSecrets(t, err)
			}
			failed++
		}
		time.Sleep(time.Minute)
	}
	return failed
}

// A federated token lives shorter than a day, and its file is replaced while the program runs: Entra refuses the ones that
// are over, so that a program that had kept the first would fail.
func TestFederatedTokenFilesRotateWithoutRestart(t *testing.T) {
	for _, row := range []struct {
		kind        string
		life, every time.Duration
	}{
		{"federated", 15 * time.Minute, 10 * time.Minute},
		{"workload_identity", time.Hour, 48 * time.Minute}, // Kubernetes': renewed when four fifths are over
	} {
		t.Run(row.kind, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{KeepLast: 1000})
				path := filepath.Join(t.TempDir(), "token")
				cfg := config(t, s, "")
				cfg.Identity = azureadv1.Identity{Kind: row.kind, TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, TokenFile: path}
				rotate := func(n int64) {
					swapped(t, path, s.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange", Expires: time.Now().Add(row.life)}), n)
				}
				rotate(0)
				failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) {
					if every := int(row.every / time.Minute); minute > 0 && minute%every == 0 {
						rotate(int64(minute / every))
					}
				})
				if failed > 0 {
					t.Errorf("%d calls failed", failed)
				}
				if n := s.Stats().TokenRequests; n < 24 {
					t.Errorf("%d token requests in a day of tokens of an hour", n)
				}
			})
		})
	}
}

// A file that is broken for a while costs nothing, as long as it is whole again before the token in use expires.
func TestABrokenTokenFileIsReadAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		path := filepath.Join(t.TempDir(), "token")
		cfg := config(t, s, "")
		cfg.Identity = azureadv1.Identity{Kind: "federated", TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, TokenFile: path}
		good := func() {
			must(t, os.WriteFile(path, []byte(s.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange", Expires: time.Now().Add(time.Hour)})), 0o600))
		}
		good()
		failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) {
			switch {
			case minute == 50: // refresh-ahead begins at minute 55 of the first token, and meets this
				must(t, os.WriteFile(path, []byte("eyJhbGci"), 0o600))
			case minute == 57:
				must(t, os.Remove(path))
			case minute == 59 || minute > 59 && minute%30 == 0:
				good()
			}
		})
		if failed > 0 {
			t.Errorf("%d calls failed", failed)
		}
	})
}

// A secret in a vault is exchanged for another, of another app: the provider that reads it at every fetch goes on.
func TestASecretBehindAProviderRotates(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const second = "99999999-0000-4000-8000-000000000002"
		s := inMemory(t, azuretest.Options{Apps: []azuretest.App{{ClientID: second, ClientSecret: clientSecret + "-2"}}})
		var rotated atomic.Bool
		asked := map[string]int{}
		o := &azidentity.ClientSecretCredentialOptions{ClientOptions: s.ClientOptions(), DisableInstanceDiscovery: true}
		vault := credentialFunc(func(ctx context.Context, tr policy.TokenRequestOptions) (azcore.AccessToken, error) {
			id, secret := azuretest.DefaultClientID, clientSecret
			if rotated.Load() {
				id, secret = second, clientSecret+"-2"
			}
			asked[id]++
			cred, err := azidentity.NewClientSecretCredential(azuretest.DefaultTenantID, id, secret, o)
			if err != nil {
				return azcore.AccessToken{}, err
			}
			return cred.GetToken(ctx, tr)
		})
		cfg := config(t, s, "")
		cfg.TokenProvider = azureadv1.BearerTokenProvider(vault, "")
		failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) { rotated.Store(minute > 700) })
		if failed > 0 || asked[azuretest.DefaultClientID] == 0 || asked[second] == 0 {
			t.Errorf("%d calls failed, tokens asked for: %v", failed, asked)
		}
	})
}
