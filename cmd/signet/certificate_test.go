package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"signet/internal/cert"
)

// Programs go by the causes: each is written down, in both languages.
func TestEveryCauseIsDocumented(t *testing.T) {
	for _, language := range []string{"en", "fr"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", language, "certificate-explain.md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, cause := range cert.Causes() {
			if !strings.Contains(string(text), "`"+string(cause)+"`") {
				t.Errorf("docs/%s/certificate-explain.md does not know %s", language, cause)
			}
		}
	}
}
