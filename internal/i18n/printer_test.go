package i18n

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func load(t *testing.T) *Catalogues {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPrinterChoosesALanguage(t *testing.T) {
	c := load(t)
	for name, test := range map[string]struct {
		preferences []string
		want        string
	}{
		"none":                            {nil, "en"},
		"empty":                           {[]string{"", ""}, "en"},
		"exact":                           {[]string{"fr"}, "fr"},
		"with a region":                   {[]string{"fr-CA"}, "fr"},
		"ui_locales, first usable":        {[]string{"xx de fr en"}, "fr"},
		"accept-language by weight":       {[]string{"en;q=0.3, fr;q=0.9"}, "fr"},
		"not ours, then the next":         {[]string{"ja", "fr"}, "fr"},
		"first preference wins":           {[]string{"en", "fr"}, "en"},
		"garbled, then the next":          {[]string{"!!;;q=x", "fr"}, "fr"},
		"endless, then the next":          {[]string{strings.Repeat("fr,", 1000), "fr"}, "fr"},
		"a neighbour, where nothing else": {[]string{"br"}, "fr"},
		"nothing usable":                  {[]string{"de-DE", "*"}, "en"},
		"a language close to another":     {[]string{"en-GB"}, "en"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second answer comes from memory
				if got := c.Printer(test.preferences...).Lang(); got != test.want {
					t.Errorf("language = %s, want %s", got, test.want)
				}
			}
		})
	}
}

func TestPrinterRemembersBoundedly(t *testing.T) {
	c := load(t)
	for i := range 3 * maxMatched {
		c.Printer("fr-x-" + strings.Repeat("a", 1+i%8) + "-" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)))
	}
	if n := len(c.matched.results); n > maxMatched {
		t.Errorf("remembers %d texts, want at most %d", n, maxMatched)
	}
}

func testCatalogues(t *testing.T, files map[string]string) (*Catalogues, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["catalogue/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Read(fsys)
}

func TestReadRefuses(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no default language":  {"a.fr.json": `{"a.b": "x"}`},
		"a key in two files":   {"a.en.json": `{"a.b": "x"}`, "b.en.json": `{"a.b": "y"}`},
		"no JSON":              {"a.en.json": `{`},
		"a call in a sentence": {"a.en.json": `{"a.b": "{{printf \"%s\" .A}}"}`},
		"a branch":             {"a.en.json": `{"a.b": "{{if .A}}x{{end}}"}`},
		"a chain of fields":    {"a.en.json": `{"a.b": "{{.A.B}}"}`},
		"an open place":        {"a.en.json": `{"a.b": "{{.A"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := testCatalogues(t, files); err == nil {
				t.Error("was read")
			}
		})
	}
}

func TestPrint(t *testing.T) {
	c, err := testCatalogues(t, map[string]string{
		"a.en.json": `{"a.plain": "Hello", "a.place": "Hello {{.Name}}, {{ .Name }}!", "a.only_english": "Here",
			"a.tries": {"one": "{{.Count}} try by {{.Name}}", "other": "{{.Count}} tries by {{.Name}}"}, "locale.group": ",", "locale.decimal": "."}`,
		"a.fr.json": `{"a.plain": "Bonjour", "a.place": "Bonjour {{.Name}}",
			"a.tries": {"one": "{{.Count}} essai de {{.Name}}", "other": "{{.Count}} essais de {{.Name}}"}, "locale.group": " ", "locale.decimal": ","}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	en, fr := c.Printer("en"), c.Printer("fr")
	for _, test := range []struct{ got, want string }{
		{en.T("a.plain"), "Hello"},
		{en.T("a.place", "Name", "<Bob>"), "Hello <Bob>, <Bob>!"},
		{en.T("a.place", "Name", "{{.Name}}"), "Hello {{.Name}}, {{.Name}}!"},
		{en.T("a.place", "Other", 1, "Name", 7), "Hello 7, 7!"},
		{en.N("a.tries", 1, "Name", "Bob"), "1 try by Bob"},
		{en.N("a.tries", 0, "Name", "Bob"), "0 tries by Bob"},
		{fr.N("a.tries", 0, "Name", "Bob"), "0 essai de Bob"},
		{fr.N("a.tries", 1234567, "Name", "Bob"), "1 234 567 essais de Bob"},
		{fr.N("a.tries", 1000000, "Name", "Bob"), "1 000 000 essais de Bob"}, // the form "many" is not written
		{en.Number(-12345), "-12,345"},
		{en.Number(999), "999"},
		{en.Decimal("4.55"), "4.55"},
		{fr.Decimal("4.55"), "4,55"},
		{fr.Decimal("10.0.0.1"), "10.0.0.1"},
	} {
		if test.got != test.want {
			t.Errorf("printed %q, want %q", test.got, test.want)
		}
	}
	if n := c.Missing(); n != 0 {
		t.Errorf("missing = %d, want 0", n)
	}
	for _, test := range []struct{ got, want string }{
		{en.T("a.nothing"), "[a.nothing]"},
		{en.N("a.nothing", 2), "[a.nothing]"},
		{fr.T("a.only_english"), "[a.only_english]"},
		{en.T("a.place"), "Hello [Name], [Name]!"},
		{en.T("a.place", "Name"), "Hello [Name], [Name]!"},
		{(*Printer)(nil).T("a.plain"), "[a.plain]"},
		{(*Printer)(nil).N("a.plain", 1), "[a.plain]"},
	} {
		if test.got != test.want {
			t.Errorf("printed %q, want %q", test.got, test.want)
		}
	}
	if n := c.Missing(); n != 7 {
		t.Errorf("missing = %d, want 7", n)
	}
}

func TestMoments(t *testing.T) {
	c := load(t)
	en, fr := c.Printer("en"), c.Printer("fr")
	paris := time.FixedZone("CET", 3600)
	at := time.Date(2026, time.November, 22, 23, 5, 0, 0, time.UTC)
	first := time.Date(2026, time.August, 1, 8, 0, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{en.Date(at), "22 November 2026"},
		{fr.Date(at), "22 novembre 2026"},
		{fr.Date(first), "1er août 2026"},
		{en.Date(first), "1 August 2026"},
		{fr.In(paris).Date(at), "23 novembre 2026"},
		{en.DateTime(at), "22 November 2026 at 23:05 UTC"},
		{fr.DateTime(at), "22 novembre 2026 à 23:05 UTC"},
		{fr.In(paris).DateTime(at), "23 novembre 2026 à 00:05 CET"},
		{en.Short(at), "22 Nov 2026, 23:05 UTC"},
		{fr.In(paris).Short(at), "23 nov. 2026, 00:05 CET"},
		{en.Date(time.Time{}), ""},
		{en.Ago(at.Add(-10*time.Second), at), "just now"},
		{en.Ago(at.Add(-time.Minute), at), "1 minute ago"},
		{fr.Ago(at.Add(-3*time.Hour), at), "il y a 3 heures"},
		{fr.Ago(at.AddDate(0, 0, 12), at), "dans 12 jours"},
		{en.Ago(at.AddDate(-3, 0, 0), at), "3 years ago"},
		{fr.Ago(at.AddDate(0, 5, 0), at), "dans 5 mois"},
	} {
		if test.got != test.want {
			t.Errorf("printed %q, want %q", test.got, test.want)
		}
	}
}

func TestLanguagesAreOffered(t *testing.T) {
	languages := load(t).Languages()
	if len(languages) < 2 || languages[0] != (Language{Tag: "en", Name: "English"}) || languages[1] != (Language{Tag: "fr", Name: "Français"}) {
		t.Errorf("languages = %v", languages)
	}
}

func BenchmarkPrinter(b *testing.B) {
	c, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Printer("", "", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5").T("web.certificate.issuer", "Issuer", "Example")
	}
}
