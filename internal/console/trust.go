package console

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
	"signet/internal/words"
)

// tabTrust is the page of what is known of revocation, below the settings.
const tabTrust = tabSettings + "/trust"

// trustPage lists the CAs, what is known of their revocations, and what is
// blocked here.
type trustPage struct {
	Methods []trustMethod
	Blocks  []blockRow
	Blocker string // path of the form that blocks; empty for who may not
}

type trustMethod struct {
	Name        string
	Authorities []trustAuthority
}

// trustAuthority is one CA.
type trustAuthority struct {
	Name, Line string
	URL        string // empty where it cannot be changed
	Mode       string
	State      web.Badge
	Lists      []listRow
	Note       string // what its lists name and nobody fetches
}

// listRow is one source of lists.
type listRow struct {
	Source  string
	State   web.Badge
	Wrong   string // why the last try failed
	Entries string
	Kind    string    // where it is not complete
	Of      time.Time // thisUpdate
	Until   time.Time
	Fetched time.Time
	Next    time.Time
	Refresh string // where a form asks to fetch it now; empty where nobody could
	Hidden  []web.Hidden
}

// blockRow is one block.
type blockRow struct {
	Certificate web.Certificate
	Kind, Line  string
	Reason      string
	Undo        string
}

func (room *Room) showTrust(v visit) error {
	all, err := room.Trust.Revocations(v.ctx, v.caller)
	if err != nil {
		return err
	}
	if len(all) == 0 && !v.caller.May(iam.ViewIdentities, iam.System()) {
		return iam.NotFound("page")
	}
	data := trustOf(v.words, all, v.now, func(a trust.Authority) []string { return room.Trust.Deltas(v.ctx, a) })
	if v.caller.May(iam.ViewIdentities, iam.System()) {
		blocks, err := room.Trust.Blocks(v.ctx, v.caller)
		if err != nil {
			return err
		}
		data.Blocker = tabTrust + "/block"
		if data.Blocks, err = room.blockRows(v, blocks); err != nil {
			return err
		}
	}
	view, err := room.view(v, tabSettings, "console.trust.title")
	if err != nil {
		return err
	}
	view.LeadKey = "console.trust.lead"
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}}
	room.trust.Show(v.w, v.r, http.StatusOK, view, data)
	return nil
}

func trustOf(p *i18n.Printer, all []trust.Authority, now time.Time, deltas func(trust.Authority) []string) (data trustPage) {
	for i, a := range all {
		if i == 0 || all[i-1].Provider.ID != a.Provider.ID {
			data.Methods = append(data.Methods, trustMethod{Name: a.Provider.Name})
		}
		m := &data.Methods[len(data.Methods)-1]
		row := trustAuthorityOf(p, a, now)
		if addresses := deltas(a); len(addresses) > 0 {
			row.Note = p.T("console.trust.deltas", "Addresses", strings.Join(addresses, ", "))
		}
		m.Authorities = append(m.Authorities, row)
	}
	return data
}

//i18n:keys console.trust.state.* trust.State

func trustAuthorityOf(p *i18n.Printer, a trust.Authority, now time.Time) trustAuthority {
	row := trustAuthority{Name: cmp.Or(a.Facts.CommonName, a.Facts.Subject), Line: a.Facts.Subject, State: stateBadge(p, a.State)}
	if a.Chosen && !a.Below && a.State != trust.StateOwn {
		row.Mode = p.T("console.trust.mode." + string(a.Settings.Mode))
	}
	if !a.Below {
		row.URL = authorityPath(a)
	} else {
		row.Mode = p.T("console.trust.below")
	}
	for _, l := range a.Lists {
		row.Lists = append(row.Lists, listRowOf(p, a, l, now))
	}
	return row
}

func stateBadge(p *i18n.Printer, state trust.State) web.Badge {
	b := web.Badge{Label: p.T("console.trust.state." + string(state))}
	switch state {
	case trust.StateFresh, trust.StateResponder, trust.StateShortLived, trust.StateOwn:
		b.Kind, b.Icon = "success", "check"
	case trust.StateFailing:
		b.Kind, b.Icon = "warning", "alert"
	case trust.StateOff:
		b.Icon = "minus"
	default:
		b.Kind, b.Icon = "danger", "x-circle"
	}
	return b
}

//i18n:keys console.trust.fault.* cert.Fault
//i18n:keys console.trust.list_kind.* cert.Kind

func listRowOf(p *i18n.Printer, a trust.Authority, l iam.RevocationList, now time.Time) listRow {
	row := listRow{Source: l.Source, Of: l.ThisUpdate, Until: l.NextUpdate, Fetched: l.FetchedAt, Next: l.NextTryAt, Entries: p.Number(int(l.Entries))}
	if l.Kind != "" {
		row.Kind = p.T("console.trust.list_kind." + l.Kind)
	}
	uploaded := strings.HasPrefix(l.Source, iam.SourceUpload)
	if uploaded {
		row.Source, row.Next = p.T("console.trust.uploaded"), time.Time{}
	} else if !a.Below {
		row.Refresh = authorityPath(a) + "/refresh"
		row.Hidden = []web.Hidden{{Name: "source", Value: l.Source}}
	}
	switch {
	case l.DataHash == nil:
		row.State = stateBadge(p, trust.StateMissing)
	case now.After(l.NextUpdate):
		row.State = stateBadge(p, trust.StateStale)
	case l.Failures > 0:
		row.State = stateBadge(p, trust.StateFailing)
	default:
		row.State = stateBadge(p, trust.StateFresh)
	}
	if l.Fault != "" {
		row.Wrong = p.T("console.trust.fault." + l.Fault)
		if l.FaultDetail != "" {
			row.Wrong += " (" + l.FaultDetail + ")"
		}
	}
	return row
}

func authorityPath(a trust.Authority) string {
	return tabTrust + "/" + url.PathEscape(string(a.Provider.ID)) + "/" + url.PathEscape(a.ID)
}

func (room *Room) blockRows(v visit, blocks []iam.CertificateBlock) (rows []blockRow, err error) {
	for _, b := range blocks {
		who := ""
		if b.User != "" {
			user, err := room.Directory.Person(v.ctx, b.User)
			if err != nil && !iam.IsNotFound(err) {
				return nil, err
			}
			who = user.DisplayName()
		}
		rows = append(rows, blockRowOf(v.words, b, who, v.now))
	}
	return rows, nil
}

//i18n:keys console.trust.kind.* iam.BlockKind

func blockRowOf(p *i18n.Printer, b iam.CertificateBlock, who string, now time.Time) blockRow {
	row := blockRow{Kind: p.T("console.trust.kind." + string(b.Kind)), Reason: b.Reason, Undo: tabTrust + "/blocks/" + url.PathEscape(b.ID)}
	if b.Certificate != nil && b.Certificate.Subject != "" {
		row.Certificate = words.Certificate(p, *b.Certificate, now)
	} else {
		row.Certificate = web.Certificate{Name: p.T("console.trust.not_seen"), Facts: []web.Fact{{Term: p.T("event.detail.sha256"), Text: b.Hash, Mono: true}}}
	}
	row.Certificate.State = "refused"
	by := "console.trust.blocked_by_administrator"
	if b.ByOwner {
		by = "console.trust.blocked_by_owner"
	}
	row.Line = p.T(by, "Date", p.DateTime(b.CreatedAt), "Name", cmp.Or(who, p.T("console.trust.nobody")))
	return row
}

// trustRoutes are the pages of revocation and of blocks.
func (room *Room) trustRoutes() map[string]func(visit) error {
	return map[string]func(visit) error{
		"GET " + tabTrust: room.showTrust,
		"GET " + tabTrust + "/{method}/{authority}":           room.showAuthority,
		"POST " + tabTrust + "/{method}/{authority}":          room.changeAuthority,
		"POST " + tabTrust + "/{method}/{authority}/refresh":  room.refreshList,
		"POST " + tabTrust + "/{method}/{authority}/upload":   room.uploadList,
		"GET " + tabTrust + "/block":                          room.showBlockForm,
		"POST " + tabTrust + "/block":                         room.blockTyped,
		"GET " + tabTrust + "/blocks/{block}":                 room.askUndoBlock,
		"POST " + tabTrust + "/blocks/{block}":                room.undoBlock,
		"GET " + tabUsers + "/{user}/identifiers/{id}/block":  room.askBlockIdentifier,
		"POST " + tabUsers + "/{user}/identifiers/{id}/block": room.blockIdentifier,
	}
}
