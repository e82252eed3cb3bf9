package console

import (
	"cmp"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// own is the method that the path names, if it is administered at the place.
func (room *Room) own(v visit) (place, iam.Provider, error) {
	pl, err := room.place(v)
	if err != nil {
		return pl, iam.Provider{}, err
	}
	m, err := room.Providers.Provider(v.ctx, iam.ProviderID(v.r.PathValue("method")))
	if err != nil || m.Scope != pl.scope {
		return pl, m, orNotFound(err)
	}
	return pl, m, nil
}

func (room *Room) showMethod(v visit) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	return room.drawMethod(v, pl, m, inputOf(m), methodNotes{})
}

// methodNotes are what the form of a method says beside its fields.
type methodNotes struct {
	wrong  *iam.Error
	notice *web.Banner
	replay *replayPanel
	days   int // that were looked back on
}

func (room *Room) drawMethod(v visit, pl place, m iam.Provider, in methodInput, notes methodNotes) error {
	view, err := room.placed(v, pl, "")
	if err != nil {
		return err
	}
	view = pl.below(v.words.T, view)
	view.Title, view.FormAction = m.Name, room.CertificateSources
	data := methodFormOf(v.words, pl, m, in, authorities(m), room.HostChoices, notes.wrong, v.now)
	if notes.notice != nil {
		data.Wrong = notes.notice
	}
	if data.Certificate {
		data.Replay, data.Replayed = replayFormOf(v.words, notes.days), notes.replay
		if v.caller.May(iam.EditIdentities, iam.System()) {
			data.Mapping.announced(announcedPath(m.ID))
		}
	}
	room.form.Show(v.w, v.r, statusOf(notes.wrong), view, data)
	return nil
}

func (room *Room) changeMethod(v visit) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	in, err := readMethod(v.r)
	changed := m
	if err == nil {
		err = room.bringLogo(v, pl, &in)
	}
	if err == nil {
		changed, err = in.apply(m)
	}
	if days := replayed(v); err == nil && days > 0 && m.Type == iam.ProviderCertificate {
		return room.replayMethod(v, pl, m, changed, in, days)
	}
	if err == nil {
		err = room.Providers.Change(v.ctx, v.caller, changed)
	}
	refused := redrawable(err)
	switch {
	case refused != nil && refused.Cause == "changed_meanwhile":
		// The other one's state is read anew: it may be newer than what was compared.
		if pl, m, err = room.own(v); err != nil {
			return err
		}
		in.Version = m.Version
		return room.drawMethod(v, pl, m, in, methodNotes{wrong: refused, notice: conflictOf(v.words, m, in)})
	case refused != nil:
		return room.drawMethod(v, pl, m, in, methodNotes{wrong: refused})
	case err != nil:
		return err
	}
	if twice := broughtTwice(anchorsText(m), in.Remove, []byte(in.Text), in.file); len(twice) > 0 {
		web.Notify(v.w, "warning", "console.methods.saved_twice", "Name", changed.Name, "Authorities", strings.Join(twice, ", "))
		return v.to(pl.methods())
	}
	return v.done(pl.methods(), "console.methods.saved", "Name", changed.Name)
}

func anchorsText(m iam.Provider) string {
	if m.Settings.Certificate == nil {
		return ""
	}
	return m.Settings.Certificate.Anchors
}

// conflictOf tells the second of two administrators what the first one's state
// has that theirs has not. The authorities need no line: the form shows those of
// the present state, and keeps what is added and removed.
func conflictOf(p *i18n.Printer, present iam.Provider, mine methodInput) *web.Banner {
	theirs := inputOf(present)
	text := func(s string) string {
		return cmp.Or(strings.Join(strings.Fields(s), " "), p.T("console.methods.unset"))
	}
	flag := func(on bool) string {
		if on {
			return p.T("console.methods.on")
		}
		return p.T("console.methods.off")
	}
	chosen := func(what, value string) string {
		if value == "" {
			return p.T("console.methods.unset")
		}
		return p.T("console.methods." + what + "." + value)
	}
	b := &web.Banner{Kind: "warning", Title: p.T("console.methods.conflict"), Text: p.T("console.methods.conflict_text")}
	for _, d := range []struct{ label, theirs, mine string }{
		{p.T("console.methods.name"), text(theirs.Name), text(mine.Name)},
		{p.T("console.methods.description"), text(theirs.Description), text(mine.Description)},
		{p.T("console.methods.max_depth"), text(theirs.MaxDepth), text(mine.MaxDepth)},
		{p.T("console.methods.min_rsa_bits"), text(theirs.MinRSABits), text(mine.MinRSABits)},
		{p.T("console.methods.min_hash_bits"), hashWord(theirs.MinHashBits), hashWord(mine.MinHashBits)},
		{p.T("console.methods.max_age_days"), text(theirs.MaxAgeDays), text(mine.MaxAgeDays)},
		{p.T("console.methods.policy_oids"), text(theirs.PolicyOIDs), text(mine.PolicyOIDs)},
		{p.T("console.methods.key_types"), text(strings.Join(theirs.KeyTypes, ", ")), text(strings.Join(mine.KeyTypes, ", "))},
		{p.T("console.methods.allow_no_purpose"), flag(theirs.AllowNoPurpose), flag(mine.AllowNoPurpose)},
		{p.T("console.methods.require_forwarded"), flag(theirs.RequireForwarded), flag(mine.RequireForwarded)},
		{p.T("console.methods.host_title"), text(theirs.Host), text(mine.Host)},
		{p.T("console.methods.linking"), chosen("linking", theirs.Linking), chosen("linking", mine.Linking)},
		{p.T("console.methods.renewal"), chosen("renewal", theirs.Renewal), chosen("renewal", mine.Renewal)},
		{p.T("console.methods.renewal_days"), text(theirs.RenewalDays), text(mine.RenewalDays)},
		{p.T("console.assurance.title"), text(assuranceText(theirs.Assurance)), text(assuranceText(mine.Assurance))},
		{p.T("console.methods.mapping"), text(mappingText(theirs.Mapping)), text(mappingText(mine.Mapping))},
		{p.T("console.creation.title"), text(theirs.Creation.text()), text(mine.Creation.text())},
		{p.T("console.methods.public"), flag(theirs.Public), flag(mine.Public)},
		{p.T("console.methods.publicity"), p.T("console.methods.publicity." + theirs.Publicity), p.T("console.methods.publicity." + cmp.Or(mine.Publicity, string(iam.PublicityOnlyMe)))},
	} {
		if d.theirs != d.mine {
			b.Items = append(b.Items, p.T("console.methods.differs", "Field", d.label, "Value", d.theirs))
		}
	}
	if len(b.Items) == 0 {
		b.Text = p.T("console.methods.conflict_same")
	}
	return b
}
