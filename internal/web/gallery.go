package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Specimen is one page in one state, drawn with sample data. Rooms return
// theirs from a Gallery method, so that every state can be looked at without
// reaching it.
type Specimen struct {
	Room  string // "signin"
	Page  string // "choose"
	State string // "empty", "full", "error", "long names"
	Show  http.HandlerFunc
}

func (s Specimen) address() string {
	slug := func(text string) string { return strings.ReplaceAll(text, " ", "-") }
	return "/" + slug(s.Room) + "/" + slug(s.Page) + "/" + slug(s.State)
}

// galleryRoom is the specimens of one room on the gallery's first page.
type galleryRoom struct {
	Name  string
	Pages []galleryPage
}

type galleryPage struct {
	Name   string
	States []Link
}

type galleryIndex struct {
	Rooms     []galleryRoom
	Languages []string
}

// Gallery serves the specimens: a first page grouped by room, each specimen at
// /<room>/<page>/<state>?lang=, and the design system at /design. It is for
// development and never mounted by a server.
func Gallery(pages *Pages, specimens []Specimen) http.Handler {
	pages.AddStatic(staticFiles, "static/gallery.css")
	index := Define[galleryIndex](pages, pageFiles, "page/gallery.html", Frame)
	design := Define[designSystem](pages, pageFiles, "page/design.html", Frame)
	mux := http.NewServeMux()
	pages.Mount(mux)
	specimens = append(pages.specimens(), specimens...)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		index.Show(w, r, http.StatusOK, galleryView("Gallery", "/"), galleryIndex{Rooms: groupSpecimens(specimens), Languages: pages.tags()})
	})
	mux.HandleFunc("GET /design", func(w http.ResponseWriter, r *http.Request) {
		design.Show(w, r, http.StatusOK, galleryView("Design system", "/design"), pages.designSystem())
	})
	for _, s := range specimens {
		mux.HandleFunc("GET "+s.address(), s.Show)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record := &Record{ID: "k7qm2xwepd4tn6zb", Method: r.Method, Address: netip.MustParseAddr("192.0.2.17"), pages: pages}
		if printer, ok := pages.catalogues.In(r.URL.Query().Get("lang")); ok {
			record.explicit = printer
		}
		setSecurityHeaders(w.Header(), 0)
		mux.ServeHTTP(w, withRecord(r, record))
	})
}

func galleryView(title, current string) View {
	return View{Title: title, Wide: true, Styles: []string{"gallery.css"}, Nav: Nav{Section: "Gallery", Tabs: []Link{
		{Label: "Pages", URL: "/", Icon: "app", Current: current == "/"},
		{Label: "Design system", URL: "/design", Icon: "star", Current: current == "/design"},
	}}}
}

func (p *Pages) tags() []string {
	tags := make([]string, len(p.languages))
	for i, language := range p.languages {
		tags[i] = language.Tag
	}
	return tags
}

// groupSpecimens keeps the order in which rooms and pages come.
func groupSpecimens(specimens []Specimen) []galleryRoom {
	var rooms []galleryRoom
	for _, s := range specimens {
		i := slices.IndexFunc(rooms, func(r galleryRoom) bool { return r.Name == s.Room })
		if i < 0 {
			rooms = append(rooms, galleryRoom{Name: s.Room})
			i = len(rooms) - 1
		}
		j := slices.IndexFunc(rooms[i].Pages, func(p galleryPage) bool { return p.Name == s.Page })
		if j < 0 {
			rooms[i].Pages = append(rooms[i].Pages, galleryPage{Name: s.Page})
			j = len(rooms[i].Pages) - 1
		}
		rooms[i].Pages[j].States = append(rooms[i].Pages[j].States, Link{Label: s.State, URL: s.address()})
	}
	return rooms
}
