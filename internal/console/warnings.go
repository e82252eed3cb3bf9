package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/web"
)

//i18n:keys warning.* authority_expires authority_expired list_expires list_outdated

// warningsBanner puts warnings about authorities into words; nil without any.
func warningsBanner(p *i18n.Printer, found []notify.Warning) *web.Banner {
	if len(found) == 0 {
		return nil
	}
	b := &web.Banner{Kind: "warning", Title: p.N("warning.title", len(found))}
	const most = 5
	for i, w := range found {
		if i == most {
			b.Items = append(b.Items, p.N("warning.more", len(found)-most))
			break
		}
		if w.Kind == iam.MessageAuthorityExpired {
			b.Kind = "danger"
		}
		b.Items = append(b.Items, p.T("warning."+string(w.Kind), "Method", w.Provider.Name, "Authority", w.Authority, "Until", p.Date(w.Until)))
	}
	return b
}
