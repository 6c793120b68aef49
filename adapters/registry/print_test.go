package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNoWayOfPrintingAnEntryShowsItsSecrets(t *testing.T) {
	e := Entry{
		Name: "m", ID: "d@r.example", Provider: "other", Model: "d", APIBase: "https://user:hush@r.example/x?key=hush", APIKey: "hush",
		Params: map[string]any{"secret": "hush"},
	}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("entry", "entry", e, "pointer", &e)
	encoded, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{logged.String(), string(encoded), e.String(), e.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%80s"} {
		texts = append(texts, fmt.Sprintf(verb, e), fmt.Sprintf(verb, &e))
	}
	for _, text := range texts {
		if strings.Contains(text, "hush") || strings.Contains(text, fmt.Sprintf("%x", "hush")) || strings.Contains(text, fmt.Sprintf("%X", "hush")) {
			t.Errorf("shows a secret: %s", text)
		}
	}
	if got := e.String(); !strings.Contains(got, "Name:m") || !strings.Contains(got, "Host:r.example") {
		t.Errorf("shows too little: %s", got)
	}
}

func TestASecretThatWasPastedForANameIsNotPrinted(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	for _, e := range []Entry{
		{Name: key}, {ID: key}, {ID: key + "@r.example"}, {Provider: key}, {Model: key}, {Model: "dir/" + key}, {BaseModel: key}, {Mode: key},
	} {
		if text := fmt.Sprintf("%v %+v", e, e); strings.Contains(text, key) || !strings.Contains(text, "REDACTED") {
			t.Error(text)
		}
	}
}
