package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// FuzzLists compares the short way for lists of texts with encoding/json.
func FuzzLists(f *testing.F) {
	for _, seed := range []string{`["openid","profile"]`, `[]`, `null`, `[""]`, `["a,b"]`, `["a\",\"b"]`, `["a" , "b"]`, `["a"`, `["<>"]`, `["é"]`, `["\\"]`, `["a","b"] `, `"a"`, `[1]`, `["]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var short, whole []string
		if simpleList(text, &short) {
			if err := json.Unmarshal([]byte(text), &whole); err != nil || !slices.Equal(short, whole) {
				t.Errorf("%q is read as %q, want %q, %v", text, short, whole, err)
			}
		}
		list := []string{text, "openid"}
		want, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if got := jsonText(list); got != string(want) {
			t.Errorf("%q is written as %s, want %s", list, got, want)
		}
		var back []string
		if err := (fromJSON{&back}).Scan(jsonText(list)); err != nil || len(back) != 2 {
			t.Errorf("read back %q, %v", back, err)
		}
	})
	if got := fmt.Sprint(jsonText([]string(nil)), jsonText([]string{})); got != "null[]" {
		f.Errorf("empty lists are %s", got)
	}
}
