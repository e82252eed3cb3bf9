package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
)

// Alike is a page that people are shown alike but for an id in its addresses, as
// the sign-in form of an application is before anybody is known. It is drawn once
// and remembered: drawing takes longer than anything else in the answer.
type Alike[T any] struct {
	page  *Page[T]
	place string // stands for the id in what is remembered

	mu    sync.Mutex
	drawn map[string][][]byte // what stands between the ids, by everything else that the page shows; under mu
}

// maxAlike bounds how many pages are remembered: each application has a few in each
// language, and some more where it asks for more.
const maxAlike = 200

// NewAlike remembers what the page draws. It panics where the data could hold
// something that would not tell two pages apart.
func NewAlike[T any](page *Page[T]) *Alike[T] {
	for _, t := range []reflect.Type{reflect.TypeFor[T](), reflect.TypeFor[View](), reflect.TypeFor[Brand](), reflect.TypeFor[i18n.Language]()} {
		if err := telling(t, map[reflect.Type]bool{}); err != nil {
			panic(fmt.Errorf("web: page %s: %w", page.name, err))
		}
	}
	return &Alike[T]{page: page, place: iam.NewID(), drawn: map[string][][]byte{}}
}

// Show sends the page for an id as made by iam.NewID. The function says what the
// page is for any id; nothing that belongs to one person may be in it, and nothing
// that is told from the present time.
func (a *Alike[T]) Show(w http.ResponseWriter, r *http.Request, status int, id string, of func(id string) (View, T)) {
	p := a.page.pages
	record := RecordOf(r.Context())
	view, data := of(a.place)
	printer := p.language(r, record, []string{view.Locales})
	view.Notice = p.takeNotice(w, r, printer)
	full := p.page(printer, p.brandNow(r.Context()), view, data, "", "")
	// These have had their effect and are not drawn. Strangers choose the first: it
	// would push out what is remembered.
	full.Locales, full.FormAction = "", nil
	between, err := a.between(full)
	if err != nil {
		Fail(w, r, fmt.Errorf("draw page %s: %w", a.page.name, err))
		return
	}
	buffer := p.buffers.Get().(*bytes.Buffer)
	defer p.buffers.Put(buffer)
	buffer.Reset()
	for i, text := range between {
		if i > 0 {
			buffer.WriteString(id)
		}
		buffer.Write(text)
	}
	send(w, status, printer.Lang(), view.FormAction, buffer.Bytes())
}

// between returns what stands between the ids.
func (a *Alike[T]) between(full *page) ([][]byte, error) {
	key, err := json.Marshal(full)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	known, ok := a.drawn[string(key)]
	a.mu.Unlock()
	if ok {
		return known, nil
	}
	var drawn bytes.Buffer
	if err := a.page.byLang[full.Lang]().ExecuteTemplate(&drawn, "page", full); err != nil {
		return nil, err
	}
	between := bytes.Split(drawn.Bytes(), []byte(a.place))
	if full.Notice != nil {
		return between, nil // it is for one person, once
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.drawn) >= maxAlike {
		clear(a.drawn)
	}
	a.drawn[string(key)] = between
	return between, nil
}

// telling reports whether values of the type that look different are written
// differently as JSON: two that are not would be shown the same page.
func telling(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] {
		return nil
	}
	seen[t] = true
	if t == reflect.TypeFor[time.Time]() {
		return nil
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]()) {
		return fmt.Errorf("%s writes its own JSON", t)
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return nil
	case reflect.Interface: // arguments of sentences, which are printed
		if t.NumMethod() == 0 {
			return nil
		}
	case reflect.Pointer, reflect.Slice:
		return telling(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if !f.IsExported() || strings.HasPrefix(f.Tag.Get("json"), "-") || strings.Contains(f.Tag.Get("json"), "omit") {
				return fmt.Errorf("%s.%s is not in its JSON", t, f.Name)
			}
			if err := telling(f.Type, seen); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("a %s cannot be told from another", t)
}
