package profile

import (
	"net/http"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// removal is what removing an identifier means for its owner.
type removal struct {
	identity iam.Identity
	card     web.Certificate
	opened   int  // living sessions that it opened
	here     bool // the session that asks is one of them
	onlyWay  bool // nothing else lets the person in
}

// removalOf looks at what else a person has. Pure, so that the warning can be
// tested: a certificate that has expired is no way in.
func removalOf(identity iam.Identity, all []iam.Identity, sessions []iam.Session, present iam.SessionID, password bool, now time.Time) removal {
	r := removal{identity: identity, onlyWay: !password}
	for _, other := range all {
		if other.ID != identity.ID && other.Certificate != nil && !other.Certificate.Ended(now) {
			r.onlyWay = false
		}
	}
	for _, session := range sessions {
		if session.Identity != identity.ID {
			continue
		}
		r.opened++
		r.here = r.here || session.ID == present
	}
	return r
}

func (room *Room) askRemove(v visit) error {
	identity, all, err := room.mine(v)
	if err != nil {
		return err
	}
	sessions, err := room.Sessions.Mine(v.ctx, v.caller)
	if err != nil {
		return err
	}
	password, err := room.Directory.HasPassword(v.ctx, v.user.ID)
	if err != nil {
		return err
	}
	asked := removalOf(identity, all, sessions, v.caller.Session, password, v.now)
	asked.card = cardOf(v.words, v.now, identity)
	view := under(v.words, v.view(tabProfile, "profile.remove_title"), "profile.identifiers", tabProfile)
	room.confirm.Show(v.w, v.r, http.StatusOK, view, askRemoveOf(v.words, asked))
	return nil
}

func askRemoveOf(p *i18n.Printer, r removal) confirmPage {
	page := confirmPage{
		Certificate: &r.card, Text: p.T("profile.remove_text"),
		Action: "/profile/identifiers/" + string(r.identity.ID) + "/remove", Confirm: p.T("profile.remove_confirm"), Cancel: tabProfile,
	}
	page.Ends = append(page.Ends, p.T("profile.remove_ends_use"))
	if r.opened > 0 {
		page.Ends = append(page.Ends, p.N("profile.remove_ends_sessions", r.opened))
	}
	if r.here {
		page.Ends = append(page.Ends, p.T("profile.remove_ends_here"))
	}
	if r.onlyWay {
		page.Warning = &web.Banner{Kind: "danger", Title: p.T("profile.only_way_title"), Text: p.T("profile.only_way_text")}
	}
	return page
}

func (room *Room) remove(v visit) error {
	identity, _, err := room.mine(v)
	if err != nil {
		return err
	}
	ended, err := room.Identities.Remove(v.ctx, v.caller, v.user.ID, identity.ID)
	if err != nil {
		return err
	}
	key := "profile.removed_and_many_ended"
	switch ended {
	case 0:
		key = "profile.removed"
	case 1:
		key = "profile.removed_and_one_ended"
	}
	return v.done(tabProfile, key, "Name", nameOf(identity), "Count", v.words.Number(ended))
}
