package console_test

import (
	"crypto/x509"
	"net/http"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

// trustHouse is a house with one login method of one CA.
func trustHouse(t *testing.T, mode string) (*house, *certtest.CA, string) {
	t.Helper()
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := h.ca("House CA")
	wantStatus(t, h.upload("/admin/methods/new/mtls", ca.PEM(), "name", "Card <b>", "revocation", mode), http.StatusSeeOther)
	return h, ca, "/admin/settings/trust/" + string(h.only().ID) + "/" + cert.AuthorityID(ca.Cert)
}

func TestRevocationMustBeChosenInTheForm(t *testing.T) {
	h := methodsHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	ca := h.ca("House CA")
	w := h.upload("/admin/methods/new/mtls", ca.PEM(), "name", "Card")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "Choose what happens when certificates of CN=House CA", `value="Card"`, "BEGIN CERTIFICATE")
	if strings.Contains(h.get("/admin/methods/new/mtls").Body.String(), `name="revocation" value="none" checked`) {
		t.Error("the form chooses by itself")
	}
	// A second CA needs a choice of its own; the first one's stays.
	wantStatus(t, h.upload("/admin/methods/new/mtls", ca.PEM(), "name", "Card", "revocation", "required"), http.StatusSeeOther)
	p := h.only()
	other := h.ca("Other CA")
	path := "/admin/methods/" + string(p.ID)
	wantStatus(t, h.upload(path, other.PEM(), "name", "Card", "version", "1"), http.StatusUnprocessableEntity)
	wantStatus(t, h.upload(path, other.PEM(), "name", "Card", "version", "1", "revocation", "none"), http.StatusSeeOther)
	settings := *h.only().Settings.Certificate
	first, _ := settings.RevocationOf(cert.AuthorityID(ca.Cert))
	second, _ := settings.RevocationOf(cert.AuthorityID(other.Cert))
	if first.Mode != iam.RevocationRequired || second.Mode != iam.RevocationNone {
		t.Errorf("modes = %q, %q", first.Mode, second.Mode)
	}
}

func TestTrustPage(t *testing.T) {
	h, ca, path := trustHouse(t, "required")
	wantText(t, h.get("/admin/settings"), `href="/admin/settings/trust"`)
	w := h.get("/admin/settings/trust")
	wantText(t, w, "Card &lt;b&gt;", "House CA", "Refuse what cannot be checked", "Nothing received", "Nothing is blocked", path)
	lacksText(t, w, "Card <b>")
	wantText(t, h.get(path), "No list has been received", `name="mode"`, `value="required" checked`)

	// A list by hand.
	leaf := ca.Issue(t, certtest.Spec{CN: "alice"})
	w = h.upload(path+"/upload", []byte("x"))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "This list cannot be used: it cannot be read.")
	w = h.upload(path+"/upload", ca.Twin(t).CRL(t, certtest.CRLSpec{}))
	wantText(t, w, "the authority has not signed it")
	wantText(t, h.post(path+"/upload"), "Choose a file")
	w = h.follow(h.upload(path+"/upload", ca.CRL(t, certtest.CRLSpec{Number: 5, Revoked: []*x509.Certificate{leaf.Cert}})))
	wantText(t, w, "Revoked certificates in it: 1", "Uploaded by an administrator", "Up to date", "1 revoked")
	wantText(t, h.upload(path+"/upload", ca.CRL(t, certtest.CRLSpec{Number: 4})), "it is older than what is known")
	wantText(t, h.get("/admin/settings/trust"), "Up to date")
	h.clock.Advance(48 * 3600e9)
	wantText(t, h.get("/admin/settings/trust"), "Out of date")

	// The rules, kept as typed where they are refused.
	w = h.post(path, "version", "1", "mode", "best_effort", "lists", "ldap://x/y", "hosts", "pki.example", "ocsp", "none")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, "is no address of http or https", "ldap://x/y", "pki.example", `value="best_effort" checked`)
	wantText(t, h.post(path, "version", "1", "mode", "required", "ocsp", "certificate"), "Name the hosts")
	wantText(t, h.post(path, "version", "1", "mode", "required", "ocsp", "address"), "Give the address of the responder")
	wantText(t, h.post(path, "version", "1", "mode", "short_lived", "max_days", "x", "ocsp", "none"), "max_days")
	wantStatus(t, h.post(path, "version", "0", "mode", "none", "ocsp", "none"), http.StatusConflict)
	w = h.follow(h.post(path, "version", "1", "mode", "best_effort", "lists", "http://127.0.0.1:1/ca.crl", "hosts", "PKI.example", "ocsp", "address", "responder", "http://127.0.0.1:1/"))
	wantText(t, w, "The rules of House CA have been saved", "Check where possible")
	r, _ := h.only().Settings.Certificate.RevocationOf(cert.AuthorityID(ca.Cert))
	if r.Mode != iam.RevocationBestEffort || len(r.Lists) != 1 || r.Hosts[0] != "pki.example" || r.OCSP != "http://127.0.0.1:1/" {
		t.Errorf("stored %+v", r)
	}
	// The background job finds the new source; nobody fetches in this house.
	h.must(h.room.Trust.Refresh(t.Context()))
	w = h.post(path+"/refresh", "source", "http://127.0.0.1:1/ca.crl")
	wantText(t, w, "the source did not answer")
	wantStatus(t, h.post(path+"/refresh", "source", "http://elsewhere/"), http.StatusNotFound)
}

func TestBlocksOnThePages(t *testing.T) {
	h, ca, _ := trustHouse(t, "none")
	bob := h.person("bob")
	leaf := ca.Issue(t, certtest.Spec{CN: "<i>mallory</i>"})
	const page = "/admin/settings/trust"
	for what, form := range map[string][]string{
		"nothing": {"kind", "key"}, "words": {"kind", "key", "certificate", "my card"}, "half a hash": {"kind", "key", "certificate", "00ff"},
	} {
		w := h.post(page+"/block", append(form, "reason", "lost & found")...)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, "Give a certificate, or its SHA-256 fingerprint", "lost &amp; found")
		_ = what
	}
	wantText(t, h.post(page+"/block", "certificate", string(leaf.PEM()), "kind", "everything"), "Choose what is blocked")
	w := h.follow(h.post(page+"/block", "certificate", string(leaf.PEM()), "kind", "key", "reason", "lost & found"))
	wantText(t, w, "It is blocked. Sessions that ended: 0.", "&lt;i&gt;mallory&lt;/i&gt;", "Every certificate of this key", "lost &amp; found")
	lacksText(t, w, "<i>mallory")
	wantStatus(t, h.post(page+"/block", "certificate", string(leaf.PEM()), "kind", "key"), http.StatusConflict)
	hash := strings.Repeat("ab:", 31) + "ab"
	wantText(t, h.follow(h.post(page+"/block", "certificate", hash, "kind", "certificate")), strings.Repeat("ab", 32))
	blocks, err := h.room.Trust.Blocks(t.Context(), program)
	h.must(err)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks", len(blocks))
	}
	undo := page + "/blocks/" + blocks[0].ID
	wantText(t, h.get(undo), "Undo this block?")
	wantText(t, h.follow(h.post(undo)), "The block has been undone")
	wantStatus(t, h.post(undo), http.StatusNotFound)
	wantText(t, h.get("/admin/events?kind=certificate.blocked"), "Certificate blocked")

	// Who administers nothing of it sees nothing of it.
	h.signIn(bob, "")
	for _, path := range []string{page, page + "/block", undo} {
		wantStatus(t, h.get(path), http.StatusNotFound)
	}
	wantStatus(t, h.post(page+"/block", "certificate", hash, "kind", "key"), http.StatusNotFound)
	wantStatus(t, h.post(page+"/blocks/"+blocks[1].ID), http.StatusNotFound)
	blocks, err = h.room.Trust.Blocks(t.Context(), program)
	h.must(err)
	if len(blocks) != 1 {
		t.Errorf("%d blocks after a stranger came by", len(blocks))
	}
}

func TestIdentifierIsBlocked(t *testing.T) {
	h := newHouse(t)
	admin, alice := h.person("admin", systemAdministrator), h.person("alice")
	identity := h.link(alice, "alice")
	h.signIn(admin, "")
	path := "/admin/users/" + string(alice.ID) + "/identifiers/" + string(identity.ID) + "/block"
	wantText(t, h.get("/admin/users/"+string(alice.ID)), path)
	wantText(t, h.get(path), "Block a certificate", "alice")
	wantText(t, h.follow(h.post(path, "kind", "certificate", "reason", "")), "It is blocked")
	wantStatus(t, h.post(path, "kind", "certificate"), http.StatusConflict)
	wantStatus(t, h.post("/admin/users/"+string(admin.ID)+"/identifiers/"+string(identity.ID)+"/block", "kind", "certificate"), http.StatusNotFound)
}

// A proxy in front may describe a certificate and show it to nobody. Blocked as a file, it
// is that one too.
func TestBlockedFileIsBlockedAsItIsDescribed(t *testing.T) {
	for _, kind := range []iam.BlockKind{iam.BlockCertificate, iam.BlockKey} {
		h := newHouse(t)
		h.signIn(h.person("admin", systemAdministrator), "")
		leaf := h.ca("Staff CA").Issue(t, certtest.Spec{CN: "alice"})
		h.follow(h.post("/admin/settings/trust/block", "certificate", string(leaf.PEM()), "kind", string(kind)))
		h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
			_, blocked, err := trust.Blocked(tx, &iam.Certificate{Described: true, SHA1: cert.Read(leaf.Cert).SHA1})
			if !blocked {
				t.Errorf("by its %s: described, it is good", kind)
			}
			return err
		}))
	}
}
