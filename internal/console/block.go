package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
)

func (room *Room) askBlock(v visit) error { return room.drawBlock(v, nil) }

func (room *Room) drawBlock(v visit, refused *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	return room.ask(v, user, "console.block_title", blockOf(v.words, user), refused)
}

func blockOf(p *i18n.Printer, user iam.User) confirmPage {
	return confirmPage{
		Text: p.T("console.block_text"), Action: pathOf(user.ID) + "/block", Confirm: p.T("console.block"),
		Ends: []string{p.T("console.block_ends_sign_in"), p.T("console.block_ends_sessions"), p.T("console.block_ends_tokens")},
	}
}

func (room *Room) block(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	err = room.Directory.Block(v.ctx, v.caller, user.ID)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawBlock(v, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "console.blocked", "Name", user.DisplayName())
}

func (room *Room) askUnblock(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	return room.ask(v, user, "console.unblock_title", unblockOf(v.words, user), nil)
}

func unblockOf(p *i18n.Printer, user iam.User) confirmPage {
	return confirmPage{Text: p.T("console.unblock_text"), Action: pathOf(user.ID) + "/unblock", Confirm: p.T("console.unblock"), Mild: true}
}

func (room *Room) unblock(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	if err := room.Directory.Unblock(v.ctx, v.caller, user.ID); err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "console.unblocked", "Name", user.DisplayName())
}
