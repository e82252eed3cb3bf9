package console

import (
	"slices"

	"signet/internal/i18n"
	"signet/internal/iam"
)

// identifier returns the identifier of the person that the address names.
func (room *Room) identifier(v visit, user iam.User) (iam.Identity, error) {
	identities, err := room.Identities.Of(v.ctx, v.caller, user.ID)
	if err != nil {
		return iam.Identity{}, err
	}
	i := slices.IndexFunc(identities, func(i iam.Identity) bool { return string(i.ID) == v.r.PathValue("id") })
	if i < 0 {
		return iam.Identity{}, iam.NotFound("identity")
	}
	return identities[i], nil
}

func (room *Room) askRemoveIdentifier(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	identity, err := room.identifier(v, user)
	if err != nil {
		return err
	}
	return room.ask(v, user, "console.remove_title", room.removeOf(v.words, user, identity), nil)
}

func (room *Room) removeOf(p *i18n.Printer, user iam.User, identity iam.Identity) confirmPage {
	card := room.card(p, identity)
	return confirmPage{
		Certificate: &card, Text: p.T("console.remove_text"), Confirm: p.T("console.remove"),
		Action: pathOf(user.ID) + "/identifiers/" + string(identity.ID),
		Ends:   []string{p.T("console.remove_ends_use"), p.T("console.remove_ends_sessions")},
	}
}

func (room *Room) removeIdentifier(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	identity, err := room.identifier(v, user)
	if err != nil {
		return err
	}
	ended, err := room.Identities.Remove(v.ctx, v.caller, user.ID, identity.ID)
	if err != nil {
		return err
	}
	key := "console.removed_and_many_ended"
	switch ended {
	case 0:
		key = "console.removed"
	case 1:
		key = "console.removed_and_one_ended"
	}
	return v.done(pathOf(user.ID), key, "Name", room.card(v.words, identity).Name, "Count", v.words.Number(ended))
}
