package i18n

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed catalogue/*.json
var embedded embed.FS

// Catalogues holds the sentences of all languages. It does not change once
// loaded and is shared by all requests.
type Catalogues struct {
	matcher  language.Matcher
	printers []*Printer // in the order of the matcher, the default language first
	missing  atomic.Int64

	// matched remembers where an Accept-Language text led to, because
	// parsing one costs more than the sentences of a page. It is bounded:
	// the text is chosen by strangers.
	matched struct {
		sync.RWMutex
		results map[string]match
	}
}

// maxMatched bounds Catalogues.matched. Browsers send some hundred different
// texts altogether.
const maxMatched = 1024

// maxPreference bounds the length of a preference that is looked at, far above
// what browsers send.
const maxPreference = 256

// Load reads the catalogues that are built into the program.
func Load() (*Catalogues, error) { return Read(embedded) }

// Read reads catalogue/*.json of fsys. A key that two files of a language both
// write is an error, because one of them would win by chance.
func Read(fsys fs.FS) (*Catalogues, error) {
	paths, err := fs.Glob(fsys, "catalogue/*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogues: %w", err)
	}
	bundle := i18n.NewBundle(language.English)
	messages := map[language.Tag]map[string]*i18n.Message{}
	for _, path := range paths {
		text, err := fs.ReadFile(fsys, path)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		file, err := i18n.ParseMessageFileBytes(text, path, nil)
		if err != nil {
			return nil, fmt.Errorf("parse catalogue %s: %w", path, err)
		}
		known := messages[file.Tag]
		if known == nil {
			known = map[string]*i18n.Message{}
			messages[file.Tag] = known
		}
		for _, m := range file.Messages {
			if known[m.ID] != nil {
				return nil, fmt.Errorf("parse catalogue %s: key %s is written twice", path, m.ID)
			}
			known[m.ID] = m
		}
		if err := bundle.AddMessages(file.Tag, file.Messages...); err != nil {
			return nil, fmt.Errorf("parse catalogue %s: %w", path, err)
		}
	}
	if messages[language.English] == nil {
		return nil, fmt.Errorf("load catalogues: no file of the default language, %v", language.English)
	}

	c := &Catalogues{}
	c.matched.results = map[string]match{}
	tags := make([]language.Tag, 0, len(messages))
	for tag := range messages {
		tags = append(tags, tag)
	}
	slices.SortFunc(tags, func(a, b language.Tag) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.String(), b.String()))
	})
	for _, tag := range tags {
		p, err := newPrinter(c, bundle, tag, messages[tag])
		if err != nil {
			return nil, fmt.Errorf("compile catalogue of %v: %w", tag, err)
		}
		c.printers = append(c.printers, p)
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// rank puts the default language first.
func rank(tag language.Tag) int {
	if tag == language.English {
		return 0
	}
	return 1
}

// Printer returns the printer of the first usable preference. A preference is
// a BCP 47 tag, a list of them separated by spaces (ui_locales of OpenID
// Connect Core 1.0, section 3.1.2.1) or the text of an Accept-Language header
// (RFC 9110, section 12.5.4). Where none is usable, a language that the person
// probably reads (French for Breton) serves, and English otherwise.
func (c *Catalogues) Printer(preferences ...string) *Printer {
	return c.PrinterOr("", preferences...)
}

// PrinterOr is Printer where another language than English serves in the end.
func (c *Catalogues) PrinterOr(fallback string, preferences ...string) *Printer {
	var near *Printer
	for _, preference := range preferences {
		m := c.match(preference)
		if m.usable != nil {
			return m.usable
		}
		if near == nil {
			near = m.near
		}
	}
	if near != nil {
		return near
	}
	if p, ok := c.In(fallback); ok {
		return p
	}
	return c.printers[0]
}

// match is what one preference leads to; its fields may be nil.
type match struct {
	usable *Printer // the language that was asked for
	near   *Printer // one that is often read by those who asked for another
}

func (c *Catalogues) match(preference string) match {
	if preference == "" || len(preference) > maxPreference {
		return match{}
	}
	c.matched.RLock()
	m, known := c.matched.results[preference]
	c.matched.RUnlock()
	if known {
		return m
	}
	for _, tag := range parsePreference(preference) {
		_, i, confidence := c.matcher.Match(tag)
		if confidence >= language.High {
			m.usable = c.printers[i]
			break
		}
		if confidence > language.No && m.near == nil {
			m.near = c.printers[i]
		}
	}
	c.matched.Lock()
	if len(c.matched.results) < maxMatched {
		c.matched.results[preference] = m
	}
	c.matched.Unlock()
	return m
}

// Language is one language that people can choose.
type Language struct {
	Tag  string // BCP 47, for the lang attribute and the choice
	Name string // in the language itself: a person looks for their own word
}

// Languages returns the languages that there are, the default first.
func (c *Catalogues) Languages() []Language {
	languages := make([]Language, len(c.printers))
	for i, p := range c.printers {
		languages[i] = Language{Tag: p.lang, Name: p.T("locale.name")}
	}
	return languages
}

// Missing returns how many keys and values were asked for and not there since
// the start. Tests that draw pages want zero.
func (c *Catalogues) Missing() int64 { return c.missing.Load() }

// In returns the printer of exactly this language, and false where there is
// none. It is for choices that were offered, such as those of Languages.
func (c *Catalogues) In(tag string) (*Printer, bool) {
	for _, p := range c.printers {
		if p.lang == tag {
			return p, true
		}
	}
	return nil, false
}

// zoneOr returns the zone, or UTC where there is none.
func zoneOr(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}
