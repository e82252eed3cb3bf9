package console

import (
	"cmp"
	"net/http"
	"time"

	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

func (s sample) sessions(who int) []iam.Session {
	if who == 1 {
		return nil
	}
	return []iam.Session{
		{ID: "s1", Identity: "work", App: "wiki", Address: "192.0.2.17", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", CreatedAt: s.now.Add(-2 * time.Hour), LastSeenAt: s.now.Add(-time.Minute)},
		{ID: "s2", App: "long", Address: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", CreatedAt: s.now.Add(-80 * time.Hour), LastSeenAt: s.now.Add(-9 * time.Hour)},
	}
}

// peopleSpecimens are the forms about people.
func (room *Room) peopleSpecimens(add specimenOf) {
	form := func(state string, user func(sample) iam.User, wrong *iam.Error, theirs *iam.User) {
		add("user form", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := user(s)
			title := "people.new_title"
			if u.ID != "" {
				title = "people.edit_title"
			}
			data := userFormOf(s.words, u, wrong)
			if theirs != nil {
				data.Wrong = overtaken(s.words, *theirs, u)
			}
			room.userForm.Show(w, r, http.StatusOK, s.view(tabUsers, title, "Name", u.DisplayName()), data)
		})
	}
	nobody := func(sample) iam.User { return iam.User{} }
	alice := func(s sample) iam.User { return s.people()[0] }
	form("new", nobody, nil, nil)
	form("login taken", func(sample) iam.User { return iam.User{Login: "alice", Name: "Alice"} },
		&iam.Error{Kind: iam.KindConflict, Field: "login", Cause: "login_taken", Params: map[string]string{"Login": "alice"}}, nil)
	form("edit", alice, nil, nil)
	numbered := func(s sample) iam.User { u := s.people()[0]; u.Number = "PNOFR-1847203"; return u }
	form("number taken", numbered,
		&iam.Error{Kind: iam.KindConflict, Field: "number", Cause: "number_taken", Params: map[string]string{"Login": "bob"}}, nil)
	form("changed meanwhile", alice, nil, &iam.User{Login: "alice", Name: "Alice Moreau", GivenName: "Alice", FamilyName: "Moreau", Email: "alice@example.org"})
	form("long names", func(s sample) iam.User { return s.people()[3] }, nil, nil)

	link := func(state string, who int, created bool) {
		add("password link", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[who]
			room.link.Show(w, r, http.StatusOK, s.view(tabUsers, "people.link_title", "Name", u.DisplayName()),
				linkOf(s.words, u, "https://id.example.org/password/7q2k5m3xw4n6t8p1r9s0v2y4b6d8f0h2j4l6n8q0", created))
		})
	}
	link("new person", 1, true)
	link("reset", 0, false)

	role := func(state, chosen string, wrong *iam.Error) {
		add("role", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[0]
			room.role.Show(w, r, http.StatusOK, s.view(tabUsers, "people.give_role_title", "Name", u.DisplayName()),
				giveRoleOf(s.words, u, []iam.Org{{ID: "acme", Name: "Acme"}}, []iam.App{{ID: "wiki", Name: "Wiki"}}, chosen, wrong))
		})
	}
	role("empty", "", nil)
	role("nothing chosen", "", iam.Invalid("role", "role_missing"))

	ask := func(page, title string, who int, refused *iam.Error, make func(s sample, u iam.User) confirmPage) {
		add(page, cmp.Or(map[bool]string{true: "refused"}[refused != nil], "asked"), func(s sample, w http.ResponseWriter, r *http.Request) {
			u := s.people()[who]
			data := make(s, u)
			data.Person, data.Cancel = web.Person{Name: u.DisplayName(), Detail: u.Login}, pathOf(u.ID)
			if refused != nil {
				data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(s.words, refused)}
			}
			room.confirm.Show(w, r, http.StatusOK, s.view(tabUsers, title, "Name", u.DisplayName()), data)
		})
	}
	take := func(s sample, u iam.User) confirmPage {
		m := iam.Membership{Scope: iam.System(), Role: iam.RoleSystemAdministrator}
		return takeRoleOf(s.words, u, m, roleOf(s.words, m, s.names))
	}
	ask("take role", "people.take_role_title", 0, nil, take)
	ask("take role", "people.take_role_title", 0, iam.Conflict("last_administrator"), take)
	ask("delete user", "people.delete_title", 0, nil, func(s sample, u iam.User) confirmPage { return deleteUserOf(s.words, u, 30) })
	ask("restore user", "people.restore_title", 2, nil, func(s sample, u iam.User) confirmPage { return restoreUserOf(s.words, u) })
	add("user", "deleted", func(s sample, w http.ResponseWriter, r *http.Request) {
		u := s.people()[0]
		u.Status, u.StatusBefore, u.StatusAt = iam.UserDeleted, iam.UserActive, s.now.AddDate(0, 0, -2)
		view := s.view(tabUsers, "")
		view.Title = u.DisplayName()
		room.user.Show(w, r, http.StatusOK, view, room.userOf(s.words, u, nil, s.identities(), nil, true, s.names))
	})

	retention := func(state, days string, wrong *iam.Error) {
		add("retention", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.retention.Show(w, r, http.StatusOK, s.view(tabEvents, "people.retention_title"), retentionOf(s.words, days, wrong))
		})
	}
	retention("set", "365", nil)
	retention("error", "0", &iam.Error{Kind: iam.KindInvalid, Field: "days", Cause: "outside_range", Params: map[string]string{"Min": "1", "Max": "3650"}})

	identifier := func(state string, methods []iam.Provider, wrong *iam.Error, brought func(sample) *trust.Brought) {
		add("add identifier", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			u, in := s.people()[0], bringsCertificate{provider: "mtls"}
			data := addIdentifierOf(s.words, u, methods, in, wrong)
			if brought != nil {
				room.shown(s.words, &data, in, *brought(s), methods)
			}
			room.identifierAdd.Show(w, r, http.StatusOK, s.view(tabUsers, "people.identifier_title", "Name", u.DisplayName()), data)
		})
	}
	mtls := []iam.Provider{{ID: "mtls", Name: "mTLS"}}
	identifier("empty", mtls, nil, nil)
	identifier("no method", nil, nil, nil)
	identifier("no certificate", mtls, iam.Invalid("file", "file_no_certificate"), nil)
	identifier("linked to another", mtls, iam.Conflict("linked_to_other"), nil)
	identifier("shown", mtls, nil, func(s sample) *trust.Brought {
		c := s.certificate("Alice Martin", "Example Client CA", -40, 690)
		return &trust.Brought{Judged: trust.Judged{Certificate: c, Evidence: &iam.Evidence{Certificate: c}}}
	})
	identifier("refused", mtls, nil, func(s sample) *trust.Brought {
		return &trust.Brought{Judged: trust.Judged{Certificate: s.certificate("Alice Martin (2024)", "Example Client CA", -800, -9)}, Cause: "expired"}
	})
}
