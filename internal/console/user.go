package console

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// userPage is one person with all that an administrator may know and do.
type userPage struct {
	Path        string
	Blocked     bool
	Self        bool // the administrator looks at themselves
	Facts       []web.Fact
	Roles       []roleRow
	Identifiers []identifierRow
	Events      string // path of the log of this person
}

type roleRow struct {
	Name  string
	Place string // the application or organization; empty for the system
}

type identifierRow struct {
	Certificate web.Certificate
	Line        string // method, since, use
	Remove      string // path of the page that asks
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
	n := room.names(v.ctx)
	data := room.userOf(v.words, user, roles, identities, password, n)
	data.Self = user.ID == v.caller.User
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

func (room *Room) userOf(p *i18n.Printer, user iam.User, roles []iam.Membership, identities []iam.Identity, password bool, n *names) userPage {
	data := userPage{
		Path: pathOf(user.ID), Blocked: user.Status == iam.UserBlocked,
		Facts: userFacts(p, user, password), Events: eventsPath(eventQuery{Login: user.Login}, ""),
	}
	for _, m := range roles {
		data.Roles = append(data.Roles, roleOf(p, m, n))
	}
	for _, identity := range identities {
		data.Identifiers = append(data.Identifiers, identifierRow{
			Certificate: room.card(p, identity), Line: identifierLine(p, room, identity, n),
			Remove: data.Path + "/identifiers/" + string(identity.ID),
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
		row.Place = or(n.app(m.Scope.App), string(m.Scope.App))
	case iam.LevelOrganization:
		row.Place = string(m.Scope.Org)
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
	return p.T("console.identifier_line", "Method", or(n.method(identity.Provider), string(identity.Provider)), "Added", p.Date(identity.CreatedAt), "Used", used)
}
