package console

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// userPage is one person with all that an administrator may know and do.
type userPage struct {
	Path        string
	Blocked     bool
	Deleted     *web.Banner // says until when recovery is possible
	Self        bool        // the administrator looks at themselves
	Facts       []web.Fact
	Roles       []roleRow
	Identifiers []identifierRow
	Awaited     []announcedRow // certificates that are announced
	Sessions    []sessionRow
	Password    bool
	GraceDays   int    // between deletion and removal
	Events      string // path of the log of this person
}

type roleRow struct {
	Name  string
	Place string // the application or organization; empty for the system
	Take  string // path of the page that asks
}

// sessionRow is where a person is signed in.
type sessionRow struct {
	Device  string
	Icon    string
	Address string
	How     string // how it was opened, in words
	App     string
	Since   time.Time
	Seen    time.Time
	Here    bool   // the administrator's own session
	End     string // path that ends it
}

type identifierRow struct {
	Certificate web.Certificate
	Line        string // method, since, use
	Remove      string // path of the page that asks
	Publicity   web.Choice
}

// subject is the person whom a page is about.
func (room *Room) subject(v visit) (iam.User, error) {
	// Whether the caller may see people is asked before whether there is one.
	if err := room.Log.Denied(v.ctx, v.caller, iam.ViewUsers, iam.System()); err != nil {
		return iam.User{}, err
	}
	return room.Directory.Person(v.ctx, iam.UserID(v.r.PathValue("user")))
}

func (room *Room) showUser(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	roles, err := room.Directory.Roles(v.ctx, v.caller, user.ID)
	if err != nil {
		return err
	}
	identities, err := room.Identities.Of(v.ctx, v.caller, user.ID)
	if err != nil {
		return err
	}
	password, err := room.Directory.HasPassword(v.ctx, user.ID)
	if err != nil {
		return err
	}
	sessions, err := room.Sessions.OfUser(v.ctx, v.caller, user.ID)
	if err != nil {
		return err
	}
	set, err := room.Directory.Settings(v.ctx)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := room.userOf(v.words, user, roles, identities, sessions, password, n)
	for i, s := range sessions {
		data.Sessions[i].Here = s.ID == v.caller.Session
	}
	awaited, err := room.Identities.AwaitedFor(v.ctx, v.caller, user.ID)
	if err != nil {
		return err
	}
	for _, a := range awaited {
		data.Awaited = append(data.Awaited, announcedRowOf(v.words, a, n))
	}
	data.GraceDays, data.Self = graceDays(set), user.ID == v.caller.User
	if n.err != nil {
		return n.err
	}
	view, err := room.view(v, tabUsers, "")
	if err != nil {
		return err
	}
	view.Title = user.DisplayName()
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}}
	room.user.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func (room *Room) userOf(p *i18n.Printer, user iam.User, roles []iam.Membership, identities []iam.Identity, sessions []iam.Session, password bool, n *names) userPage {
	data := userPage{
		Path: pathOf(user.ID), Blocked: user.Status == iam.UserBlocked,
		Password: password, GraceDays: graceDays(iam.Settings{}), Facts: userFacts(p, user, password), Events: eventsPath(eventQuery{Login: user.Login}, ""),
	}
	if user.Status == iam.UserDeleted {
		data.Deleted = &web.Banner{Kind: "warning", Icon: "trash", Title: p.T("people.is_deleted"), Text: p.T("people.is_deleted_text", "Date", p.Date(user.RecoverableUntil()))}
	}
	for _, m := range roles {
		row := roleOf(p, m, n)
		row.Take = data.Path + "/roles/take?" + roleValue(m)
		data.Roles = append(data.Roles, row)
	}
	for _, s := range sessions {
		data.Sessions = append(data.Sessions, sessionRow{
			Device: words.Device(p, s.UserAgent), Icon: words.DeviceIcon(s.UserAgent), Address: s.Address, How: howOpened(p, s, identities),
			App: n.app(s.App), Since: s.CreatedAt, Seen: s.LastSeenAt, End: data.Path + "/sessions/" + url.PathEscape(string(s.ID)) + "/end",
		})
	}
	for _, identity := range identities {
		data.Identifiers = append(data.Identifiers, identifierRow{
			Certificate: room.card(p, identity), Line: identifierLine(p, room, identity, n),
			Remove: data.Path + "/identifiers/" + url.PathEscape(string(identity.ID)), Publicity: publicityChoice(p, identity),
		})
	}
	return data
}

func userFacts(p *i18n.Printer, user iam.User, password bool) []web.Fact {
	var facts []web.Fact
	add := func(key, text string) *web.Fact {
		if text == "" {
			text = "—"
		}
		facts = append(facts, web.Fact{Term: p.T(key), Text: text})
		return &facts[len(facts)-1]
	}
	status := p.T("console.status." + string(user.Status))
	if !user.StatusAt.IsZero() {
		status = p.T("console.status_since", "Status", status, "Date", p.DateTime(user.StatusAt))
	}
	add("console.status_of", status)
	add("console.login", user.Login)
	add("console.name", user.Name)
	add("console.given_name", user.GivenName)
	add("console.family_name", user.FamilyName)
	email := add("console.email", user.Email)
	if user.Email != "" && user.EmailVerified {
		email.Badge = &web.Badge{Kind: "success", Label: p.T("console.email_confirmed")}
	}
	add("number.label", user.Number)
	has := p.T("console.password_none")
	if password {
		has = p.T("console.password_set")
	}
	add("console.password", has)
	add("console.created", p.DateTime(user.CreatedAt))
	add("console.user_id", string(user.ID)).Mono = true
	return facts
}

//i18n:keys console.role.* iam.Role

func roleOf(p *i18n.Printer, m iam.Membership, n *names) roleRow {
	row := roleRow{Name: p.T("console.role." + string(m.Role))}
	switch m.Scope.Level {
	case iam.LevelApplication:
		row.Place = cmp.Or(n.app(m.Scope.App), string(m.Scope.App))
	case iam.LevelOrganization:
		row.Place = cmp.Or(n.org(m.Scope.Org), string(m.Scope.Org))
	}
	return row
}

func (room *Room) card(p *i18n.Printer, identity iam.Identity) web.Certificate {
	if identity.Certificate == nil {
		return web.Certificate{Name: string(identity.ID)}
	}
	return words.Certificate(p, *identity.Certificate, room.Now())
}

func identifierLine(p *i18n.Printer, room *Room, identity iam.Identity, n *names) string {
	used := p.T("console.never_used")
	if !identity.LastUsedAt.IsZero() {
		used = p.T("console.last_used", "Ago", p.Ago(identity.LastUsedAt, room.Now()))
	}
	return p.T("console.identifier_line", "Method", cmp.Or(n.method(identity.Provider), string(identity.Provider)), "Added", p.Date(identity.CreatedAt), "Used", used)
}

//i18n:keys people.publicity.* iam.Publicity

func publicityChoice(p *i18n.Printer, identity iam.Identity) web.Choice {
	c := web.Choice{Name: "publicity", Suffix: string(identity.ID), Label: p.T("people.publicity")}
	for _, level := range []iam.Publicity{iam.PublicityOnlyMe, iam.PublicityOnRequest, iam.PublicityEveryone} {
		c.Options = append(c.Options, web.Option{Value: string(level), Label: p.T("people.publicity." + string(level)), Selected: level == identity.Publicity})
	}
	return c
}

func howOpened(p *i18n.Printer, s iam.Session, identities []iam.Identity) string {
	if s.Identity == "" {
		return p.T("people.by_password")
	}
	for _, identity := range identities {
		if identity.ID == s.Identity && identity.Certificate != nil {
			return p.T("people.by_certificate", "Name", identity.Certificate.Name())
		}
	}
	return p.T("people.by_some_certificate")
}
