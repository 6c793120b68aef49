package wire

import "testing"

func TestModel(t *testing.T) {
	rows := []struct {
		name, body, want string
		bad              bool
	}{
		{name: "first member", body: `{"model":"gpt-4.1","messages":[]}`, want: "gpt-4.1"},
		{name: "last member, behind nested models", body: `{"tools":[{"model":"x"}],"input":{"model":"y"},"model":"d"}`, want: "d"},
		{name: "given twice, the last counts", body: `{"model":"a","model":"b"}`, want: "b"},
		{name: "escaped", body: `{"model":"a\/b\u0020c"}`, want: "a/b c"},
		{name: "absent", body: `{"messages":[]}`},
		{name: "null", body: `{"model":null}`},
		{name: "empty body", body: ``, bad: true},
		{name: "an array", body: `[]`, bad: true},
		{name: "cut short", body: `{"model":"d"`, bad: true},
		{name: "data behind the object", body: `{"model":"d"} x`, bad: true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := Model([]byte(row.body))
			if got != row.want && !row.bad {
				t.Errorf("model = %q, want %q", got, row.want)
			}
			if (err != nil) != row.bad {
				t.Errorf("err = %v", err)
			}
		})
	}
}
