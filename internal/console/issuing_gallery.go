package console

import (
	"encoding/pem"
	"net/http"
	"strings"

	"signet/internal/ca"
	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/issuing"
	"signet/internal/web"
)

// issuingSpecimens draw the pages about certificates that Signet issues.
func (room *Room) issuingSpecimens(add specimenOf) {
	system := place{scope: iam.System(), prefix: prefixSystem, client: iam.App{ID: iam.SignetApp, Name: "Signet"}}
	authority := func(state, name string, made, trusted bool, change func(*iam.Provider, *issuingInput), wrong *iam.Error) {
		add("issuing", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			m, in := s.methods()[1], issuingInput{days: "365"}
			m.Name = name
			if change != nil {
				change(&m, &in)
			}
			var a *iam.IssuingAuthority
			if made {
				a = s.authority(name)
				if settings := *m.Settings.Certificate; trusted {
					settings.Anchors = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate}))
					m.Settings.Certificate = &settings
				}
			}
			view := s.view(tabSettings, "issuing.title", "Name", m.Name)
			view.LeadKey = "issuing.lead"
			data, err := issuingOf(s.words, system, m, a, in, wrong, s.now)
			if err != nil {
				web.Fail(w, r, err)
				return
			}
			room.issuing.Show(w, r, http.StatusOK, view, data)
		})
	}
	authority("none", "mTLS", false, false, nil, nil)
	authority("made", "mTLS", true, true, func(m *iam.Provider, in *issuingInput) { m.Public, in.self = true, true }, nil)
	authority("not trusted", "mTLS", true, false, nil, nil)
	authority("days wrong", strings.Repeat("Ministère ", 5), true, true, func(_ *iam.Provider, in *issuingInput) { in.days = "5000" }, iam.Invalid("days", "issued_days_out_of_range"))

	ask := func(state string, methods []iam.Provider, in issueInput, wrong *iam.Error) {
		add("issue", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[0]
			view := s.view(tabUsers, "issuing.issue_title", "Name", u.DisplayName())
			view.LeadKey = "issuing.issue_lead"
			room.issue.Show(w, r, http.StatusOK, view, issueOf(s.words, u, methods, in, wrong))
		})
	}
	one := []iam.Provider{{ID: "mtls", Name: "mTLS"}}
	refused := iam.Conflict("issued_refused")
	refused.Params = map[string]string{"Why": string(cert.CausePolicyMissing)}
	many := iam.Invalid("days", "issued_days_too_many")
	many.Params = map[string]string{"Max": "90"}
	ask("empty", one, issueInput{}, nil)
	ask("several methods", append(one, iam.Provider{ID: "card", Name: strings.Repeat("Carte d’agent ", 3)}), issueInput{provider: "card"}, nil)
	ask("no method", nil, issueInput{}, nil)
	ask("too long", one, issueInput{days: "400"}, many)
	ask("method refuses", one, issueInput{}, refused)
	ask("sent twice", one, issueInput{}, iam.Conflict("issued_already"))

	for state, i := range map[string]int{"issued": 0, "issued long": 3} {
		add("issue", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[i]
			parcel := issuing.Parcel{Name: "alice.p12", Password: "k7qzt-m2vxp-a4hcd-w6rbe", Certificate: s.certificate(u.DisplayName(), "mTLS CA 2026", 0, 365)}
			room.issue.Show(w, r, http.StatusOK, s.view(tabUsers, "issuing.issue_title", "Name", u.DisplayName()), issuedOf(s.words, u, parcel, "sealed", s.now))
		})
	}
}

// authority is one of Signet's own.
func (s sample) authority(name string) *iam.IssuingAuthority {
	a, err := ca.New(ca.Options{Name: name + " CA", Organization: "Signet", People: true, NotBefore: s.now.AddDate(0, -1, 0), NotAfter: s.now.AddDate(10, 0, 0)})
	if err != nil {
		panic(err) // of what stands here
	}
	return &iam.IssuingAuthority{Certificate: a.Certificate.Raw}
}
