package profile

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/web"
)

func (room *Room) askDelete(v visit) error { return room.drawDelete(v, faults{}) }

func (room *Room) drawDelete(v visit, wrong faults) error {
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	view := under(v.words, v.view(tabProfile, "profile.delete_title"), "profile.title", tabProfile)
	room.confirm.Show(v.w, v.r, wrong.status(), view, askDeleteOf(v.words, int(set.DeletionGrace().Hours()/24), wrong))
	return nil
}

func askDeleteOf(p *i18n.Printer, days int, wrong faults) confirmPage {
	return confirmPage{
		Text: p.N("profile.delete_text", days), Action: "/profile/delete", Confirm: p.T("profile.delete_confirm"), Cancel: tabProfile,
		Warning: wrong.banner(), Ends: []string{p.T("profile.delete_ends_sessions"), p.T("profile.delete_ends_tokens"), p.T("profile.delete_ends_account")},
	}
}

// deleteMe deletes the caller's own account. It can be taken back by signing in,
// until the grace period is over.
func (room *Room) deleteMe(v visit) error {
	err := room.Directory.Delete(v.ctx, v.caller, v.user.ID)
	if wrong, mine := faultsOf(v.words, err); mine {
		return room.drawDelete(v, wrong)
	}
	if err != nil {
		return err
	}
	web.ClearCookie(v.w, web.SessionCookie)
	web.Notify(v.w, "success", "profile.deleted")
	http.Redirect(v.w, v.r, "/signed-out", http.StatusSeeOther)
	return nil
}
