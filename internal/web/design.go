package web

import (
	"net/http"
	"time"

	"signet/internal/iam"
)

// designSystem is what the page about the look shows beside the components,
// which its template holds.
type designSystem struct {
	Icons           []string
	Colour          []string
	Near, Past, Far time.Time // ends of certificates, seen from today
	People          []Person
}

func (p *Pages) designSystem() designSystem {
	now := p.now()
	return designSystem{
		Icons: p.iconNames,
		Colour: []string{
			"page", "surface", "raised", "sunken", "line", "line-strong", "line-control", "text", "text-soft", "text-faint",
			"accent", "accent-strong", "accent-soft", "on-accent", "success", "success-soft", "warning", "warning-soft", "danger", "danger-soft",
		},
		Near: now.AddDate(0, 0, 12),
		Past: now.AddDate(0, 0, -3),
		Far:  now.AddDate(2, 3, 0),
		People: []Person{
			{Name: "Alice Martin", Detail: "alice@example.org"}, {Name: "Bob Ng"}, {Name: "Çağla Öz"}, {Name: "Dave"},
			{Name: "Émile Zola"}, {Name: "Frida K"}, {Name: "Gustav Mahler"}, {Name: "山田 太郎"},
		},
	}
}

// specimens are the error pages, which belong to this package.
func (p *Pages) specimens() []Specimen {
	show := func(room, page, state string, err error, kind string) Specimen {
		return Specimen{Room: room, Page: page, State: state, Show: func(w http.ResponseWriter, r *http.Request) {
			RecordOf(r.Context()).Attempt = ""
			fail(w, r, err, kind, false)
		}}
	}
	return []Specimen{
		show("web", "failure", "not found", errPageNotFound, string(iam.KindNotFound)),
		show("web", "failure", "method", errPageNotFound, "method"),
		show("web", "failure", "forbidden", iam.Forbidden("not_allowed"), string(iam.KindForbidden)),
		show("web", "failure", "other site", iam.Forbidden("cross_origin"), string(iam.KindForbidden)),
		show("web", "failure", "sign in needed", &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}, string(iam.KindUnauthenticated)),
		show("web", "failure", "limited", &iam.Error{Kind: iam.KindLimited}, string(iam.KindLimited)),
		show("web", "failure", "conflict", &iam.Error{Kind: iam.KindConflict}, string(iam.KindConflict)),
		show("web", "failure", "invalid", &iam.Error{Kind: iam.KindInvalid}, string(iam.KindInvalid)),
		show("web", "failure", "too large", http.ErrBodyReadAfterClose, "too_large"),
		show("web", "failure", "internal", http.ErrServerClosed, "internal"),
	}
}
