package i18n

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// Printer writes in one language. It is safe for concurrent use. A nil Printer
// prints keys in brackets, so that a forgotten printer is an ugly page and not
// a crash.
type Printer struct {
	catalogues *Catalogues
	lang       string
	sentences  map[string]sentence            // of messages without plural, by key
	plurals    map[string]map[string]sentence // of messages with plural, by key and by the form's source text
	forms      *i18n.Localizer                // chooses the plural form
	zone       *time.Location
}

func newPrinter(c *Catalogues, bundle *i18n.Bundle, tag language.Tag, messages map[string]*i18n.Message) (*Printer, error) {
	p := &Printer{
		catalogues: c,
		lang:       tag.String(),
		sentences:  make(map[string]sentence, len(messages)),
		plurals:    map[string]map[string]sentence{},
		forms:      i18n.NewLocalizer(bundle, tag.String()),
		zone:       time.UTC,
	}
	for _, key := range slices.Sorted(maps.Keys(messages)) {
		forms := pluralForms(messages[key])
		if len(forms) == 1 {
			s, err := parseSentence(forms["other"])
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", key, err)
			}
			p.sentences[key] = s
			continue
		}
		p.plurals[key] = map[string]sentence{}
		for _, text := range forms {
			s, err := parseSentence(text)
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", key, err)
			}
			p.plurals[key][text] = s
		}
	}
	return p, nil
}

// pluralForms returns the forms of a message that are written, by their CLDR
// name. A message without plural has "other" alone.
func pluralForms(m *i18n.Message) map[string]string {
	forms := map[string]string{"other": m.Other}
	for name, text := range map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many} {
		if text != "" {
			forms[name] = text
		}
	}
	return forms
}

// Lang returns the BCP 47 tag of the language, for the lang attribute.
func (p *Printer) Lang() string {
	if p == nil {
		return "en"
	}
	return p.lang
}

// In returns a printer that writes times in the zone.
func (p *Printer) In(zone *time.Location) *Printer {
	if p == nil {
		return nil
	}
	other := *p
	other.zone = zoneOr(zone)
	return &other
}

// Has reports whether there is a sentence with this key.
func (p *Printer) Has(key string) bool {
	if p == nil {
		return false
	}
	return p.sentences[key] != nil || p.plurals[key] != nil
}

// T returns the sentence with the key, its places filled from pairs of name
// and value: p.T("signin.title", "App", app.Name).
func (p *Printer) T(key string, pairs ...any) string {
	if p == nil {
		return "[" + key + "]"
	}
	s, ok := p.sentences[key]
	if !ok {
		return p.absent(key)
	}
	text, missing := s.fill(pairs)
	if missing > 0 {
		p.catalogues.missing.Add(missing)
	}
	return text
}

// N returns the sentence with the key in the plural form for count; {{.Count}}
// in it is the number as people write it.
func (p *Printer) N(key string, count int, pairs ...any) string {
	if p == nil {
		return "[" + key + "]"
	}
	forms, ok := p.plurals[key]
	if !ok {
		return p.T(key, append([]any{"Count", p.Number(count)}, pairs...)...)
	}
	source, err := p.forms.Localize(&i18n.LocalizeConfig{
		MessageID:      key,
		PluralCount:    count,
		TemplateParser: template.IdentityParser{},
	})
	s, written := forms[source]
	if !written {
		// A form that a language has for rare numbers (French "many" is for
		// millions) may be left out: go-i18n gives "other" then, and an error.
		_ = err
		return p.absent(key)
	}
	text, missing := s.fill(append([]any{"Count", p.Number(count)}, pairs...))
	if missing > 0 {
		p.catalogues.missing.Add(missing)
	}
	return text
}

// absent counts the key and shows it, so that the gap is found without taking
// the page down.
func (p *Printer) absent(key string) string {
	p.catalogues.missing.Add(1)
	return "[" + key + "]"
}
