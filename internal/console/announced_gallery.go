package console

import (
	"net/http"
	"strings"

	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/web"
)

// announced are certificates that are awaited.
func (s sample) announced() []iam.Announced {
	return []iam.Announced{
		{ID: "a1", User: "alice", Provider: "mtls", Kind: iam.AnnouncedSerial, IssuerName: "Example Client CA", Issuer: "aa", Shown: "0A7F3C2B", CreatedAt: s.now.AddDate(0, 0, -3)},
		{ID: "a2", User: "alice", Provider: "mtls", Kind: iam.AnnouncedCertificate, Shown: strings.Repeat("0a7f3c2b", 8), CreatedAt: s.now.AddDate(0, -1, 0)},
		{ID: "a3", User: "alice", Provider: "mtls", Kind: iam.AnnouncedSubject, Issuer: "aa", IssuerName: strings.Repeat("Autorité ", 8),
			Shown: "CN=" + strings.Repeat("Maximilienne ", 12) + ",O=" + strings.Repeat("Ministère ", 8) + ",C=FR", CreatedAt: s.now},
	}
}

// announcedSpecimens draw the pages about announced certificates.
func (room *Room) announcedSpecimens(add specimenOf) {
	form := func(state string, methods func(sample) []iam.Provider, in announceInput, wrong *iam.Error) {
		add("announce", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[0]
			data := announceOf(s.words, u, methods(s), in, wrong)
			for _, name := range []string{"Example Client CA", strings.Repeat("Autorité ", 12)} {
				data.Issuer.Options = append(data.Issuer.Options, web.Option{Value: name, Label: s.words.T("announced.issuer_key", "Name", name, "Key", "7c14e09d")})
			}
			room.announcing.Show(w, r, http.StatusOK, s.view(tabUsers, "announced.title", "Name", u.DisplayName()), data)
		})
	}
	none := func(sample) []iam.Provider { return nil }
	methods := func(s sample) []iam.Provider { return s.methods()[1:] }
	form("empty", methods, announceInput{}, nil)
	form("no method", none, announceInput{}, nil)
	wrong := announceInput{provider: "mtls", Announcement: identity.Announcement{Kind: iam.AnnouncedKey, Value: "0A:1B:2C"}}
	form("value wrong", methods, wrong, iam.Invalid("value", "announced_fingerprint_malformed"))
	wrong.Kind = iam.AnnouncedSubject
	form("names not accepted", methods, wrong, iam.Invalid("kind", "announced_names_not_accepted"))

	held := iam.Invalid("value", "announced_linked_to_another")
	held.Params = map[string]string{"Login": "bob"}
	linked := wrong
	linked.Kind, linked.Value = iam.AnnouncedSerial, "0A:1B"
	form("linked to another", methods, linked, held)

	list := func(state string, n int, after string, wrong *iam.Error, bad ...identity.BadLine) {
		add("announced", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			m := s.methods()[1]
			var all []identity.Awaiting
			for i := range n {
				all = append(all, identity.Awaiting{Announced: s.announced()[i%3], Person: s.people()[[]int{0, 1, 3}[i%3]]})
			}
			view := s.view(tabSettings, "announced.list_title", "Name", m.Name)
			view.LeadKey, view.Wide = "announced.list_lead", true
			room.announcedOf.Show(w, r, http.StatusOK, view, announcedListOf(s.words, m, all, after, wrong, bad, s.names))
		})
	}
	list("full", 3, "", nil)
	list("many", announcedPageSize+1, "x", nil)
	list("empty", 0, "", nil)
	list("file missing", 0, "", iam.Invalid("file", "announced_file_empty"))
	taken := iam.Invalid("value", "announced_for_another")
	taken.Params = map[string]string{"Login": "bob"}
	list("bad lines", 3, "", nil, identity.BadLine{Number: 2, Wrong: iam.NotFound("user")}, identity.BadLine{Number: 17, Wrong: taken},
		identity.BadLine{Number: 40, Wrong: iam.Invalid("value", "announced_sha1")})

	add("user", "certificates awaited", func(s sample, w http.ResponseWriter, r *http.Request) {
		u := s.people()[0]
		view := s.view(tabUsers, "")
		view.Title, view.Crumbs = u.DisplayName(), []web.Link{{Label: s.words.T("console.users_title"), URL: tabUsers}}
		data := room.userOf(s.words, u, nil, nil, nil, true, s.names)
		for _, a := range s.announced() {
			data.Awaited = append(data.Awaited, announcedRowOf(s.words, a, s.names))
		}
		room.user.Show(w, r, http.StatusOK, view, data)
	})
	add("withdraw", "asked", func(s sample, w http.ResponseWriter, r *http.Request) {
		u := s.people()[0]
		data := withdrawOf(s.words, s.announced()[2])
		data.Person, data.Cancel = web.Person{Name: u.DisplayName(), Detail: u.Login}, pathOf(u.ID)
		room.confirm.Show(w, r, http.StatusOK, s.view(tabUsers, "announced.withdraw_title", "Name", u.DisplayName()), data)
	})
}
