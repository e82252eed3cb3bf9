package words

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

//i18n:keys event.* iam.EventKind

// Event is one line of the event log in words.
type Event struct {
	ID      string
	At      time.Time
	Icon    string
	What    string // what happened
	Why     string // of a refusal
	Refused bool
	// Person is whom it is about, By who did it where that is somebody else.
	Person      string
	By          string
	App         string
	Method      string
	Certificate *web.Certificate
	Address     string
	Device      string
	DeviceIcon  string
	Attempt     string
	Request     string
	Details     []web.Fact
	// Line is what a list says beside What: with which login method, and what of it
	// was changed. Without it "Login method switched" leaves open which, and to what.
	Line string
}

// AddressParts and PersonParts are texts in parts between which a line may
// break: an IPv6 address or a login can be wider than a column. Joined they are the text, so that it can be copied.
func (e Event) AddressParts() []string { return parts(e.Address, ":") }

// PersonParts is Person in parts.
func (e Event) PersonParts() []string { return parts(e.Person, "_@.") }

// maxPart is how many characters stand in a row before a line may break.
const maxPart = 16

func parts(text, after string) (out []string) {
	part := []rune{}
	for _, c := range text {
		part = append(part, c)
		if strings.ContainsRune(after, c) || len(part) == maxPart {
			out, part = append(out, string(part)), part[:0]
		}
	}
	return append(out, string(part))
}

// Names finds the names that go with the ids in events. A function returns ""
// for what no longer exists.
type Names struct {
	App    func(iam.AppID) string
	Method func(iam.ProviderID) iam.Provider // the zero one for what is gone
	// Login is how a person is called; nil where the reader may not know, as in
	// one's own log of what an administrator did.
	Login func(iam.UserID) string
}

// Of puts an event into the words of the printer.
func Of(p *i18n.Printer, e iam.Event, names Names, now time.Time) Event {
	out := Event{
		ID: e.ID, At: e.At, Icon: icon(e), What: What(p, e.Kind), Refused: e.Outcome == iam.OutcomeRefused,
		Person: e.UserLogin, By: by(p, e, names), Address: e.Address, Attempt: string(e.Attempt), Request: e.Request,
		Details: details(p, e.Details),
	}
	if e.Cause != "" {
		out.Why = Why(p, e.Cause)
	}
	if e.App != "" {
		out.App = cmp.Or(names.App(e.App), string(e.App))
	}
	if e.Provider != "" {
		out.Method = cmp.Or(Method(p, names.Method(e.Provider)), e.Details["name"], string(e.Provider))
	}
	if e.Certificate != nil {
		card := Certificate(p, *e.Certificate, now)
		out.Certificate = &card
	}
	if e.UserAgent != "" && !byProgram(e) {
		out.Device, out.DeviceIcon = Device(p, e.UserAgent), DeviceIcon(e.UserAgent)
	}
	out.Line = line(p, e, out)
	return out
}

// telling are the details that a list has room for, in the order of a sentence.
func telling() []string {
	return []string{"name", "action", "role", "change", "publicity", "reason", "blocked"}
}

func line(p *i18n.Printer, e iam.Event, told Event) string {
	var parts []string
	if told.Method != "" {
		parts = append(parts, told.Method)
	}
	for _, name := range telling() {
		value := e.Details[name]
		if value == "" || name == "name" && (told.Method != "" || value == told.App) {
			continue
		}
		parts = append(parts, Value(p, name, value))
	}
	return strings.Join(parts, " · ")
}

// Method is what a login method is called: the password method as readers call it,
// unless somebody has named it.
func Method(p *i18n.Printer, m iam.Provider) string {
	if m.Type == iam.ProviderPassword && m.Name == iam.PasswordName {
		return p.T("signin.password")
	}
	return m.Name
}

// What says what a kind of event is.
func What(p *i18n.Printer, kind iam.EventKind) string { return p.T("event." + string(kind)) }

// byProgram reports whether Signet itself did it: start-up, a job, a command.
func byProgram(e iam.Event) bool { return e.Actor == "" && e.Address == "" }

func by(p *i18n.Printer, e iam.Event, names Names) string {
	switch {
	case byProgram(e):
		return p.T("event.by.program")
	case e.Actor == "" || e.Actor == e.User:
		return "" // a visitor, or the person themselves
	case names.Login == nil:
		return p.T("event.by.administrator")
	default:
		return cmp.Or(names.Login(e.Actor), p.T("event.by.administrator"))
	}
}

func icon(e iam.Event) string {
	switch e.Kind {
	case iam.EventSignedIn:
		return "log-in"
	case iam.EventSignInRefused, iam.EventIdentityRefused, iam.EventConsentRefused, iam.EventTokenRefused, iam.EventActionRefused, iam.EventHeaderRefused,
		iam.EventSignUpRefused, iam.EventLogoutGivenUp:
		return "x-circle"
	case iam.EventAttemptStarted, iam.EventProviderTested, iam.EventCertificateIssued:
		return "certificate"
	case iam.EventProviderDeleted, iam.EventUserDeleted, iam.EventUserPurged:
		return "trash"
	case iam.EventWidgetChanged:
		return "image"
	case iam.EventIdentityLinked, iam.EventIdentityChanged, iam.EventIdentityAnnounced:
		return "link"
	case iam.EventIdentityRemoved, iam.EventAnnouncementWithdrawn:
		return "unlink"
	case iam.EventSessionEnded:
		return "log-out"
	case iam.EventConsentGiven, iam.EventConsentWithdrawn:
		return "shield-check"
	case iam.EventTokenReuse:
		return "alert"
	case iam.EventUserBlocked, iam.EventCertificateBlocked, iam.EventCertificateRevoked:
		return "block"
	case iam.EventPasswordChanged, iam.EventPasswordLinkMade:
		return "password"
	case iam.EventUserCreated, iam.EventUserChanged, iam.EventUserUnblocked, iam.EventUserRestored, iam.EventRoleChanged:
		return "user"
	case iam.EventAppCreated, iam.EventAppChanged:
		return "app"
	case iam.EventOrgCreated, iam.EventOrgChanged, iam.EventOrgDeleted:
		return "building"
	case iam.EventEventsExported:
		return "history"
	case iam.EventInvitationMade, iam.EventInvitationTaken, iam.EventInvitationRefused, iam.EventInvitationRevoked:
		return "mail"
	case iam.EventEmailAsked, iam.EventEmailConfirmed, iam.EventLinkMailed, iam.EventMailChanged, iam.EventMailTested, iam.EventMailRetried, iam.EventMailFailed:
		return "mail"
	case iam.EventIdentityFirstUsed:
		return "certificate"
	case iam.EventSigningKeyRotated:
		return "key"
	default:
		return "settings"
	}
}

//i18n:keys event.detail.* rule reason publicity role change name action by scopes times since network email

// details puts what an event holds beside its fields into words. What has no
// words is shown as it is: an administrator may still make sense of it.
func details(p *i18n.Printer, values map[string]string) []web.Fact {
	var facts []web.Fact
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fact := web.Fact{Term: name, Text: Value(p, name, values[name])}
		if p.Has("event.detail." + name) {
			fact.Term = p.T("event.detail." + name)
		}
		facts = append(facts, fact)
	}
	return facts
}

//i18n:keys event.detail.* source from as_of revoked_at revocation_reason unknown subject authority entries detail blocked why sha256
//i18n:keys event.source.* crl ocsp none upload
//i18n:keys event.blocked.* iam.BlockKind
//i18n:keys event.revocation_reason.* cert.Reason
//i18n:keys event.unknown.* cert.Fault
//i18n:keys event.detail.* server message updated
//i18n:keys event.cause.mail_* notify.Fault
//i18n:keys event.detail.* format retention_days tries value
//i18n:keys event.reason.* iam.EndReason
//i18n:keys event.publicity.* iam.Publicity
//i18n:keys event.role.* iam.Role
//i18n:keys event.action.* iam.Action
//i18n:keys event.by.* session certificate_headers registration certificate
//i18n:keys event.detail.* self_service days client_certificate
//i18n:keys event.cause.* client_secret client_name_differs
//i18n:keys event.change.* client_certificate
//i18n:keys event.self_service.* on off
//i18n:keys event.change.* given taken on off secret

// Value puts the value of a detail into words: Value(p, "role", "member").
func Value(p *i18n.Printer, name, value string) string {
	switch name {
	case "rule":
		return Rule(p, value)
	case "client_certificate": // why that of an application was refused
		return Why(p, value)
	}
	if key := "event." + name + "." + value; p.Has(key) {
		return p.T(key)
	}
	return value
}
