package profile

import (
	"net/http"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// sessionsPage is where a person is signed in.
type sessionsPage struct {
	Sessions []sessionRow
	Others   bool // there are some beside this one
}

type sessionRow struct {
	Device  string
	Icon    string
	Here    bool
	Address string
	How     string // how it was opened, in words
	App     string
	Since   time.Time
	Seen    time.Time
	End     string // path that ends it; empty for the present one
}

func (room *Room) showSessions(v visit) error {
	sessions, err := room.Sessions.Mine(v.ctx, v.caller)
	if err != nil {
		return err
	}
	identities, err := room.Identities.Of(v.ctx, v.caller, v.user.ID)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := sessionsOf(v.words, sessions, identities, v.caller.Session, n)
	if n.err != nil {
		return n.err
	}
	view := v.view(tabSessions, "profile.sessions_title")
	view.LeadKey = "profile.sessions_lead"
	room.sessions.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

// sessionsOf puts the present session first; the others keep their order, the
// last used before.
func sessionsOf(p *i18n.Printer, sessions []iam.Session, identities []iam.Identity, present iam.SessionID, n *names) sessionsPage {
	var data sessionsPage
	var here []sessionRow
	for _, s := range sessions {
		row := sessionRow{
			Device: words.Device(p, s.UserAgent), Icon: words.DeviceIcon(s.UserAgent), Here: s.ID == present, Address: s.Address,
			How: howOpened(p, s, identities), Since: s.CreatedAt, Seen: s.LastSeenAt, App: n.app(s.App),
		}
		if row.Here {
			here = append(here, row)
			continue
		}
		row.End = "/profile/sessions/" + string(s.ID) + "/end"
		data.Sessions = append(data.Sessions, row)
	}
	data.Others = len(data.Sessions) > 0
	data.Sessions = append(here, data.Sessions...)
	return data
}

func howOpened(p *i18n.Printer, s iam.Session, identities []iam.Identity) string {
	if s.Identity == "" {
		return p.T("profile.by_password")
	}
	for _, identity := range identities {
		if identity.ID == s.Identity {
			return p.T("profile.by_certificate", "Name", nameOf(identity))
		}
	}
	return p.T("profile.by_some_certificate")
}

func (room *Room) endSession(v visit) error {
	err := room.Sessions.EndMine(v.ctx, v.caller, iam.SessionID(v.r.PathValue("id")))
	if err != nil && !iam.IsNotFound(err) { // it had ended already, which is what was wanted
		return err
	}
	return v.done(tabSessions, "profile.session_ended")
}

func (room *Room) askEndOthers(v visit) error {
	sessions, err := room.Sessions.Mine(v.ctx, v.caller)
	if err != nil {
		return err
	}
	view := under(v.words, v.view(tabSessions, "profile.end_others_title"), "profile.sessions_title", tabSessions)
	room.confirm.Show(v.w, v.r, http.StatusOK, view, askEndOthersOf(v.words, sessions, v.caller.Session))
	return nil
}

func askEndOthersOf(p *i18n.Printer, sessions []iam.Session, present iam.SessionID) confirmPage {
	page := confirmPage{
		Text: p.T("profile.end_others_text"), Action: "/profile/sessions/end-others", Confirm: p.T("profile.end_others_confirm"), Cancel: tabSessions,
	}
	for _, s := range sessions {
		if s.ID != present {
			page.Ends = append(page.Ends, p.T("profile.end_others_item", "Device", words.Device(p, s.UserAgent), "Address", s.Address))
		}
	}
	page.Ends = append(page.Ends, p.T("profile.end_others_tokens"))
	return page
}

func (room *Room) endOthers(v visit) error {
	ended, err := room.Sessions.EndMyOthers(v.ctx, v.caller)
	if err != nil {
		return err
	}
	key := "profile.many_sessions_ended"
	switch ended {
	case 0:
		key = "profile.no_session_ended"
	case 1:
		key = "profile.session_ended"
	}
	return v.done(tabSessions, key, "Count", v.words.Number(ended))
}

func (room *Room) askEndAll(v visit) error {
	sessions, err := room.Sessions.Mine(v.ctx, v.caller)
	if err != nil {
		return err
	}
	view := under(v.words, v.view(tabSessions, "profile.end_all_title"), "profile.sessions_title", tabSessions)
	room.confirm.Show(v.w, v.r, http.StatusOK, view, askEndAllOf(v.words, sessions))
	return nil
}

func askEndAllOf(p *i18n.Printer, sessions []iam.Session) confirmPage {
	page := askEndOthersOf(p, sessions, "")
	page.Text, page.Action, page.Confirm = p.T("profile.end_all_text"), "/profile/sessions/end-all", p.T("profile.end_all_confirm")
	return page
}

// endAll signs out everywhere, here too.
func (room *Room) endAll(v visit) error {
	if _, err := room.Sessions.EndMyAll(v.ctx, v.caller); err != nil {
		return err
	}
	web.ClearCookie(v.w, web.SessionCookie)
	http.Redirect(v.w, v.r, "/signed-out", http.StatusSeeOther)
	return nil
}
