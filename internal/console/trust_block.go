package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/trust"
	"signet/internal/web"
)

// blockForm blocks a certificate or its key.
type blockForm struct {
	Wrong       *web.Banner
	Action      string
	Certificate *web.Certificate // of an identifier; nil where one is typed
	Text        *web.Field
	Kind        web.Choice
	Reason      web.Field
	Cancel      string
}

type blockInput struct{ text, kind, reason string }

func readBlock(r *http.Request) blockInput {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return blockInput{get("certificate"), get("kind"), get("reason")}
}

func blockFormOf(p *i18n.Printer, in blockInput, card *web.Certificate, wrong *iam.Error) blockForm {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	f := blockForm{
		Certificate: card, Cancel: tabTrust, Action: tabTrust + "/block",
		Kind: web.Choice{Name: "kind", Label: p.T("console.trust.what"), Cards: true, Error: fault("kind"), Options: []web.Option{
			{Value: string(iam.BlockKey), Icon: "key", Label: p.T("console.trust.kind.key"), Hint: p.T("console.trust.kind_key_hint"), Selected: in.kind != string(iam.BlockCertificate)},
			{Value: string(iam.BlockCertificate), Icon: "certificate", Label: p.T("console.trust.kind.certificate"), Hint: p.T("console.trust.kind_certificate_hint"), Selected: in.kind == string(iam.BlockCertificate)},
		}},
		Reason: web.Field{
			Name: "reason", Label: p.T("console.trust.reason"), Hint: p.T("console.trust.reason_hint"), Value: in.reason, Max: trust.MaxReason, Autocomplete: "off",
			Optional: p.T("console.methods.optional"), Error: fault("reason"),
		},
	}
	if card == nil {
		f.Text = &web.Field{
			Name: "certificate", Type: "textarea", Rows: 6, Mono: true, Label: p.T("console.trust.certificate"), Hint: p.T("console.trust.certificate_hint"),
			Value: in.text, Placeholder: "-----BEGIN CERTIFICATE-----", Required: true, Error: fault("certificate"),
		}
	}
	if wrong != nil && (wrong.Field == "" || card != nil && wrong.Field == "certificate") {
		f.Wrong = &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	}
	return f
}

func (room *Room) showBlockForm(v visit) error { return room.drawBlockForm(v, blockInput{}, nil) }

func (room *Room) drawBlockForm(v visit, in blockInput, wrong *iam.Error) error {
	if !v.caller.May(iam.EditIdentities, iam.System()) {
		return iam.NotFound("page")
	}
	view, err := room.view(v, tabSettings, "console.trust.block_title")
	if err != nil {
		return err
	}
	view.LeadKey = "console.trust.block_lead"
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}, {Label: v.words.T("console.trust.title"), URL: tabTrust}}
	room.blocking.Show(v.w, v.r, statusOf(wrong), view, blockFormOf(v.words, in, nil, wrong))
	return nil
}

func (room *Room) blockTyped(v visit) error {
	in := readBlock(v.r)
	c, err := typedCertificate(in)
	ended := 0
	if err == nil {
		ended, err = room.Trust.BlockCertificate(v.ctx, v.caller, c, iam.BlockKind(in.kind), in.reason)
	}
	if refused := redrawable(err); refused != nil {
		return room.drawBlockForm(v, in, refused)
	}
	if err != nil {
		return err
	}
	return v.done(tabTrust, "console.trust.block_done", "Count", v.words.Number(ended))
}

// typedCertificate reads a certificate, or the SHA-256 of one or of its key.
func typedCertificate(in blockInput) (iam.Certificate, error) {
	if hash := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(in.text)); regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(hash) {
		if in.kind == string(iam.BlockKey) {
			return iam.Certificate{SPKI: hash}, nil
		}
		return iam.Certificate{SHA256: hash}, nil
	}
	all, err := cert.ParseBundle([]byte(in.text))
	if err != nil || len(all) == 0 {
		return iam.Certificate{}, iam.Invalid("certificate", "block_nothing")
	}
	f := cert.Read(all[0])
	return iam.Certificate{
		Subject: f.Subject, CommonName: f.CommonName, Issuer: f.Issuer, IssuerName: f.IssuerName, Serial: f.Serial, NotBefore: f.NotBefore, NotAfter: f.NotAfter,
		KeyType: f.KeyType, SHA256: f.SHA256, SHA1: f.SHA1, SPKI: f.SPKI,
	}, nil
}

func (room *Room) askBlockIdentifier(v visit) error {
	return room.drawBlockIdentifier(v, blockInput{}, nil)
}

func (room *Room) drawBlockIdentifier(v visit, in blockInput, wrong *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	identity, err := room.identifier(v, user)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabUsers, "console.trust.block_title")
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	card := room.card(v.words, identity)
	data := blockFormOf(v.words, in, &card, wrong)
	data.Action, data.Cancel = pathOf(user.ID)+"/identifiers/"+url.PathEscape(string(identity.ID))+"/block", pathOf(user.ID)
	room.blocking.Show(v.w, v.r, statusOf(wrong), view, data)
	return nil
}

func (room *Room) blockIdentifier(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	in := readBlock(v.r)
	ended, err := room.Trust.BlockIdentity(v.ctx, v.caller, user.ID, iam.IdentityID(v.r.PathValue("id")), iam.BlockKind(in.kind), in.reason)
	if refused := redrawable(err); refused != nil {
		return room.drawBlockIdentifier(v, in, refused)
	}
	if err != nil {
		return err
	}
	return v.done(tabTrust, "console.trust.block_done", "Count", v.words.Number(ended))
}

// blockNamed returns the block that the path names.
func (room *Room) blockNamed(v visit) (iam.CertificateBlock, error) {
	all, err := room.Trust.Blocks(v.ctx, v.caller)
	if err != nil {
		return iam.CertificateBlock{}, err
	}
	for _, b := range all {
		if b.ID == v.r.PathValue("block") {
			return b, nil
		}
	}
	return iam.CertificateBlock{}, iam.NotFound("block")
}

func (room *Room) askUndoBlock(v visit) error {
	b, err := room.blockNamed(v)
	if err != nil {
		return err
	}
	view, err := room.view(v, tabSettings, "console.trust.undo_title")
	if err != nil {
		return err
	}
	view.Crumbs = []web.Link{{Label: v.words.T("console.settings_title"), URL: tabSettings}, {Label: v.words.T("console.trust.title"), URL: tabTrust}}
	room.undo.Show(v.w, v.r, http.StatusOK, view, undoOf(v.words, blockRowOf(v.words, b, "", v.now)))
	return nil
}

// undoPage asks before a block is undone.
type undoPage struct {
	Block  blockRow
	Action string
	Cancel string
}

func undoOf(_ *i18n.Printer, row blockRow) undoPage {
	return undoPage{Block: row, Action: row.Undo, Cancel: tabTrust}
}

func (room *Room) undoBlock(v visit) error {
	if err := room.Trust.Unblock(v.ctx, v.caller, v.r.PathValue("block")); err != nil {
		return err
	}
	return v.done(tabTrust, "console.trust.undone")
}
