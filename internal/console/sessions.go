package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
)

func (room *Room) askEndSessions(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	return room.ask(v, user, "console.end_sessions_title", endSessionsOf(v.words, user, user.ID == v.caller.User), nil)
}

func endSessionsOf(p *i18n.Printer, user iam.User, self bool) confirmPage {
	page := confirmPage{
		Text: p.T("console.end_sessions_text"), Action: pathOf(user.ID) + "/end-sessions", Confirm: p.T("console.end_sessions"),
		Ends: []string{p.T("console.block_ends_sessions"), p.T("console.block_ends_tokens")},
	}
	if self {
		page.Ends = append(page.Ends, p.T("console.ends_here"))
	}
	return page
}

func (room *Room) endSessions(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	ended, err := room.Sessions.EndOfUser(v.ctx, v.caller, user.ID)
	if err != nil {
		return err
	}
	key := "console.many_sessions_ended"
	switch ended {
	case 0:
		key = "console.no_session_ended"
	case 1:
		key = "console.one_session_ended"
	}
	return v.done(pathOf(user.ID), key, "Name", user.DisplayName(), "Count", v.words.Number(ended))
}

// endOneSession ends one session of a person. That it had ended already is what
// was wanted.
func (room *Room) endOneSession(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	err = room.Sessions.EndOne(v.ctx, v.caller, user.ID, iam.SessionID(v.r.PathValue("session")))
	if err != nil && !iam.IsNotFound(err) {
		return err
	}
	return v.done(pathOf(user.ID), "people.session_ended", "Name", user.DisplayName())
}
