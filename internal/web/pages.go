package web

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"signet/internal/i18n"
)

//go:embed page
var pageFiles embed.FS

// Pages draws pages. It is made once at start; every page is parsed and drawn
// then, so that a mistake in a template stops the program and not a person.
type Pages struct {
	catalogues *i18n.Catalogues
	brand      Brand
	general    func(context.Context) General
	now        func() time.Time
	static     *static
	icons      map[string]template.HTML
	iconNames  []string
	languages  []i18n.Language
	layouts    map[Layout]*template.Template // with keys instead of words, for trials
	spoken     map[spoken]spokenLayout
	failure    *Page[Failure]
	buffers    sync.Pool
}

// spoken names a layout in a language.
type spoken struct {
	layout Layout
	lang   string
}

// spokenLayout is a layout with its words in place, and what folds pages that
// are added to it.
type spokenLayout struct {
	set    *template.Template
	folder folder
}

// NewPages prepares layouts, components, icons and static files. It panics
// where one of them, all part of the program, is broken.
func NewPages(catalogues *i18n.Catalogues, brand Brand, now func() time.Time) *Pages {
	if brand.Name == "" {
		brand.Name = "Signet"
	}
	p := &Pages{
		catalogues: catalogues,
		brand:      brand,
		now:        now,
		static:     &static{byName: map[string]string{}, byPath: map[string]*asset{}},
		languages:  catalogues.Languages(),
		layouts:    map[Layout]*template.Template{},
		spoken:     map[spoken]spokenLayout{},
		buffers:    sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
	icons, err := fs.ReadFile(pageFiles, "page/icons.svg")
	if err == nil {
		p.icons, p.iconNames, err = parseIcons(icons)
	}
	if err != nil {
		panic(fmt.Errorf("web: read icons: %w", err))
	}
	p.AddStatic(staticFiles, "static/rosette.svg", "static/favicon.svg", "static/app.js", "static/app.css")
	for _, layout := range []Layout{Widget, Frame, Bare} {
		t := template.New("layout").Funcs(p.funcs(nil)).Option("missingkey=error")
		p.layouts[layout] = template.Must(t.ParseFS(pageFiles, "page/component.html", "page/shell.html", "page/"+string(layout)+".html"))
		for _, language := range p.languages {
			printer, _ := catalogues.In(language.Tag)
			funcs := p.funcs(printer)
			set := template.Must(p.layouts[layout].Clone()).Funcs(funcs)
			f := folder{funcs: funcs, component: template.Must(set.Clone())}
			f.fold(set)
			p.spoken[spoken{layout, language.Tag}] = spokenLayout{set, f}
		}
	}
	p.failure = Define[Failure](p, pageFiles, "page/failure.html", Widget)
	return p
}

// AddStatic adds a room's own static files; templates and View.Scripts name
// them by their last element. It panics where one cannot be read.
func (p *Pages) AddStatic(fsys fs.FS, names ...string) {
	if err := p.static.add(fsys, names...); err != nil {
		panic(fmt.Errorf("web: %w", err))
	}
}

// Mount adds the static files, the switch of language and the answer to paths
// that no room knows.
func (p *Pages) Mount(mux *http.ServeMux) {
	mux.Handle("GET "+staticPrefix, p.static)
	mux.HandleFunc("POST /language", p.switchLanguage)
	mux.HandleFunc("/", unknown(mux))
}

// funcs are what templates can call. Without a printer they are placeholders
// for parsing; each language has its own set.
func (p *Pages) funcs(printer *i18n.Printer) template.FuncMap {
	funcs := componentFuncs()
	funcs["t"] = printer.T
	funcs["n"] = printer.N
	funcs["date"] = printer.Date
	funcs["datetime"] = printer.DateTime
	funcs["short"] = printer.Short
	funcs["ago"] = func(t time.Time) string { return printer.Ago(t, p.now()) }
	funcs["number"] = printer.Number
	funcs["icon"] = p.icon
	funcs["static"] = p.staticAddress
	return funcs
}

func (p *Pages) icon(name string) (template.HTML, error) {
	icon, ok := p.icons[name]
	if !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	return icon, nil
}

func (p *Pages) staticAddress(name string) (string, error) {
	address, ok := p.static.byName[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return address, nil
}

// Page is a page whose template takes a T. It is safe for concurrent use.
type Page[T any] struct {
	pages  *Pages
	name   string
	byLang map[string]func() *template.Template
}

// Define reads the template name of fsys, to be drawn in the layout. The
// template is the content of the page; {{define "actions"}} in it holds
// buttons beside the title. It panics where the template uses a template, a
// function or a field that does not exist: the template is drawn once with an
// empty T and once with a T in which everything is there.
func Define[T any](pages *Pages, fsys fs.FS, name string, layout Layout) *Page[T] {
	p := &Page[T]{pages: pages, name: strings.TrimSuffix(path.Base(name), path.Ext(name)), byLang: map[string]func() *template.Template{}}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		panic(fmt.Errorf("web: read page: %w", err))
	}
	// The trial prints keys in brackets: words are the concern of i18n's test.
	trial := template.Must(pages.layouts[layout].Clone())
	if _, err := trial.New("content").Parse(string(text)); err != nil {
		panic(fmt.Errorf("web: parse page %s: %w", name, err))
	}
	for _, full := range []bool{false, true} {
		view := pages.page(nil, pages.brand, View{Title: name}, sample[T](full), "/", "")
		if err := trial.ExecuteTemplate(io.Discard, "page", view); err != nil {
			panic(fmt.Errorf("web: page %s: %w", name, err))
		}
	}
	for _, language := range pages.languages {
		in := pages.spoken[spoken{layout, language.Tag}]
		// Each has a copy of the layout and of every component. All of them in all
		// languages would be most of the memory of the program, and few are ever asked for.
		p.byLang[language.Tag] = sync.OnceValue(func() *template.Template {
			t := template.Must(in.set.Clone())
			template.Must(t.New("content").Parse(string(text)))
			in.folder.fold(t)
			return t
		})
	}
	return p
}

// General is what the operator or an administrator says about every page. What
// is empty is as it was at start.
type General struct {
	Name     string // what the installation calls itself
	Logo     string // address of the picture beside the name; the seal of Signet where empty
	Language string // for people who ask for none that there is
}

// Follow lets the pages follow what an administrator changes while the program
// runs. It is called once, before the first page is served; the function is asked
// for every page, so it must be quick.
func (p *Pages) Follow(general func(context.Context) General) { p.general = general }

func (p *Pages) generalNow(ctx context.Context) General {
	if p.general == nil {
		return General{}
	}
	return p.general(ctx)
}

func (p *Pages) brandNow(ctx context.Context) Brand {
	brand, general := p.brand, p.generalNow(ctx)
	if general.Name != "" {
		brand.Name = general.Name
	}
	brand.Logo = general.Logo
	return brand
}

// page fills what a layout needs.
func (p *Pages) page(printer *i18n.Printer, brand Brand, view View, data any, back, request string) *page {
	full := &page{
		View:      view,
		Lang:      printer.Lang(),
		Heading:   view.Title,
		Brand:     brand,
		Languages: p.languages,
		Data:      data,
		Request:   request,
	}
	if view.TitleKey != "" {
		full.Heading = printer.T(view.TitleKey, view.TitleArgs...)
	}
	full.Lead = view.Lead
	if view.LeadKey != "" {
		full.Lead = printer.T(view.LeadKey, view.LeadArgs...)
	}
	if full.Back == "" {
		full.Back = cmp.Or(full.At, back)
	}
	return full
}

// Show draws the page into memory and then sends it, so that a fault becomes
// an error page and never half a page.
func (p *Page[T]) Show(w http.ResponseWriter, r *http.Request, status int, view View, data T) {
	record := RecordOf(r.Context())
	printer := p.pages.language(r, record, []string{view.Locales})
	if view.Notice == nil {
		view.Notice = p.pages.takeNotice(w, r, printer)
	}
	view.At = cmp.Or(view.At, record.At)
	buffer := p.pages.buffers.Get().(*bytes.Buffer)
	defer p.pages.buffers.Put(buffer)
	buffer.Reset()
	full := p.pages.page(printer, p.pages.brandNow(r.Context()), view, data, backPath(r), record.ID)
	if err := p.byLang[printer.Lang()]().ExecuteTemplate(buffer, "page", full); err != nil {
		err = fmt.Errorf("draw page %s: %w", p.name, err)
		if any(p) == any(p.pages.failure) {
			// The error page itself is broken: words without a page.
			record.Err = err
			http.Error(w, http.StatusText(status), status)
			return
		}
		Fail(w, r, err)
		return
	}
	send(w, status, printer.Lang(), view.FormAction, buffer.Bytes())
}

// send sends what was drawn.
func send(w http.ResponseWriter, status int, lang string, formAction []string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body))) // else it is sent in chunks
	if len(formAction) > 0 {
		h.Set("Content-Security-Policy", policyWith(formAction))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left is no fault
}
