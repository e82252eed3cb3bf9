package console

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
)

// settingsPage is the first tab: the blocks of what holds for all of Signet.
type settingsPage struct {
	General *generalBlock // nil for who may not change it, and at other places
	Methods []methodRow   // what is switched on
	Count   string
	URL     string
	Widget  string     // path of the form's looks
	Mail    *mailBlock // nil for who may not change it

	Warnings *web.Banner // authorities and lists that end
	Expiring string      // path of the list of certificates; empty for who may not see it
}

// mailBlock tells whether mail is sent.
type mailBlock struct {
	Line, URL string
}

func mailBlockOf(p *i18n.Printer, set iam.MailSettings) *mailBlock {
	line := p.T("mail.off")
	if set.On() {
		line = p.T("mail.on", "Server", set.Server)
	}
	return &mailBlock{Line: line, URL: pathMail}
}

// generalBlock tells what holds for the whole installation.
type generalBlock struct {
	Facts []web.Fact
	URL   string
}

func (room *Room) showSettings(v visit) error {
	pl, err := room.place(v)
	if err != nil {
		return err
	}
	w, err := room.Providers.Available(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabSettings, "console.settings_title")
	if err != nil {
		return err
	}
	data := room.settingsOf(v.words, pl, w, authorities)
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	data.General = &generalBlock{Facts: room.generalFacts(v.words, set), URL: pathGeneral}
	mail, err := room.Mail.Settings(v.ctx, v.caller)
	switch {
	case err == nil:
		data.Mail = mailBlockOf(v.words, mail)
	case iam.KindOf(err) != iam.KindForbidden:
		return err
	}
	if data.Warnings, err = room.warnings(v); err != nil {
		return err
	}
	if v.caller.May(iam.ViewIdentities, iam.System()) {
		data.Expiring = pathExpiring
	}
	room.settings.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func (room *Room) settingsOf(p *i18n.Printer, pl place, w provider.Widget, read readAuthorities) settingsPage {
	data := settingsPage{URL: pl.methods(), Widget: pl.widget(), Count: p.N("console.methods.count_on", len(w.Offers))}
	for _, o := range translated(p, w).Offers {
		data.Methods = append(data.Methods, methodRowOf(p, pl, o.Provider, room.Now(), read, nil))
	}
	return data
}
