package console

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

// sampleAuthorities are CAs in every state.
func sampleAuthorities(now time.Time) []trust.Authority {
	method := iam.Provider{ID: "card", Name: "Carte agent", Version: 3}
	list := func(source string, of, until time.Duration, failures int64, fault cert.Fault, kind ...cert.Kind) iam.RevocationList {
		l := iam.RevocationList{Source: source, Failures: failures, Fault: string(fault), NextTryAt: now.Add(40 * time.Minute)}
		for _, k := range kind {
			l.Kind = string(k)
		}
		if of != 0 {
			l.DataHash, l.Entries, l.ThisUpdate, l.NextUpdate, l.FetchedAt = []byte{1}, 48213, now.Add(of), now.Add(until), now.Add(of)
		}
		return l
	}
	authority := func(name string, state trust.State, mode iam.RevocationMode, lists ...iam.RevocationList) trust.Authority {
		return trust.Authority{
			Provider: method, ID: strings.ToLower(strings.ReplaceAll(name, " ", "-")), Facts: cert.Facts{CommonName: name, Subject: "CN=" + name + ",O=Hôpital Saint-Louis,C=FR"},
			Settings: iam.CARevocation{Mode: mode, Lists: []string{"http://pki.example.org/personnes.crl"}, Hosts: []string{"pki.example.org"}}, Chosen: mode != "", Lists: lists, State: state,
		}
	}
	return []trust.Authority{
		authority("Saint-Louis Personnes CA", trust.StateFresh, iam.RevocationRequired, list("http://pki.example.org/personnes.crl", -20*time.Minute, 20*time.Hour, 0, "")),
		authority("Saint-Louis Externes CA", trust.StateFailing, iam.RevocationBestEffort, list("http://pki.example.org/externes.crl", -30*time.Hour, 2*time.Hour, 4, cert.FaultUnreachable), list("http://pki.example.org/externes-delta.crl", -time.Hour, 2*time.Hour, 0, "", cert.KindDelta)),
		authority("Saint-Louis Cartes "+strings.Repeat("très longues ", 8)+"CA", trust.StateStale, iam.RevocationRequired, list("upload", -9*24*time.Hour, -2*24*time.Hour, 0, "")),
		authority("Clinique du Lac CA", trust.StateMissing, iam.RevocationRequired, list("https://crl.clinique.example/"+strings.Repeat("long/", 12)+"ca.crl", 0, 0, 2, cert.FaultBadSignature)),
		authority("Appareils CA", trust.StateOff, iam.RevocationNone), authority("Ancienne CA", trust.StateUnchosen, ""),
	}
}

func (room *Room) trustSpecimens(add specimenOf) {
	crumbs := func(s sample, view web.View) web.View {
		view.Crumbs = []web.Link{{Label: s.words.T("console.settings_title"), URL: tabSettings}, {Label: s.words.T("console.trust.title"), URL: tabTrust}}
		return view
	}
	blocks := func(s sample) []blockRow {
		now := room.Now()
		c := &iam.Certificate{Subject: "CN=Alice Martin,O=Hôpital Saint-Louis,C=FR", CommonName: "Alice Martin", Issuer: "CN=Saint-Louis Personnes CA", Serial: "4F3A99", NotBefore: now.AddDate(0, -3, 0), NotAfter: now.AddDate(1, 0, 0), SHA256: strings.Repeat("9f", 32)}
		return []blockRow{
			blockRowOf(s.words, iam.CertificateBlock{ID: "a", Kind: iam.BlockKey, Certificate: c, Reason: "Carte perdue, ticket 4711", CreatedAt: now.Add(-time.Hour)}, "Alice Martin", now),
			blockRowOf(s.words, iam.CertificateBlock{ID: "b", Kind: iam.BlockCertificate, ByOwner: true, Hash: strings.Repeat("ab", 32), CreatedAt: now.AddDate(0, 0, -3)}, "", now),
		}
	}
	page := func(state string, data func(s sample) trustPage) {
		add("trust", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(tabSettings, "console.trust.title")
			view.LeadKey = "console.trust.lead"
			view.Crumbs = []web.Link{{Label: s.words.T("console.settings_title"), URL: tabSettings}}
			room.trust.Show(w, r, http.StatusOK, view, data(s))
		})
	}
	page("full", func(s sample) trustPage {
		data := trustOf(s.words, sampleAuthorities(room.Now()), room.Now(), func(a trust.Authority) []string {
			if a.State != trust.StateFresh {
				return nil
			}
			return []string{"http://pki.example.org/clinic-delta.crl"}
		})
		data.Blocker, data.Blocks = tabTrust+"/block", blocks(s)
		return data
	})
	page("empty", func(sample) trustPage { return trustPage{Blocker: tabTrust + "/block"} })

	authority := func(state string, i int, change func(*authorityInput), wrong *iam.Error) {
		add("authority", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			a := sampleAuthorities(room.Now())[i]
			in := inputOfAuthority(a)
			if change != nil {
				change(&in)
			}
			view := crumbs(s, s.view(tabSettings, ""))
			view.Title = a.Facts.CommonName
			room.authority.Show(w, r, http.StatusOK, view, authorityFormOf(s.words, a, in, wrong, trustAuthorityOf(s.words, a, room.Now())))
		})
	}
	authority("fresh", 0, nil, nil)
	authority("failing", 1, nil, nil)
	authority("long names", 2, nil, nil)
	authority("nothing chosen", 5, nil, nil)
	authority("error", 3, func(in *authorityInput) { in.Lists = "ldap://pki.example.org/cn=ca" }, &iam.Error{Kind: iam.KindInvalid, Field: "lists", Cause: "list_address_malformed", Params: map[string]string{"Name": "ldap://pki.example.org/cn=ca"}})
	authority("list refused", 0, nil, iam.Invalid("file", "crl_bad_signature"))

	block := func(state string, in blockInput, wrong *iam.Error) {
		add("block certificate", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := crumbs(s, s.view(tabSettings, "console.trust.block_title"))
			view.LeadKey = "console.trust.block_lead"
			room.blocking.Show(w, r, http.StatusOK, view, blockFormOf(s.words, in, nil, wrong))
		})
	}
	block("empty", blockInput{}, nil)
	block("error", blockInput{text: "4F3A99", reason: "Carte perdue"}, iam.Invalid("certificate", "block_nothing"))
	add("undo block", "full", func(s sample, w http.ResponseWriter, r *http.Request) {
		room.undo.Show(w, r, http.StatusOK, crumbs(s, s.view(tabSettings, "console.trust.undo_title")), undoOf(s.words, blocks(s)[0]))
	})
}
