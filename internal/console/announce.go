package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/trust"
	"signet/internal/web"
)

// announcePage asks by what a certificate of a person is known.
type announcePage struct {
	Wrong  *web.Banner
	Person web.Person
	Action string
	Cancel string
	None   bool // no login method takes certificates
	Method web.Choice
	Kind   kindChoice
	Issuer web.Choice
	Value  web.Field
}

// kindChoice is a Choice whose options bear their strength.
type kindChoice struct {
	Label, Error string
	Options      []kindOption
}

type kindOption struct {
	Value, Label, Hint string
	Strength           web.Badge
	Selected           bool
}

// announcedRow is one certificate that is awaited.
type announcedRow struct {
	Kind     string
	Strength web.Badge
	Value    string
	Line     string
	Withdraw string // path of the page that asks
	Person   web.Person
	URL      string // of the person
}

func announcePath(id iam.UserID) string { return pathOf(id) + "/identifiers/announce" }

func withdrawPath(a iam.Announced) string {
	return pathOf(a.User) + "/announced/" + url.PathEscape(a.ID)
}

func kindStrength(p *i18n.Printer, kind iam.AnnouncedKind) web.Badge {
	if kind.Weak() {
		return web.Badge{Label: p.T("console.methods.weak"), Kind: "warning"}
	}
	return web.Badge{Label: p.T("console.methods.strong"), Kind: "success"}
}

func announcedRowOf(p *i18n.Printer, a iam.Announced, n *names) announcedRow {
	row := announcedRow{
		Kind: p.T("announced.kind." + string(a.Kind)), Strength: kindStrength(p, a.Kind), Value: a.Shown, Withdraw: withdrawPath(a),
		Line: p.T("announced.line", "Method", cmp.Or(n.method(a.Provider), string(a.Provider)), "Date", p.Date(a.CreatedAt)),
	}
	if a.Issuer != "" {
		row.Line = p.T("announced.line_issuer", "Method", cmp.Or(n.method(a.Provider), string(a.Provider)), "Issuer", a.IssuerName, "Date", p.Date(a.CreatedAt))
	}
	return row
}

// announceInput is what the form sent.
type announceInput struct {
	provider iam.ProviderID
	identity.Announcement
}

func announceInputOf(r *http.Request) announceInput {
	return announceInput{iam.ProviderID(r.PostFormValue("provider")), identity.Announcement{
		Kind: iam.AnnouncedKind(r.PostFormValue("kind")), Issuer: r.PostFormValue("issuer"), Value: r.PostFormValue("value"),
	}}
}

//i18n:keys announced.hint.* iam.AnnouncedKind

func announceOf(p *i18n.Printer, user iam.User, methods []iam.Provider, in announceInput, wrong *iam.Error) announcePage {
	fault := func(field string) string {
		if wrong != nil && wrong.Field == field {
			return web.Explain(p, wrong)
		}
		return ""
	}
	data := announcePage{
		Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Action: announcePath(user.ID), Cancel: pathOf(user.ID), None: len(methods) == 0,
		Method: web.Choice{Name: "provider", Label: p.T("people.identifier_method"), Error: fault("provider")},
		Kind:   kindChoice{Label: p.T("announced.what"), Error: fault("kind")},
		Issuer: web.Choice{Name: "issuer", Label: p.T("announced.issuer"), Hint: p.T("announced.issuer_hint"), Error: fault("issuer"),
			Options: []web.Option{{Value: "", Label: p.T("announced.issuer_none"), Selected: in.Issuer == ""}}},
		Value: web.Field{Name: "value", Type: "textarea", Rows: 2, Label: p.T("announced.value"), Hint: p.T("announced.value_hint"), Error: fault("value"),
			Value: in.Value, Mono: true, Autocomplete: "off", Max: 8192, Required: true},
	}
	if wrong != nil && !slices.Contains([]string{"provider", "kind", "issuer", "value"}, wrong.Field) {
		data.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	}
	chosen := in.Kind
	if !slices.Contains(iam.AnnouncedKinds(), chosen) {
		chosen = iam.AnnouncedCertificate
	}
	for _, kind := range iam.AnnouncedKinds() {
		data.Kind.Options = append(data.Kind.Options, kindOption{
			string(kind), p.T("announced.kind." + string(kind)), p.T("announced.hint." + string(kind)), kindStrength(p, kind), kind == chosen,
		})
	}
	type known struct {
		trust.Issuer
		methods []string
	}
	var issuers []known
	for _, m := range methods {
		data.Method.Options = append(data.Method.Options, web.Option{Value: string(m.ID), Label: m.Name, Selected: m.ID == in.provider})
		all, err := trust.Issuers(m)
		if err != nil {
			continue // its page says that its CAs cannot be read
		}
		for _, issuer := range all {
			i := slices.IndexFunc(issuers, func(k known) bool { return k.SPKI == issuer.SPKI })
			if i < 0 {
				i, issuers = len(issuers), append(issuers, known{Issuer: issuer})
			}
			issuers[i].methods = append(issuers[i].methods, m.Name)
		}
	}
	for _, k := range issuers {
		label := p.T("announced.issuer_key", "Name", k.Name, "Key", k.SPKI[:8]) // several CAs can bear one name
		if len(methods) > 1 {
			label += " · " + strings.Join(k.methods, ", ")
		}
		data.Issuer.Options = append(data.Issuer.Options, web.Option{Value: k.SPKI, Label: label, Selected: k.SPKI == in.Issuer})
	}
	return data
}

func (room *Room) showAnnounce(v visit) error {
	return room.drawAnnounce(v, announceInput{provider: iam.ProviderID(v.r.URL.Query().Get("method"))}, nil)
}

func (room *Room) drawAnnounce(v visit, in announceInput, wrong *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	methods, err := room.certificateMethods(v)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabUsers, "announced.title", "Name", user.DisplayName())
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	room.announcing.Show(v.w, v.r, statusOf(wrong), view, announceOf(v.words, user, methods, in, wrong))
	return nil
}

func (room *Room) announce(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	in := announceInputOf(v.r)
	_, err = room.Identities.Announce(v.ctx, v.caller, user.ID, in.provider, in.Announcement)
	if refused := redrawable(err); refused != nil {
		return room.drawAnnounce(v, in, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "announced.done", "Name", user.DisplayName())
}

// announcedOne is the announcement that the address names.
func (room *Room) announcedOne(v visit, user iam.User) (iam.Announced, error) {
	all, err := room.Identities.AwaitedFor(v.ctx, v.caller, user.ID)
	if err != nil {
		return iam.Announced{}, err
	}
	i := slices.IndexFunc(all, func(a iam.Announced) bool { return a.ID == v.r.PathValue("announced") })
	if i < 0 {
		return iam.Announced{}, iam.NotFound("announced")
	}
	return all[i], nil
}

func withdrawOf(p *i18n.Printer, a iam.Announced) confirmPage {
	return confirmPage{
		Text:   p.T("announced.withdraw_text", "Kind", p.T("announced.kind."+string(a.Kind)), "Value", a.Shown),
		Action: withdrawPath(a), Confirm: p.T("announced.withdraw"), Ends: []string{p.T("announced.withdraw_ends")},
	}
}

func (room *Room) askWithdraw(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	a, err := room.announcedOne(v, user)
	if err != nil {
		return err
	}
	return room.ask(v, user, "announced.withdraw_title", withdrawOf(v.words, a), nil)
}

func (room *Room) withdraw(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	if err := room.Identities.Withdraw(v.ctx, v.caller, user.ID, v.r.PathValue("announced")); err != nil {
		return err
	}
	return v.done(pathOf(user.ID), "announced.withdrawn")
}
