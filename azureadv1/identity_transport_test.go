package azureadv1

import (
	"errors"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// TestTokenRequestsFollowNoRedirectWithoutAnHTTPClient is for a configuration without one: azcore's own client follows
// a 307 with the form, and its secret.
func TestTokenRequestsFollowNoRedirectWithoutAnHTTPClient(t *testing.T) {
	mine := &http.Client{}
	for name, opts := range map[string]azcore.ClientOptions{"nothing given": {}, "a nil client": {Transport: (*http.Client)(nil)}, "a client of the user's": {Transport: mine}} {
		t.Run(name, func(t *testing.T) {
			o, err := Identity{Kind: "client_secret"}.options(opts, false)
			if err != nil {
				t.Fatal(err)
			}
			way, ok := o.Transport.(identityTransport)
			if !ok {
				t.Fatalf("the transport is %T", o.Transport)
			}
			client, ok := way.next.(*http.Client)
			if !ok || client.CheckRedirect == nil || !errors.Is(client.CheckRedirect(nil, nil), http.ErrUseLastResponse) {
				t.Errorf("%T follows redirects", way.next)
			}
		})
	}
	if mine.CheckRedirect != nil {
		t.Error("the user's own client was changed")
	}
}
