package console_test

import (
	"os"
	"strings"
	"testing"

	"signet/internal/i18n"
)

// Issue 3: the guides hold the reference of every setting, those of the console under
// the words that the console has for them.
func TestGeneralSettingsAreInTheReference(t *testing.T) {
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for language, path := range map[string]string{"en": "../../docs/en/settings.md", "fr": "../../docs/fr/parametres.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		words := catalogues.Printer(language)
		for _, key := range []string{"name", "logo", "language", "password_length", "password_kinds", "session_hours", "sign_up", "deletion_days"} {
			if label := words.T("settings." + key); !strings.Contains(string(text), "| "+label+" |") {
				t.Errorf("%s does not tell of %q", path, label)
			}
		}
	}
}
