package words

import (
	"signet/internal/i18n"
	"signet/internal/iam"
)

//i18n:keys doctor.* site_ok site_unreachable site_wrong_name site_expired site_expires_soon site_asks authority_unknown ready_ok ready_silent ready_not_ready
//i18n:keys doctor.* clock_ok clock_off name_unresolved host_ok host_unreachable host_wrong_name host_expired host_expires_soon host_asks_nothing host_http2
//i18n:keys doctor.* tickets_ok tickets_resumes coalescing_ok coalescing_possible proxy_ok proxy_address_only forgery_ok forgery_passed forgery_reachable
//i18n:keys doctor.* database_ok database_unreachable database_pending method_ok method_none method_unreadable method_no_valid_ca method_ca_expired method_ca_expires_soon
//i18n:keys doctor.* names_ok names_too_many administrators_ok administrators_none administrators_one keys_ok keys_none keys_old
//i18n:keys doctor.*.mend site_unreachable site_wrong_name site_expired site_expires_soon site_asks authority_unknown ready_silent ready_not_ready
//i18n:keys doctor.*.mend clock_off name_unresolved host_unreachable host_wrong_name host_expired host_expires_soon host_asks_nothing host_http2
//i18n:keys doctor.*.mend tickets_resumes coalescing_possible proxy_address_only forgery_passed forgery_reachable
//i18n:keys doctor.*.mend database_unreachable database_pending method_none method_unreadable method_no_valid_ca method_ca_expired method_ca_expires_soon
//i18n:keys doctor.*.mend names_too_many administrators_none administrators_one keys_none keys_old
//i18n:keys doctor.* revocation_ok revocation_not_checked revocation_no_list revocation_outdated revocation_failing revocation_responder_silent revocation_learned_silent revocation_out_of_reach revocation_deltas
//i18n:keys doctor.*.mend revocation_not_checked revocation_no_list revocation_outdated revocation_failing revocation_responder_silent revocation_learned_silent revocation_out_of_reach revocation_deltas
//i18n:keys doctor.*.why revocation site authority ready clock name host tickets coalescing proxy forgery database method names administrators keys
//i18n:keys doctor.level.* iam.FindingLevel

// Finding is what an examination found, in words.
type Finding struct {
	About string // the host, CA or method
	What  string
	Why   string // why it matters; empty where all is well
	Mend  string // what to do; empty where all is well
	Level string // in a word
	Kind  string // of a badge
	Icon  string
	Bad   bool
}

// FindingOf puts a finding into words.
func FindingOf(p *i18n.Printer, f iam.Finding) Finding {
	args := []any{"About", f.About}
	for name, value := range f.Params {
		args = append(args, name, value)
	}
	key := "doctor." + f.Check
	out := Finding{About: f.About, What: p.T(key+"_"+f.Case, args...), Level: p.T("doctor.level." + string(f.Level)), Kind: "success", Icon: "check-circle"}
	switch f.Level {
	case iam.FindingNote:
		out.Kind, out.Icon = "accent", "info"
	case iam.FindingWarning:
		out.Kind, out.Icon = "warning", "alert"
	case iam.FindingError:
		out.Kind, out.Icon = "danger", "alert"
	}
	if f.Level != iam.FindingOK {
		out.Bad, out.Why, out.Mend = true, p.T(key+".why", args...), p.T(key+"_"+f.Case+".mend", args...)
	}
	return out
}
