package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTimeIsItsOwnersWhateverTheRuntimeDoesForIt(t *testing.T) {
	const traces = `File: compare
Type: cpu
Duration: 1s, Total samples = 1s
-----------+-------------------------------------------------------
    20000us   runtime.mallocgc
             runtime.newobject
             github.com/seed-a739af98/langchaingo-azure/internal/wire.ReadChat
             main.ofModel.func3
-----------+-------------------------------------------------------
    10000us   github.com/go-faster/jx.(*Decoder).Raw
             github.com/seed-a739af98/langchaingo-azure/internal/wire.ReadChat
-----------+-------------------------------------------------------
    10000us   net/textproto.MIMEHeader.Add (inline)
             github.com/openai/openai-go/v3/internal/requestconfig.NewRequestConfig
-----------+-------------------------------------------------------
    40000us   github.com/openai/openai-go/v3/internal/requestconfig.NewRequestConfig
-----------+-------------------------------------------------------
    10000us   runtime.gcDrain
             runtime.systemstack
-----------+-------------------------------------------------------
    10000us   main.(*canned).RoundTrip
             github.com/seed-a739af98/langchaingo-azure/azureadv1.sender.Do
-----------+-------------------------------------------------------
`
	got, err := shares(strings.NewReader(traces))
	if err != nil {
		t.Fatal(err)
	}
	want := map[owner]float64{ownersUs: 20, ownersJSON: 10, ownersNet: 10, ownersPipeline: 40, ownersCollect: 10, ownersNetwork: 10}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := shares(strings.NewReader("File: compare\n")); err == nil {
		t.Error("an empty profile has shares")
	}
}
