package words

import (
	"signet/internal/i18n"
)

//i18n:keys event.cause.* cert.Fault
//i18n:keys event.cause.* cert.Cause internal certificate_blocked
//i18n:keys event.cause.* blocked_here members_only other_authority assurance_too_low assurance_unmet just_expired
//i18n:keys event.cause.* method_not_offered not_linked user_blocked user_deleted other_person attempt_unknown attempt_expired attempt_used
//i18n:keys event.cause.* header_untrusted_peer header_duplicate header_malformed proxy_not_verified certificate_not_forwarded
//i18n:keys event.cause.* attempt_of_another_browser attempt_overtaken mapping_ambiguous mapping_moved renewal_waits method_changed account_fields account_taken account_scripts linked_to_you linked_to_other wrong_password too_many_tries registration_closed too_many_registrations too_many_invitation_mails login_taken declined not_allowed session_too_narrow

// Why says in a few words why something was refused. The sentences of the
// refusal pages speak to the person who stands before them; these are for a
// line of the log. A cause without words is named by its code, so that a new
// one is never hidden.
func Why(p *i18n.Printer, cause string) string {
	if key := "event.cause." + cause; p.Has(key) {
		return p.T(key)
	}
	return p.T("event.unknown_cause", "Code", cause)
}
