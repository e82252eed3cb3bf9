package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/web"
)

// The pages of mail, below the settings.
const (
	pathMail   = tabSettings + "/mail"
	pathOutbox = tabSettings + "/outbox"
)

// mailPage is the form of the mail server, and the button that tries it.
type mailPage struct {
	Wrong       *web.Banner
	Plain       *web.Banner // what is stored is not encrypted
	Action      string
	Version     string
	Server      web.Field
	Port        web.Field
	TLS         web.Choice
	User        web.Field
	Password    web.Field
	Authorities web.Field
	From        web.Field
	Name        web.Field
	Keep        web.Field
	Cancel      string
	Outbox      string
	Test        *mailTest // nil where no server is set up
}

// mailTest is the button, and what came of it.
type mailTest struct {
	Action string
	Lead   string
	Can    bool
	Came   *web.Banner
}

// mailInput is what was typed.
type mailInput struct {
	Version, Server, Port, TLS, User, Password, Authorities, From, Name, Keep string
}

func (room *Room) mailRoutes() map[string]func(visit) error {
	return map[string]func(visit) error{
		"GET " + pathMail:                         room.showMail,
		"POST " + pathMail:                        room.changeMail,
		"GET " + pathMail + "/test":               room.showMail, // where a reload or a change of language leads
		"POST " + pathMail + "/test":              room.testMail,
		"GET " + pathOutbox:                       room.showOutbox,
		"GET " + pathExpiring:                     room.showExpiring,
		"GET " + pathExpiring + ".csv":            room.exportExpiring,
		"GET " + pathOutbox + "/{message}":        room.showMessage,
		"POST " + pathOutbox + "/{message}/retry": room.retryMessage,
	}
}

func inputOfMail(s iam.MailSettings) mailInput {
	in := mailInput{Version: number(s.Version), Server: s.Server, TLS: string(s.TLS), User: s.User, Authorities: s.Authorities, From: s.From, Name: s.Name}
	if s.Port > 0 {
		in.Port = strconv.Itoa(s.Port)
	}
	if s.KeepDays > 0 {
		in.Keep = strconv.Itoa(s.KeepDays)
	}
	return in
}

func readMail(r *http.Request) mailInput {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return mailInput{
		Version: get("version"), Server: get("server"), Port: get("port"), TLS: get("tls"), User: get("user"), Password: r.PostFormValue("password"),
		Authorities: get("authorities"), From: get("from"), Name: get("name"), Keep: get("keep_days"),
	}
}

// settings reads the input. A number that is none is one that no rule allows.
func (in mailInput) settings() iam.MailSettings {
	s := iam.MailSettings{
		Version: versionOf(in.Version), Server: in.Server, TLS: iam.MailTLS(in.TLS), User: in.User, Authorities: in.Authorities, From: in.From, Name: in.Name,
	}
	read := func(text string, otherwise int) int {
		if text == "" {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return -1
		}
		return n
	}
	usual := 465
	if s.TLS == iam.MailStartTLS {
		usual = 587
	} else if s.TLS == iam.MailPlain {
		usual = 25
	}
	s.Port, s.KeepDays = read(in.Port, usual), read(in.Keep, 0)
	return s
}

func (room *Room) showMail(v visit) error {
	set, err := room.Mail.Settings(v.ctx, v.caller)
	if err != nil {
		return hidden(err)
	}
	return room.drawMail(v, set, inputOfMail(set), nil, nil)
}

// hidden says of a page that is not the caller's that there is none.
func hidden(err error) error {
	if iam.KindOf(err) == iam.KindForbidden {
		return iam.NotFound("page")
	}
	return err
}

func (room *Room) drawMail(v visit, stored iam.MailSettings, in mailInput, wrong *iam.Error, came *web.Banner) error {
	view, err := room.view(v, tabSettings, "mail.title")
	if err != nil {
		return err
	}
	me, err := room.Directory.Person(v.ctx, v.caller.User)
	if err != nil {
		return err
	}
	view.LeadKey = "mail.lead"
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}}
	room.mail.Show(v.w, v.r, statusOf(wrong), view, mailOf(v.words, stored, in, me.Email, wrong, came))
	return nil
}

//i18n:keys mail.tls.* iam.MailTLS
//i18n:keys mail.tls_hint.* iam.MailTLS

func mailOf(p *i18n.Printer, stored iam.MailSettings, in mailInput, address string, wrong *iam.Error, came *web.Banner) mailPage {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	data := mailPage{
		Action: pathMail, Version: in.Version, Cancel: tabSettings, Outbox: pathOutbox,
		Server: web.Field{Name: "server", Label: p.T("mail.server"), Hint: p.T("mail.server_hint"), Value: in.Server, Error: fault("server"), Placeholder: "mail.example.org",
			Autocomplete: "off", Mono: true, Max: 253},
		Port: web.Field{Name: "port", Type: "number", Inputmode: "numeric", Label: p.T("mail.port"), Hint: p.T("mail.port_hint"), Value: in.Port, Error: fault("port"), Placeholder: "465"},
		TLS:  web.Choice{Name: "tls", Label: p.T("mail.tls"), Cards: true, Error: fault("tls")},
		User: web.Field{Name: "user", Label: p.T("mail.user"), Hint: p.T("mail.user_hint"), Value: in.User, Error: fault("user"), Autocomplete: "off", Max: 254},
		Password: web.Field{Name: "password", Type: "password", Label: p.T("mail.password"), Hint: p.T("mail.password_hint"), Error: fault("password"), Autocomplete: "new-password",
			Reveal: true},
		Authorities: web.Field{Name: "authorities", Type: "textarea", Rows: 4, Label: p.T("mail.authorities"), Hint: p.T("mail.authorities_hint"), Value: in.Authorities,
			Error: fault("authorities"), Optional: p.T("console.optional"), Mono: true},
		From: web.Field{Name: "from", Type: "email", Label: p.T("mail.from"), Hint: p.T("mail.from_hint"), Value: in.From, Error: fault("from"), Autocomplete: "off", Max: 254},
		Name: web.Field{Name: "name", Label: p.T("mail.name"), Value: in.Name, Error: fault("name"), Optional: p.T("console.optional"), Autocomplete: "off", Max: 100},
		Keep: web.Field{Name: "keep_days", Type: "number", Inputmode: "numeric", Label: p.T("mail.keep"), Hint: p.T("mail.keep_hint"), Value: in.Keep, Error: fault("keep_days"),
			Placeholder: strconv.Itoa(notify.DefaultKeepDays)},
	}
	if len(stored.Password) > 0 {
		data.Password.Hint = p.T("mail.password_kept")
	}
	for _, way := range []iam.MailTLS{iam.MailImplicit, iam.MailStartTLS, iam.MailPlain} {
		data.TLS.Options = append(data.TLS.Options, web.Option{
			Value: string(way), Label: p.T("mail.tls." + string(way)), Hint: p.T("mail.tls_hint." + string(way)), Selected: string(way) == cmp.Or(in.TLS, string(iam.MailImplicit)),
		})
	}
	data.Wrong = refusal(p, wrong)
	if stored.On() && stored.TLS == iam.MailPlain {
		data.Plain = &web.Banner{Kind: "warning", Title: p.T("mail.plain_warning"), Text: p.T("mail.plain_warning_text")}
	}
	if stored.On() {
		data.Test = &mailTest{Action: pathMail + "/test", Lead: p.T("mail.test_lead", "Address", address), Can: true, Came: came}
		if !notify.Address(address) {
			data.Test.Lead, data.Test.Can = p.T("mail.test_no_address"), false
		}
	}
	return data
}

func (room *Room) changeMail(v visit) error {
	in := readMail(v.r)
	err := room.Mail.ChangeSettings(v.ctx, v.caller, in.settings(), in.Password)
	refused := redrawable(err)
	if refused != nil {
		stored, err := room.Mail.Settings(v.ctx, v.caller)
		if err != nil {
			return hidden(err)
		}
		if refused.Cause == "changed_meanwhile" {
			in.Version = number(stored.Version)
		}
		return room.drawMail(v, stored, in, refused, nil)
	}
	if err != nil {
		return hidden(err)
	}
	return v.done(pathMail, "mail.saved")
}

func (room *Room) testMail(v visit) error {
	found, address, err := room.Mail.Test(v.ctx, v.caller)
	refused := redrawable(err)
	if err != nil && refused == nil {
		return hidden(err)
	}
	set, err := room.Mail.Settings(v.ctx, v.caller)
	if err != nil {
		return hidden(err)
	}
	if refused != nil {
		return room.drawMail(v, set, inputOfMail(set), refused, nil)
	}
	return room.drawMail(v, set, inputOfMail(set), nil, cameOf(v.words, found, address))
}

//i18n:keys notify.fault.* notify.Fault

// cameOf tells what the mail server answered.
func cameOf(p *i18n.Printer, found notify.Probe, address string) *web.Banner {
	secured := p.T("mail.unsecured")
	if found.TLS != "" {
		secured = p.T("mail.secured", "TLS", found.TLS)
	}
	if found.Fault == "" {
		b := &web.Banner{Kind: "success", Title: p.T("mail.test_ok", "Address", address), Items: []string{secured}}
		if found.Login {
			b.Items = append(b.Items, p.T("mail.logged_in"))
		}
		b.Items = append(b.Items, p.T("mail.answer", "Answer", found.Answer))
		return b
	}
	b := &web.Banner{Kind: "danger", Title: p.T("mail.test_failed"), Text: p.T("notify.fault." + string(found.Fault))}
	if found.Answer != "" {
		b.Items = []string{p.T("mail.detail", "Answer", found.Answer)}
	}
	return b
}
