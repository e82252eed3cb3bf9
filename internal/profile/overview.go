package profile

import (
	"net/http"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// overviewPage is who a person is and how they sign in.
type overviewPage struct {
	Person      web.Person
	Facts       []web.Fact
	Identifiers []identifierRow
	Awaited     []web.Banner // certificates that an administrator has announced
	Password    bool
	Language    web.Choice
	Confirm     string // path of the form that asks for a link; empty where nothing is to be confirmed
}

// identifierRow is one identifier in the list.
type identifierRow struct {
	Path        string
	Certificate web.Certificate
	Method      string
	Added       time.Time
	LastUsed    string // when and where, in words
	Publicity   string // in words
}

func (room *Room) showOverview(v visit) error {
	identities, err := room.Identities.Of(v.ctx, v.caller, v.user.ID)
	if err != nil {
		return err
	}
	password, err := room.Directory.HasPassword(v.ctx, v.user.ID)
	if err != nil {
		return err
	}
	n := room.names(v.ctx)
	data := room.overviewOf(v.words, v.now, v.user, identities, password, n)
	awaited, err := room.Identities.AwaitedFor(v.ctx, v.caller, v.user.ID)
	if err != nil {
		return err
	}
	data.Awaited = awaitedOf(v.words, awaited, n)
	if n.err != nil {
		return n.err
	}
	if v.user.Email != "" && !v.user.EmailVerified && room.MailOn != nil {
		on, err := room.MailOn(v.ctx)
		if err != nil {
			return err
		}
		if on {
			data.Confirm = pathAskConfirmation
		}
	}
	view := v.view(tabProfile, "profile.title")
	view.Notice = linkedNotice(v.words, identities, iam.IdentityID(v.r.URL.Query().Get("linked")))
	room.overview.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func (room *Room) overviewOf(p *i18n.Printer, now time.Time, user iam.User, identities []iam.Identity, password bool, n *names) overviewPage {
	data := overviewPage{
		Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Facts: personFacts(p, user), Password: password,
		Language: room.languageChoice(p),
	}
	for _, identity := range identities {
		data.Identifiers = append(data.Identifiers, rowOf(p, now, identity, n))
	}
	return data
}

// awaitedOf tells for which login methods a certificate of the person is announced.
// By what it is known is the administrator's note, and told to nobody else.
func awaitedOf(p *i18n.Printer, awaited []iam.Announced, n *names) (all []web.Banner) {
	told := map[iam.ProviderID]bool{}
	for _, a := range awaited {
		if told[a.Provider] {
			continue
		}
		told[a.Provider] = true
		all = append(all, web.Banner{Kind: "info", Icon: "certificate", Title: p.T("profile.awaited"), Text: p.T("profile.awaited_text", "Method", n.method(a.Provider))})
	}
	return all
}

// linkedNotice says which certificate was linked, where the address names one
// of the person's own.
func linkedNotice(p *i18n.Printer, identities []iam.Identity, linked iam.IdentityID) *web.Banner {
	for _, identity := range identities {
		if identity.ID == linked && linked != "" {
			return &web.Banner{
				Kind: "success", Title: p.T("profile.linked", "Name", nameOf(identity)), Text: p.T("profile.linked_next"),
			}
		}
	}
	return nil
}

func personFacts(p *i18n.Printer, user iam.User) []web.Fact {
	fact := func(key, text string) web.Fact {
		if text == "" {
			text = p.T("profile.not_given")
		}
		return web.Fact{Term: p.T(key), Text: text}
	}
	email := fact("profile.email", user.Email)
	switch {
	case user.Email == "":
	case user.EmailVerified:
		email.Badge = &web.Badge{Kind: "success", Label: p.T("profile.email_confirmed")}
	default:
		email.Badge = &web.Badge{Label: p.T("profile.email_unconfirmed")}
	}
	facts := []web.Fact{
		fact("profile.login", user.Login),
		fact("profile.name", user.Name),
		fact("profile.given_name", user.GivenName),
		fact("profile.family_name", user.FamilyName),
		email,
	}
	if user.Number != "" { // whoever has none need not wonder
		facts = append(facts, fact("number.label", user.Number))
	}
	return facts
}

// nameOf is how a person knows the identifier.
func nameOf(identity iam.Identity) string {
	if identity.Certificate != nil {
		return identity.Certificate.Name()
	}
	return string(identity.ID)
}

func cardOf(p *i18n.Printer, now time.Time, identity iam.Identity) web.Certificate {
	if identity.Certificate == nil {
		return web.Certificate{Name: nameOf(identity)}
	}
	return words.Certificate(p, *identity.Certificate, now)
}

//i18n:keys profile.publicity.* iam.Publicity

func rowOf(p *i18n.Printer, now time.Time, identity iam.Identity, n *names) identifierRow {
	row := identifierRow{
		Path: "/profile/identifiers/" + string(identity.ID), Certificate: cardOf(p, now, identity), Method: n.method(identity.Provider),
		Added: identity.CreatedAt, LastUsed: lastUsed(p, now, identity, n),
		Publicity: p.T("profile.publicity." + string(identity.Publicity)),
	}
	row.Certificate.Facts = nil // the page of the identifier has them
	return row
}

func lastUsed(p *i18n.Printer, now time.Time, identity iam.Identity, n *names) string {
	app := n.app(identity.LastUsedApp)
	switch {
	case identity.LastUsedAt.IsZero():
		return p.T("profile.never_used")
	case app == "":
		return p.T("profile.last_used", "Ago", p.Ago(identity.LastUsedAt, now))
	default:
		return p.T("profile.last_used_in", "Ago", p.Ago(identity.LastUsedAt, now), "App", app)
	}
}
