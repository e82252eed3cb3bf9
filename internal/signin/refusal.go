package signin

import (
	"net/http"
	"slices"
	"time"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// certificateHostLife is how long a browser's certificate host is remembered.
const certificateHostLife = 180 * 24 * time.Hour

// refusalPage says what happened, which certificate was sent, why it was
// refused, and what to do next.
type refusalPage struct {
	Base        string // path of the login; empty where there is none
	Icon        string
	Why         string
	Next        string
	Certificate *web.Certificate
	// Retry shows the certificate button on a new host, where one is left; its
	// words.
	Retry      string
	RetryFirst bool // it is what helps most probably
	Provider   iam.ProviderID
	// Other leads back to the choice of methods, with the words of the button.
	Other string
	// Register is the path of the form of a new account, to which the certificate
	// would be linked.
	Register string
	// Continue is the path of a login of this browser that is still under way.
	Continue string
	// Back leaves the login; the words of the button.
	Back string
	Help bool
	// Profile leads somebody who is signed in to their profile.
	Profile bool
	Attempt string
}

// remedy says which ways lead on from a refusal.
type remedy struct {
	retry bool // another certificate may do
	other bool // another method may do
	help  bool // the person may have no certificate installed
	// again: the same certificate may do in a moment, or after it was shown again
	again bool
	// somebody else may enter: the person is who they are
	somebody bool
}

// remedies lists what helps against each cause. What is not listed has the
// usual ways.
var remedies = map[string]remedy{
	login.CauseNotOffered:     {other: true},
	login.CauseNotLinked:      {other: true, retry: true},
	login.CauseUserBlocked:    {retry: true},
	login.CauseUserDeleted:    {retry: true},
	login.CauseOtherPerson:    {retry: true},
	login.CauseLinkedToYou:    {retry: true},
	login.CauseLinkedToOther:  {retry: true},
	login.CauseBlockedInApp:   {somebody: true},
	login.CauseMembersOnly:    {somebody: true},
	login.CauseOtherAuthority: {retry: true},
	login.CauseMethodChanged:  again,
	login.CauseTooLittle:      {retry: true},
	login.CauseAccountFields:  {other: true, retry: true},
	login.CauseAccountTaken:   {other: true, retry: true},
	login.CauseAccountScripts: {other: true, retry: true},
	login.CauseJustExpired:    {retry: true, other: true},
	"no_certificate":          {retry: true, other: true, help: true},
	"internal":                again,
	"revocation_unknown":      again,
	"header_duplicate":        again,
	"proxy_not_verified":      again,
}

var (
	usual = remedy{retry: true, other: true}
	again = remedy{retry: true, other: true, again: true}
)

//i18n:keys refusal.*.title internal cert.Cause certificate_blocked method_not_offered not_linked user_blocked user_deleted blocked_here members_only other_authority other_person attempt_unknown attempt_expired attempt_used attempt_of_another_browser attempt_overtaken mapping_ambiguous mapping_moved renewal_waits method_changed account_fields account_taken account_scripts linked_to_you linked_to_other assurance_too_low just_expired header_untrusted_peer header_duplicate header_malformed proxy_not_verified certificate_not_forwarded
//i18n:keys refusal.*.why internal cert.Cause certificate_blocked method_not_offered not_linked user_blocked user_deleted blocked_here members_only other_authority other_person attempt_unknown attempt_expired attempt_used attempt_of_another_browser attempt_overtaken mapping_ambiguous mapping_moved renewal_waits method_changed account_fields account_taken account_scripts linked_to_you linked_to_other assurance_too_low just_expired header_untrusted_peer header_duplicate header_malformed proxy_not_verified certificate_not_forwarded
//i18n:keys refusal.*.next internal cert.Cause certificate_blocked method_not_offered not_linked user_blocked user_deleted blocked_here members_only other_authority other_person attempt_unknown attempt_expired attempt_used attempt_of_another_browser attempt_overtaken mapping_ambiguous mapping_moved renewal_waits method_changed account_fields account_taken account_scripts linked_to_you linked_to_other assurance_too_low just_expired header_untrusted_peer header_duplicate header_malformed proxy_not_verified certificate_not_forwarded

//i18n:keys refusal.*.next_linking revocation_unknown certificate_not_forwarded certificate_blocked

func (room *Room) drawRefusal(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.refusalPage(r, v)
	record := web.RecordOf(r.Context())
	record.Outcome, record.Cause, record.Attempt = string(iam.OutcomeRefused), v.Login.State.Refusal.Cause, data.Attempt
	room.refused.Show(w, r, http.StatusOK, web.Dressed(view, v.App.ID, v.Look), data)
}

// waits reports whether a certificate may wait to be linked after a refusal with the
// cause.
func waits(cause string) bool {
	return slices.Contains([]string{login.CauseNotLinked, login.CauseAccountFields, login.CauseAccountTaken, login.CauseAccountScripts}, cause)
}

func (room *Room) refusalPage(r *http.Request, v login.View) (web.View, refusalPage) {
	refusal := *v.Login.State.Refusal
	printer := web.Language(r, v.Login.Ask.UILocales)
	ways, listed := remedies[refusal.Cause]
	if !listed {
		ways = usual
	}
	data := refusalPage{
		Base: pathOf(v.Login.ID), Icon: "alert", Attempt: string(refusal.Attempt), Provider: refusal.Provider, Help: ways.help,
		Why: printer.T("refusal."+refusal.Cause+".why", sentenceArgs(printer, v, refusal)...), Next: printer.T("refusal."+refusal.Cause+".next", sentenceArgs(printer, v, refusal)...),
	}
	if refusal.Certificate != nil {
		card := certificateCard(printer, refusal.Certificate, cardState(refusal.Cause))
		data.Certificate = &card
	}
	if ways.retry && v.Method.Type == iam.ProviderCertificate {
		if _, left := room.ChooseHost(r.Context(), refusal.Provider, "", true); left {
			data.Retry = printer.T("signin.retry")
			data.RetryFirst = ways.again
			if ways.again || refusal.Certificate == nil && refusal.Cause == string(cert.CauseNoCertificate) {
				data.Retry = printer.T("signin.try_again")
			}
		}
	}
	if refusal.Cause == login.CauseJustExpired {
		if data.RetryFirst = data.Retry != ""; data.RetryFirst {
			data.Retry = printer.T("signin.show_renewed")
		}
		if s := v.Method.Settings.Certificate; s != nil && s.Renewed() == iam.RenewalAdministrator {
			data.Next = printer.T("refusal.just_expired.next_administrator")
		}
	}
	linking := v.Login.Purpose == iam.PurposeLink
	switch {
	case linking:
		data.Back = printer.T("signin.back_to_profile")
	case ways.other && v.Login.State.Unlinked != nil && waits(refusal.Cause):
		data.Other = printer.T("signin.other_and_link")
	case ways.somebody:
		data.Other = printer.T("signin.somebody_else")
	case ways.other || data.Retry == "":
		data.Other = printer.T("signin.other")
	}
	if !linking && !v.Login.App.IsOwn() {
		data.Back = printer.T("signin.back_to_app", "App", v.App.Name)
	}
	if refusal.Cause == login.CauseNotLinked && v.Login.State.Unlinked != nil && v.Registrable {
		data.Register, data.Next = registerPath(v.Login.ID), printer.T("refusal.not_linked.next_register")
	}
	if refusal.Cause == login.CauseNotLinked && v.Login.State.Unlinked == nil {
		data.Next = printer.T("refusal.not_linked.next_administrator")
	}
	if key := "refusal." + refusal.Cause + ".next_linking"; linking && printer.Has(key) {
		data.Next = printer.T(key) // nobody signs in here
	}
	if refusal.Cause == string(cert.CauseRevoked) {
		data.Why = whyRevoked(printer, v, refusal)
	}
	if refusal.Cause == login.CauseTooLittle && v.Needed != nil {
		data.Next = neededText(printer, v.App, *v.Needed)
	}
	title := "refusal." + refusal.Cause + ".title"
	if refusal.Certificate == nil { // a password was right, and no certificate was sent
		switch refusal.Cause {
		case login.CauseUserBlocked:
			data.Why = printer.T("refusal.user_blocked.why_password")
		case login.CauseUserDeleted:
			data.Why = printer.T("refusal.user_deleted.why_password")
		case login.CauseOtherPerson:
			title, data.Why, data.Next = "refusal.other_person.title_password", printer.T("refusal.other_person.why_password"), printer.T("refusal.other_person.next_password")
		}
	}
	return web.View{
		TitleKey: title, FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, data
}

//i18n:keys refusal.reason.* cert.Reason

// whyRevoked tells since when a certificate is revoked and why, as far as its
// issuer says so, and whether it is the person's own or a CA's above it.
func whyRevoked(printer *i18n.Printer, v login.View, refusal iam.Refusal) string {
	args := sentenceArgs(printer, v, refusal)
	at, err := time.Parse(time.RFC3339, refusal.Params["revoked_at"])
	if err != nil || refusal.Certificate == nil {
		return printer.T("refusal.revoked.why", append(args, "Issuer", "")...)
	}
	args = append(args, "Revoked", printer.Date(at))
	if ca := refusal.Params["subject"]; ca != "" {
		return printer.T("refusal.revoked.why_ca", append(args, "Subject", ca)...)
	}
	reason := printer.T("refusal.reason." + string(cert.ReasonUnspecified))
	if key := "refusal.reason." + refusal.Params["revocation_reason"]; printer.Has(key) {
		reason = printer.T(key)
	}
	return printer.T("refusal.revoked.why_facts", append(args, "Reason", reason)...)
}

// sentenceArgs are the values that the sentences of refusals may name.
func sentenceArgs(printer *i18n.Printer, v login.View, refusal iam.Refusal) []any {
	args := []any{"App", v.App.Name, "Method", v.Method.Name}
	if c := refusal.Certificate; c != nil {
		args = append(args, "From", printer.Date(c.NotBefore), "Until", printer.Date(c.NotAfter), "Issuer", c.IssuedBy())
	}
	for name, value := range refusal.Params {
		args = append(args, name, value)
	}
	return args
}

// cardState is how a certificate is marked: a good one that has no owner, or
// the wrong one, is not marked as faulty, and without a cause nothing is wrong.
func cardState(cause string) string {
	switch cause {
	case string(cert.CauseExpired), login.CauseJustExpired:
		return "expired"
	case string(cert.CauseNotYetValid):
		return "early"
	case string(cert.CauseRevoked), login.CauseBlockedHere:
		return "revoked"
	case "", login.CauseRenewalWaits, login.CauseMethodChanged, login.CauseNotLinked, login.CauseLinkedToYou, login.CauseLinkedToOther, login.CauseOtherPerson, login.CauseNotOffered,
		login.CauseUserBlocked, login.CauseUserDeleted, login.CauseOtherAuthority, login.CauseTooLittle:
		return ""
	default:
		return "refused"
	}
}

// certificateCard shows the facts of a certificate.
func certificateCard(printer *i18n.Printer, c *iam.Certificate, state string) web.Certificate {
	card := web.Certificate{Name: c.Name(), Issuer: c.IssuedBy(), From: c.NotBefore, Until: c.NotAfter, State: state}
	for _, fact := range []struct{ key, text string }{
		{"signin.fact.subject", c.Subject}, {"signin.fact.issuer", c.Issuer}, {"signin.fact.serial", c.Serial}, {"signin.fact.key", c.KeyType}, {"signin.fact.sha256", c.SHA256},
	} {
		if fact.text != "" {
			card.Facts = append(card.Facts, web.Fact{Term: printer.T(fact.key), Text: fact.text, Mono: true})
		}
	}
	if c.Described {
		card.Detail = printer.T("signin.described")
	}
	return card
}

// refusedAttempt tells of a refusal that belongs to no login of this browser.
// It names the cause and nothing of the certificate: whoever opens the address
// has not proved to be the one who was refused.
func (room *Room) refusedAttempt(w http.ResponseWriter, r *http.Request) {
	attempt := iam.AttemptID(r.PathValue("attempt"))
	cause, err := room.RefusalCause(r, attempt)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	printer := web.Language(r)
	if !knownCause(cause) {
		cause = "internal"
	}
	record := web.RecordOf(r.Context())
	record.Outcome, record.Cause, record.Attempt = string(iam.OutcomeRefused), cause, string(attempt)
	data := refusalPage{
		Icon: "alert", Why: printer.T("refusal."+cause+".why", "App", "", "Method", "", "From", "", "Until", "", "Issuer", "", "Person", "", "Authorities", ""),
		Next: printer.T("refusal."+cause+".next", "Method", "", "App", "", "Authorities", ""), Attempt: string(attempt),
	}
	if id := iam.LoginID(r.URL.Query().Get("login")); id != "" {
		// A reload or a second tab spoils an attempt and not the login.
		if _, err := room.Login.View(r.Context(), web.CallerOf(r.Context()), id); err == nil {
			data.Continue, data.Next = pathOf(id), ""
		}
	}
	room.refused.Show(w, r, http.StatusOK, web.View{TitleKey: "refusal." + cause + ".title"}, data)
}

// Causes lists every cause that has a page.
func Causes() []string {
	causes := append(append([]string{"internal"}, login.RefusalCauses()...), login.ProxyCauses()...)
	for _, c := range cert.Causes() {
		causes = append(causes, string(c))
	}
	return causes
}

func knownCause(cause string) bool {
	for _, c := range Causes() {
		if c == cause {
			return true
		}
	}
	return false
}
