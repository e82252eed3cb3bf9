package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/picture"
	"signet/internal/web"
)

// generalPage is the form of what holds for the whole installation.
type generalPage struct {
	Wrong    *web.Banner
	Action   string
	Version  string
	Name     web.Field
	Logo     logoField
	Language web.Choice
	Length   web.Field
	Kinds    web.Choice
	Hours    web.Field
	SignUp   web.Switch
	Deletion web.Field
	Cancel   string
}

// generalInput is what was typed.
type generalInput struct {
	Version, Name, Language, Length, Kinds, Hours, Deletion string
	SignUp                                                  bool
	Logo                                                    iam.PictureID

	logo []byte // a picture that came with the form
}

const pathGeneral = tabSettings + "/general"

func inputOfGeneral(s iam.Settings) generalInput {
	in := generalInput{Version: number(s.Version), Name: s.Name, Logo: s.Logo, Language: s.Language, Kinds: strconv.Itoa(s.PasswordKinds), SignUp: s.Registration}
	if s.PasswordLength > 0 {
		in.Length = strconv.Itoa(s.PasswordLength)
	}
	if s.DeletionDays > 0 {
		in.Deletion = strconv.Itoa(s.DeletionDays)
	}
	if s.SessionHours > 0 {
		in.Hours = strconv.Itoa(s.SessionHours)
	}
	return in
}

func readGeneral(r *http.Request) (in generalInput, err error) {
	if err := r.ParseMultipartForm(maxAuthoritiesFile); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return in, fmt.Errorf("read form of the settings: %w", err)
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	in = generalInput{
		Version: get("version"), Name: get("name"), Language: get("language"), Length: get("password_length"), Kinds: get("password_kinds"),
		Hours: get("session_hours"), SignUp: get("registration") != "", Deletion: get("deletion_days"),
	}
	if get("logo_kept_remove") == "" {
		in.Logo = iam.PictureID(get("logo_kept"))
	}
	in.logo, err = fileOf(r, "logo")
	return in, err
}

// settings reads the input; a number that is none is refused at its field.
func (in generalInput) settings() (iam.Settings, *iam.Error) {
	s := iam.Settings{Name: in.Name, Logo: in.Logo, Language: in.Language, Registration: in.SignUp, Version: versionOf(in.Version)}
	for _, n := range []struct {
		field, text string
		to          *int
		least, most int
	}{
		{"password_length", in.Length, &s.PasswordLength, directory.MinPasswordLength, directory.MaxPasswordRule},
		{"password_kinds", in.Kinds, &s.PasswordKinds, 0, directory.MaxPasswordKinds},
		{"session_hours", in.Hours, &s.SessionHours, 1, directory.MaxSessionHours},
		{"deletion_days", in.Deletion, &s.DeletionDays, 1, directory.MaxDeletionDays},
	} {
		if n.text == "" {
			continue
		}
		value, err := strconv.Atoi(n.text)
		if err != nil || value < n.least || value > n.most { // 0 would say "not set"
			return s, &iam.Error{Kind: iam.KindInvalid, Field: n.field, Cause: "outside_range",
				Params: map[string]string{"Min": strconv.Itoa(n.least), "Max": strconv.Itoa(n.most)}}
		}
		*n.to = value
	}
	return s, nil
}

func (room *Room) showGeneral(v visit) error {
	if !v.caller.May(iam.EditSettings, iam.System()) {
		return iam.NotFound("page")
	}
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	return room.drawGeneral(v, inputOfGeneral(set), nil, nil)
}

func (room *Room) drawGeneral(v visit, in generalInput, wrong *iam.Error, notice *web.Banner) error {
	view, err := room.view(v, tabSettings, "settings.general_title")
	if err != nil {
		return err
	}
	view.LeadKey = "settings.general_lead"
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}}
	data := room.generalOf(v.words, in, wrong)
	if notice != nil {
		data.Wrong = notice
	}
	room.general.Show(v.w, v.r, statusOf(wrong), view, data)
	return nil
}

//i18n:keys settings.kinds.* 0 1 2 3 4

func (room *Room) generalOf(p *i18n.Printer, in generalInput, wrong *iam.Error) generalPage {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	data := generalPage{
		Action: pathGeneral, Version: in.Version, Cancel: tabSettings,
		Name: web.Field{Name: "name", Label: p.T("settings.name"), Hint: p.T("settings.name_hint"), Value: in.Name, Error: fault("name"), Max: directory.MaxProductName,
			Placeholder: room.Brand, Optional: p.T("console.optional")},
		Logo:     widgetPicture(p, "logo", in.Logo, p.T("settings.logo"), p.T("settings.logo_hint"), fault("logo")),
		Language: web.Choice{Name: "language", Label: p.T("settings.language"), Hint: p.T("settings.language_hint"), Error: fault("language")},
		Length: web.Field{Name: "password_length", Type: "number", Inputmode: "numeric", Label: p.T("settings.password_length"),
			Hint: p.T("settings.password_length_hint", "Min", directory.MinPasswordLength, "Max", directory.MaxPasswordRule), Value: in.Length, Error: fault("password_length"),
			Placeholder: strconv.Itoa(directory.MinPasswordLength)},
		Kinds: web.Choice{Name: "password_kinds", Label: p.T("settings.password_kinds"), Hint: p.T("settings.password_kinds_hint"), Error: fault("password_kinds")},
		Hours: web.Field{Name: "session_hours", Type: "number", Inputmode: "numeric", Label: p.T("settings.session_hours"), Hint: p.T("settings.session_hours_hint"), Value: in.Hours,
			Error: fault("session_hours"), Placeholder: strconv.Itoa(room.sessionHours())},
		SignUp: web.Switch{Name: "registration", Label: p.T("settings.sign_up"), Hint: p.T("settings.sign_up_hint"), On: in.SignUp},
		Deletion: web.Field{Name: "deletion_days", Type: "number", Inputmode: "numeric", Label: p.T("settings.deletion_days"), Hint: p.T("settings.deletion_days_hint", "Max", directory.MaxDeletionDays),
			Value: in.Deletion, Error: fault("deletion_days"), Placeholder: strconv.Itoa(graceDays(iam.Settings{}))},
	}
	for _, l := range room.Languages {
		data.Language.Options = append(data.Language.Options, web.Option{Value: l.Tag, Label: l.Name, Selected: l.Tag == cmp.Or(in.Language, "en")})
	}
	for n := range directory.MaxPasswordKinds + 1 {
		if n == 1 {
			continue // one kind is what every text has
		}
		text := strconv.Itoa(n)
		data.Kinds.Options = append(data.Kinds.Options, web.Option{Value: text, Label: p.T("settings.kinds." + text), Selected: text == cmp.Or(in.Kinds, "0")})
	}
	data.Wrong = refusal(p, wrong)
	return data
}

// sessionHours is how long a session lasts where the settings do not say.
func (room *Room) sessionHours() int {
	if room.Sessions != nil && room.Sessions.TTL > 0 {
		return int(room.Sessions.TTL.Hours())
	}
	return directory.DefaultSessionTTL
}

func (room *Room) changeGeneral(v visit) error {
	in, err := readGeneral(v.r)
	if err == nil {
		err = room.bringGeneralLogo(v, &in)
	}
	set, wrong := in.settings()
	if brought := redrawable(err); brought != nil {
		wrong = brought
	} else if err != nil {
		return err
	}
	if wrong != nil && v.caller.May(iam.EditSettings, iam.System()) {
		return room.drawGeneral(v, in, wrong, nil)
	}
	err = room.Directory.ChangeSettings(v.ctx, v.caller, set)
	refused := redrawable(err)
	switch {
	case iam.KindOf(err) == iam.KindForbidden: // logged; that there is such a page is no concern of theirs
		return iam.NotFound("page")
	case refused != nil && refused.Cause == "changed_meanwhile":
		now, err := room.Directory.Settings(v.ctx)
		if err != nil {
			return err
		}
		in.Version = number(now.Version)
		return room.drawGeneral(v, in, refused, room.generalConflict(v.words, inputOfGeneral(now), inputOfGeneral(set)))
	case refused != nil:
		return room.drawGeneral(v, in, refused, nil)
	case err != nil:
		return err
	}
	return v.done(tabSettings, "settings.saved")
}

// bringGeneralLogo keeps a picture that came with the form, also where the rest of it is
// refused: a browser does not send a file a second time.
func (room *Room) bringGeneralLogo(v visit, in *generalInput) error {
	if len(in.logo) == 0 || !v.caller.May(iam.EditSettings, iam.System()) {
		return nil
	}
	id, err := room.Providers.BringPicture(v.ctx, v.caller, iam.System(), in.logo, picture.Logo)
	if refused := iam.AsError(err); refused != nil && refused.Field == "picture" {
		told := *refused
		told.Field = "logo"
		return &told
	}
	if err == nil {
		in.Logo = id
	}
	return err
}

func (room *Room) generalConflict(p *i18n.Printer, now, in generalInput) *web.Banner {
	return theirs(p, []differing{
		{p.T("settings.name"), now.Name, in.Name}, {p.T("settings.logo"), logoWord(p, now.Logo, in.Logo), logoWord(p, in.Logo, in.Logo)}, {p.T("settings.language"), now.Language, in.Language},
		{p.T("settings.password_length"), now.Length, in.Length},
		{p.T("settings.password_kinds"), p.T("settings.kinds." + cmp.Or(now.Kinds, "0")), p.T("settings.kinds." + cmp.Or(in.Kinds, "0"))},
		{p.T("settings.session_hours"), now.Hours, in.Hours},
		{p.T("settings.accounts"), signUpWord(p, now.SignUp), signUpWord(p, in.SignUp)},
		{p.T("settings.deletion_days"), now.Deletion, in.Deletion},
	})
}

// logoWord tells a logo beside mine, where there is no showing it.
func logoWord(p *i18n.Printer, logo, mine iam.PictureID) string {
	switch {
	case logo == "":
		return ""
	case logo == mine:
		return p.T("settings.logo_own")
	default:
		return p.T("settings.logo_other")
	}
}

// signUpWord says who makes accounts.
func signUpWord(p *i18n.Printer, open bool) string {
	if open {
		return p.T("settings.sign_up_open")
	}
	return p.T("settings.sign_up_closed")
}

// generalFacts tell the settings on the tab.
func (room *Room) generalFacts(p *i18n.Printer, s iam.Settings) []web.Fact {
	language := cmp.Or(s.Language, "en")
	for _, l := range room.Languages {
		if l.Tag == language {
			language = l.Name
		}
	}
	hours := s.SessionHours
	if hours == 0 {
		hours = room.sessionHours()
	}
	facts := []web.Fact{
		{Term: p.T("settings.name"), Text: cmp.Or(s.Name, room.Brand, "Signet")}, {Term: p.T("settings.logo"), Text: cmp.Or(logoWord(p, s.Logo, s.Logo), p.T("settings.logo_none"))}, {Term: p.T("settings.language"), Text: language},
		{Term: p.T("settings.passwords"), Text: p.N("settings.password_rule", max(s.PasswordLength, directory.MinPasswordLength))},
		{Term: p.T("settings.session_hours"), Text: p.N("settings.hours", hours)},
		{Term: p.T("settings.accounts"), Text: signUpWord(p, s.Registration)},
		{Term: p.T("settings.deletion"), Text: p.N("settings.days", graceDays(s))},
	}
	if s.PasswordKinds > 1 {
		facts[3].Text += " " + p.T("settings.kinds."+strconv.Itoa(s.PasswordKinds))
	}
	return facts
}
