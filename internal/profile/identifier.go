package profile

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// identifierPage is one identifier with all that is known of it.
type identifierPage struct {
	Path        string
	Certificate web.Certificate
	Facts       []web.Fact
	Publicity   web.Choice
	Blocked     *web.Banner
	Withdrawn   *web.Banner // its issuer has revoked it
}

// mine returns the caller's own identifier that the address names.
func (room *Room) mine(v visit) (iam.Identity, []iam.Identity, error) {
	identities, err := room.Identities.Of(v.ctx, v.caller, v.user.ID)
	if err != nil {
		return iam.Identity{}, nil, err
	}
	for _, identity := range identities {
		if string(identity.ID) == v.r.PathValue("id") {
			return identity, identities, nil
		}
	}
	return iam.Identity{}, nil, iam.NotFound("identity")
}

func (room *Room) showIdentifier(v visit) error {
	identity, _, err := room.mine(v)
	if err != nil {
		return err
	}
	return room.drawIdentifier(v, identity, faults{})
}

func (room *Room) drawIdentifier(v visit, identity iam.Identity, wrong faults) error {
	n := room.names(v.ctx)
	row := rowOf(v.words, v.now, identity, n)
	if n.err != nil {
		return n.err
	}
	data := identifierOf(v.words, row, identity, wrong)
	data.Certificate = cardOf(v.words, v.now, identity)
	if err := room.addTrust(v, identity, &data); err != nil {
		return err
	}
	view := under(v.words, v.view(tabProfile, ""), "profile.identifiers", tabProfile)
	view.Title = nameOf(identity)
	room.identifier.Show(v.w, v.r, wrong.status(), view, data)
	return nil
}

func identifierOf(p *i18n.Printer, row identifierRow, identity iam.Identity, wrong faults) identifierPage {
	data := identifierPage{
		Path: row.Path, Certificate: row.Certificate,
		Facts: []web.Fact{
			{Term: p.T("profile.method"), Text: row.Method},
			{Term: p.T("profile.added"), Text: p.DateTime(row.Added)},
			{Term: p.T("profile.use"), Text: row.LastUsed},
		},
		Publicity: web.Choice{
			Name: "publicity", Label: p.T("profile.publicity"), Hint: p.T("profile.publicity_hint"), Error: wrong.of("publicity"), Cards: true,
		},
	}
	for _, level := range []struct {
		value iam.Publicity
		icon  string
		hint  string
	}{
		{iam.PublicityOnlyMe, "lock", p.T("profile.publicity_only_me_hint")},
		{iam.PublicityOnRequest, "app", p.T("profile.publicity_on_request_hint")},
		{iam.PublicityEveryone, "globe", p.T("profile.publicity_everyone_hint")},
	} {
		data.Publicity.Options = append(data.Publicity.Options, web.Option{
			Value: string(level.value), Label: p.T("profile.publicity." + string(level.value)), Hint: level.hint, Icon: level.icon,
			Selected: level.value == identity.Publicity,
		})
	}
	return data
}

func (room *Room) saveIdentifier(v visit) error {
	identity, _, err := room.mine(v)
	if err != nil {
		return err
	}
	err = room.Identities.SetPublicity(v.ctx, v.caller, v.user.ID, identity.ID, iam.Publicity(v.r.PostFormValue("publicity")))
	if wrong, mine := faultsOf(v.words, err); mine {
		return room.drawIdentifier(v, identity, wrong)
	}
	if err != nil {
		return err
	}
	return v.done(tabProfile, "profile.publicity_saved", "Name", nameOf(identity))
}
