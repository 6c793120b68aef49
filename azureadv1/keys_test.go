package azureadv1

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	meternoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

type namedCredential struct{ name string }

func (namedCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// change gives a field another value than its present one.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case TokenProvider:
		v.Set(reflect.ValueOf(StaticToken("another")))
	case http.Header:
		v.Set(reflect.ValueOf(http.Header{"X-Another": {"one"}}))
	case *http.Client:
		v.Set(reflect.ValueOf(&http.Client{}))
	case *slog.Logger:
		v.Set(reflect.ValueOf(slog.New(slog.DiscardHandler)))
	default:
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "-another")
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 1)
		case reflect.Interface:
			for _, another := range []any{namedCredential{"another"}, tracenoop.NewTracerProvider(), meternoop.NewMeterProvider()} {
				if r := reflect.ValueOf(another); r.Type().AssignableTo(v.Type()) {
					v.Set(r)
					return
				}
			}
			t.Fatalf("nothing here is a %s", v.Type())
		default:
			t.Fatalf("no way to change a %s", v.Type())
		}
	}
}

// changed calls do with a copy of Config for every field, changed in that field alone; Identity's by each of its own.
func changed(t *testing.T, do func(field string, cfg Config)) {
	t.Helper()
	for f := range reflect.TypeFor[Config]().Fields() {
		if !f.IsExported() {
			continue
		}
		if f.Type == reflect.TypeFor[Identity]() {
			for inner := range f.Type.Fields() {
				var cfg Config
				change(t, reflect.ValueOf(&cfg).Elem().FieldByIndex(append(f.Index[:1:1], inner.Index...)))
				do("Identity."+inner.Name, cfg)
			}
			continue
		}
		var cfg Config
		change(t, reflect.ValueOf(&cfg).Elem().FieldByIndex(f.Index))
		do(f.Name, cfg)
	}
}

func TestEveryFieldIsPartOfTheKey(t *testing.T) {
	plain, _ := Config{}.key()
	changed(t, func(field string, cfg Config) {
		key, shared := cfg.key()
		switch {
		case field == "TokenProvider" && shared:
			t.Error("a bare func has no identity, yet is shared")
		case field != "TokenProvider" && (!shared || key == plain):
			t.Errorf("configurations that differ in %s share a client", field)
		}
	})
}

func TestEveryFieldIsShown(t *testing.T) {
	var nothing Config
	changed(t, func(field string, cfg Config) {
		name, _, _ := strings.Cut(field, ".")
		if cfg.String() == nothing.String() || !strings.Contains(cfg.String(), name+":") {
			t.Errorf("%s is not shown: %s", field, cfg)
		}
		if text, err := cfg.MarshalJSON(); err != nil || !strings.Contains(string(text), `"`+name+`"`) {
			t.Errorf("%s is not in the JSON: %s, %v", field, text, err)
		}
	})
}

func TestKeysHoldNoSecret(t *testing.T) {
	cfg := Config{
		Endpoint: "https://apim.example.com/a?sig=sekret-query", APIKey: "sekret-key", Token: "sekret-token",
		TokenProvider: StaticToken("sekret-token"), TokenProviderID: "tenant a",
		Identity: Identity{ClientSecret: "sekret-client", CertificatePassword: "sekret-certificate", Password: "sekret-password", TokenFile: "eyJ-sekret-file"},
		Header:   http.Header{"X-Team": {"sekret-header"}},
	}
	key, ok := cfg.key()
	if !ok {
		t.Fatal("no key")
	}
	cfg.APIKey, cfg.Token, cfg.TokenProvider = "", "", nil
	source := cfg.sourceKey(target{})
	for name, k := range map[string]any{"clientKey": key, "sourceKey": source} {
		var flat bytes.Buffer
		flatten(&flat, reflect.ValueOf(k))
		if strings.Contains(flat.String(), "sekret") {
			t.Errorf("%s holds a secret: %q", name, flat.String())
		}
		if flat.Len() < 32 {
			t.Errorf("%s holds next to nothing: the walk is broken", name)
		}
	}
}

// flatten writes every string and byte a value holds.
func flatten(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		b.WriteString(v.String() + "\n")
	case reflect.Uint8:
		b.WriteByte(byte(v.Uint() & 0xff))
	case reflect.Struct:
		for _, field := range v.Fields() {
			flatten(b, field)
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			flatten(b, v.Index(i))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			flatten(b, v.Elem())
		}
	default:
		fmt.Fprintln(b, v)
	}
}

func TestDigestsOfDifferentPartsDiffer(t *testing.T) {
	rows := map[string][2]http.Header{
		"a value that moves to another name": {{"A": {"x"}, "B": nil}, {"A": nil, "B": {"x"}}},
		"two values and one joined":          {{"A": {"x", "y"}}, {"A": {"xy"}}},
		"a value that looks like a name":     {{"A": {"B", "", "x"}}, {"A": {"B"}, "X": nil}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if headerDigest(row[0]) == headerDigest(row[1]) {
				t.Error("equal digests")
			}
		})
	}
	if headerDigest(http.Header{"x-team": {"a"}}) != headerDigest(http.Header{"X-Team": {"a"}}) {
		t.Error("the case of a header's name must not count")
	}
	if digestOf("a", "") == digestOf("", "a") || digestOf("ab") == digestOf("a", "b") {
		t.Error("parts run together")
	}
}
