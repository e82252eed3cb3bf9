package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
)

func (room *Room) askDeleteUser(v visit) error { return room.drawDeleteUser(v, nil) }

func (room *Room) drawDeleteUser(v visit, refused *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	return room.ask(v, user, "people.delete_title", deleteUserOf(v.words, user, graceDays(set)), refused)
}

// graceDays is how long a deleted person can be recovered.
func graceDays(set iam.Settings) int { return int(set.DeletionGrace().Hours() / 24) }

func deleteUserOf(p *i18n.Printer, user iam.User, days int) confirmPage {
	return confirmPage{
		Text: p.N("people.delete_text", days), Action: pathOf(user.ID) + "/delete", Confirm: p.T("people.delete"),
		Ends: []string{p.T("console.block_ends_sessions"), p.T("console.block_ends_tokens"), p.T("people.delete_ends_account")},
	}
}

func (room *Room) deleteUser(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	err = room.Directory.Delete(v.ctx, v.caller, user.ID)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawDeleteUser(v, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "people.deleted", "Name", user.DisplayName())
}

func (room *Room) askRestoreUser(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	return room.ask(v, user, "people.restore_title", restoreUserOf(v.words, user), nil)
}

func restoreUserOf(p *i18n.Printer, user iam.User) confirmPage {
	return confirmPage{Text: p.T("people.restore_text"), Action: pathOf(user.ID) + "/restore", Confirm: p.T("people.restore"), Mild: true}
}

func (room *Room) restoreUser(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	if err := room.Directory.Restore(v.ctx, v.caller, user.ID); err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "people.restored", "Name", user.DisplayName())
}
