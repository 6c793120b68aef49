package azureadv1_test

import (
	"context"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// BenchmarkBearerTokenProvider is what a call pays for its token: ours, and azidentity's own cached GetToken, which is
// what a call would pay without it. Both serve the same real credential's token, alone and from parallel goroutines.
func BenchmarkBearerTokenProvider(b *testing.B) {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	cred := s.Credential()
	p := azureadv1.BearerTokenProvider(cred, "")
	options := policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}, EnableCAE: true}
	for _, row := range []struct {
		name string
		ask  func(context.Context) error
	}{
		{"ours", func(ctx context.Context) error { _, err := p(ctx); return err }},
		{"azidentity", func(ctx context.Context) error { _, err := cred.GetToken(ctx, options); return err }},
	} {
		ctx, cancel := context.WithCancel(b.Context()) // as calls have: one that can end
		if err := row.ask(ctx); err != nil {
			b.Fatal(err)
		}
		b.Run(row.name+"/alone", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := row.ask(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(row.name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := row.ask(ctx); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
		cancel()
	}
}
