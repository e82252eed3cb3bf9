package cert_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"

	"golang.org/x/crypto/ocsp"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

func tlv(tag byte, content []byte) []byte {
	if len(content) > 127 {
		return append([]byte{tag, 0x81, byte(len(content))}, content...)
	}
	return append([]byte{tag, byte(len(content))}, content...)
}

// points makes the CRL distribution points of a certificate of the contents of
// each.
func points(contents ...[]byte) pkix.Extension {
	var all []byte
	for _, c := range contents {
		all = append(all, tlv(0x30, c)...)
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 31}, Value: tlv(0x30, all)}
}

func issuingPoint(content []byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: tlv(0x30, content)}
}

// Lists decides by section 6.3.3 of RFC 5280. The same by NIST's suite in
// TestPKITS, where that is at hand.
func TestListsDecideRevocation(t *testing.T) {
	root := newCA(t, "Root")
	sub := root.Sub(t, certtest.CASpec{Name: "Sub"})
	alice, bob := sub.Issue(t, certtest.Spec{}), sub.Issue(t, certtest.Spec{CN: "bob"})
	twin := sub.Twin(t)
	// A CA whose key signs certificates only, and another key of it lists only.
	split := root.Sub(t, certtest.CASpec{Name: "Split", Change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }})
	signer := root.Sub(t, certtest.CASpec{Name: "Split", Change: func(c *x509.Certificate) { c.KeyUsage, c.IsCA = x509.KeyUsageCRLSign, false }})
	carol := split.Issue(t, certtest.Spec{})
	// Somebody else signs the lists.
	office := root.Sub(t, certtest.CASpec{Name: "Office"})
	dave := sub.Issue(t, certtest.Spec{Change: certtest.Extended(certtest.PointOf(t, office))})
	indirect := certtest.Indirect(t, office)
	entryOf := func(c *x509.Certificate, issuer []byte) x509.RevocationListEntry {
		return certtest.EntryOf(t, c, issuer, at())
	}
	url := certtest.PointName("http://crl.example.org/1")
	erin := sub.Issue(t, certtest.Spec{Change: certtest.Extended(points(url))})
	quiet := sub.Issue(t, certtest.Spec{}, certtest.NoRevocation)
	ofRoot := root.CRL(t, certtest.CRLSpec{})
	number := func(n int64, revoked ...*x509.Certificate) []byte {
		return sub.CRL(t, certtest.CRLSpec{Number: n, Revoked: revoked})
	}
	onHold := func(n int64, reason int, more ...pkix.Extension) []byte {
		return sub.CRL(t, certtest.CRLSpec{Number: n, Extensions: more, Entries: []x509.RevocationListEntry{{SerialNumber: alice.Cert.SerialNumber, RevocationTime: at(), ReasonCode: reason}}})
	}
	scoped := func(content []byte, revoked ...*x509.Certificate) []byte {
		return sub.CRL(t, certtest.CRLSpec{Revoked: revoked, Extensions: []pkix.Extension{issuingPoint(content)}})
	}
	some := func(bits byte) []byte { return []byte{0x83, 2, 1, bits} } // keyCompromise is 0x40
	damaged := slices.Clone(number(1))
	damaged[len(damaged)-1] ^= 1
	good, revoked, unknown := cert.CauseNone, cert.CauseRevoked, cert.CauseRevocationUnknown

	for _, c := range []struct {
		what  string
		leaf  certtest.Leaf
		lists [][]byte
		want  cert.Cause
	}{
		{"every certificate is covered", alice, [][]byte{ofRoot, number(1)}, good},
		{"another is revoked", alice, [][]byte{ofRoot, number(1, bob.Cert)}, good},
		{"revoked", bob, [][]byte{ofRoot, number(1, bob.Cert)}, revoked},
		{"the CA is revoked", alice, [][]byte{root.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{sub.Cert}}), number(1)}, revoked},
		{"no list of the CA", alice, [][]byte{ofRoot}, unknown},
		{"no list of the root", alice, [][]byte{number(1)}, unknown},
		{"nothing that can be read", alice, [][]byte{[]byte("nonsense")}, unknown},
		{"stale", alice, [][]byte{ofRoot, sub.CRL(t, certtest.CRLSpec{ThisUpdate: at().AddDate(0, 0, -9)})}, unknown},
		{"stale, revoked", bob, [][]byte{ofRoot, sub.CRL(t, certtest.CRLSpec{ThisUpdate: at().AddDate(0, 0, -9), Revoked: []*x509.Certificate{bob.Cert}})}, revoked},
		{"from the future", alice, [][]byte{ofRoot, sub.CRL(t, certtest.CRLSpec{ThisUpdate: at().AddDate(0, 0, 1)})}, unknown},
		{"the newer list releases", alice, [][]byte{ofRoot, onHold(1, 6), number(2)}, good},
		{"the newer list revokes", bob, [][]byte{ofRoot, number(1), number(2, bob.Cert)}, revoked},
		{"signed by a twin (T36)", alice, [][]byte{ofRoot, twin.CRL(t, certtest.CRLSpec{})}, unknown},
		{"a twin's list revokes (T36)", alice, [][]byte{ofRoot, number(1), twin.CRL(t, certtest.CRLSpec{Number: 2, Revoked: []*x509.Certificate{alice.Cert}})}, good},
		{"damaged", alice, [][]byte{ofRoot, damaged}, unknown},
		{"SHA-1", alice, [][]byte{ofRoot, sub.CRL(t, certtest.CRLSpec{Algorithm: x509.ECDSAWithSHA1})}, unknown},
		{"a critical extension", alice, [][]byte{ofRoot, sub.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}})}, unknown},
		{"a critical extension of another's entry", alice, [][]byte{ofRoot, sub.CRL(t, certtest.CRLSpec{Entries: []x509.RevocationListEntry{{SerialNumber: bob.Cert.SerialNumber, RevocationTime: at(), ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}}}})}, unknown},

		{"keys apart", carol, [][]byte{ofRoot, signer.CRL(t, certtest.CRLSpec{})}, good},
		{"keys apart, revoked", carol, [][]byte{ofRoot, signer.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{carol.Cert}})}, revoked},
		{"keys apart, the signer revoked", carol, [][]byte{root.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{signer.Cert}}), signer.CRL(t, certtest.CRLSpec{})}, unknown},
		{"by the key that may not", carol, [][]byte{ofRoot, split.CRL(t, certtest.CRLSpec{})}, unknown},

		{"of people only, and of the CAs another", alice, [][]byte{root.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{issuingPoint([]byte{0x82, 1, 0xff})}}), scoped([]byte{0x81, 1, 0xff})}, good},
		{"of CAs only", alice, [][]byte{ofRoot, scoped([]byte{0x82, 1, 0xff})}, unknown},
		{"of people only, for a CA", alice, [][]byte{root.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{issuingPoint([]byte{0x81, 1, 0xff})}}), number(1)}, unknown},
		{"of attributes only", alice, [][]byte{ofRoot, scoped([]byte{0x85, 1, 0xff})}, unknown},
		{"of the point", erin, [][]byte{ofRoot, scoped(url)}, good},
		{"of the point, revoked", erin, [][]byte{ofRoot, scoped(url, erin.Cert)}, revoked},
		{"of another point", erin, [][]byte{ofRoot, scoped(certtest.PointName("http://crl.example.org/2"))}, unknown},
		{"of no point, for a certificate with one", erin, [][]byte{ofRoot, number(1)}, good},
		{"for some reasons", alice, [][]byte{ofRoot, scoped(some(0x40))}, unknown},
		{"for all reasons in two", alice, [][]byte{ofRoot, scoped(some(0x40)), scoped([]byte{0x83, 3, 7, 0x3f, 0x80})}, good},
		{"for all reasons in two, revoked in one", alice, [][]byte{ofRoot, scoped(some(0x40)), scoped([]byte{0x83, 3, 7, 0x3f, 0x80}, alice.Cert)}, revoked},

		{"indirect", dave, [][]byte{ofRoot, number(1), office.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{indirect}})}, good},
		{"indirect, only", dave, [][]byte{ofRoot, office.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{indirect}})}, good},
		{"indirect, revoked", dave, [][]byte{ofRoot, office.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{indirect}, Entries: []x509.RevocationListEntry{entryOf(dave.Cert, sub.Cert.RawSubject)}})}, revoked},
		{"indirect, the serial of another CA", dave, [][]byte{ofRoot, office.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{indirect}, Entries: []x509.RevocationListEntry{entryOf(dave.Cert, root.Cert.RawSubject)}})}, good},
		{"indirect, and says so to nobody", dave, [][]byte{ofRoot, office.CRL(t, certtest.CRLSpec{})}, unknown},
		{"of an office that the certificate does not name", alice, [][]byte{ofRoot, office.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{indirect}})}, unknown},

		{"delta revokes", alice, [][]byte{ofRoot, number(1), onHold(3, 1, certtest.Delta(1))}, revoked},
		{"delta releases", alice, [][]byte{ofRoot, onHold(1, 6), onHold(3, 8, certtest.Delta(1))}, good},
		{"delta alone", alice, [][]byte{ofRoot, onHold(3, 1, certtest.Delta(1))}, unknown},
		{"delta of a later base", alice, [][]byte{ofRoot, number(1), onHold(3, 1, certtest.Delta(2))}, good},

		{"needs none (RFC 9608)", quiet, [][]byte{ofRoot}, good},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := trusting(root)
			p.Intermediates = []*x509.Certificate{signer.Cert, office.Cert}
			v := cert.Judge(p, c.leaf.Chain, at(), cert.NewLists(c.lists, nil).Revoked(p, nil, at()))
			if c.want == good {
				mustAccept(t, v)
			} else {
				mustRefuse(t, v, c.want)
			}
		})
	}
}

func TestListsOfOCSPAnswers(t *testing.T) {
	root := certtest.NewCA(t, certtest.CASpec{Name: "Root"}) // of today, which is when answers are produced
	now := root.Now
	sub := root.Sub(t, certtest.CASpec{Name: "Sub"})
	alice, bob := sub.Issue(t, certtest.Spec{}), sub.Issue(t, certtest.Spec{CN: "bob"})
	lists := [][]byte{root.CRL(t, certtest.CRLSpec{}), sub.CRL(t, certtest.CRLSpec{})}
	answer := func(c certtest.Leaf, s certtest.OCSPSpec) []byte { return sub.OCSP(t, c.Cert, s) }
	for _, c := range []struct {
		what    string
		answers [][]byte
		lists   [][]byte
		want    cert.Cause
	}{
		{"good", [][]byte{answer(alice, certtest.OCSPSpec{})}, nil, cert.CauseNone},
		{"revoked", [][]byte{answer(alice, certtest.OCSPSpec{Status: ocsp.Revoked})}, nil, cert.CauseRevoked},
		{"revoked, the lists do not know", [][]byte{answer(alice, certtest.OCSPSpec{Status: ocsp.Revoked})}, lists, cert.CauseRevoked},
		{"good, the lists revoke", [][]byte{answer(alice, certtest.OCSPSpec{})}, [][]byte{lists[0], sub.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{alice.Cert}})}, cert.CauseRevoked},
		{"good, then revoked", [][]byte{answer(alice, certtest.OCSPSpec{}), answer(alice, certtest.OCSPSpec{Status: ocsp.Revoked})}, nil, cert.CauseRevoked},
		{"unknown", [][]byte{answer(alice, certtest.OCSPSpec{Status: ocsp.Unknown})}, nil, cert.CauseRevocationUnknown},
		{"unknown, the lists know", [][]byte{answer(alice, certtest.OCSPSpec{Status: ocsp.Unknown})}, lists, cert.CauseNone},
		{"about another", [][]byte{answer(bob, certtest.OCSPSpec{})}, nil, cert.CauseRevocationUnknown},
		{"about another, then about this", [][]byte{answer(bob, certtest.OCSPSpec{}), answer(alice, certtest.OCSPSpec{})}, nil, cert.CauseNone},
		{"stale", [][]byte{answer(alice, certtest.OCSPSpec{ThisUpdate: now.AddDate(0, 0, -3)})}, nil, cert.CauseRevocationUnknown},
		{"signed by a person", [][]byte{answer(alice, certtest.OCSPSpec{Signer: &bob})}, nil, cert.CauseRevocationUnknown},
		{"signed by a responder", [][]byte{answer(alice, certtest.OCSPSpec{Signer: sub.Responder(t)})}, nil, cert.CauseNone},
		{"of the CA, revoked", [][]byte{answer(alice, certtest.OCSPSpec{}), root.OCSP(t, sub.Cert, certtest.OCSPSpec{Status: ocsp.Revoked})}, nil, cert.CauseRevoked},
		{"nonsense", [][]byte{{1, 2, 3}}, nil, cert.CauseRevocationUnknown},
	} {
		t.Run(c.what, func(t *testing.T) {
			p := trusting(root)
			v := cert.Judge(p, alice.Chain, now, cert.NewLists(c.lists, c.answers).Revoked(p, alice.Chain, now))
			if c.want == cert.CauseNone {
				mustAccept(t, v)
			} else {
				mustRefuse(t, v, c.want)
			}
		})
	}
}

// T30: signers of lists that vouch for each other in circles are no endless work,
// and vouch for nobody.
func TestT30SignersOfListsInCircles(t *testing.T) {
	root := newCA(t, "Root")
	person := root.Issue(t, certtest.Spec{})
	p := trusting(root)
	var lists [][]byte
	for range 24 {
		// Each has the root's name and may sign its lists; each is covered by the
		// others' only.
		signer := root.Sub(t, certtest.CASpec{Change: func(c *x509.Certificate) { c.RawSubject, c.KeyUsage = root.Cert.RawSubject, x509.KeyUsageCRLSign }})
		p.Intermediates = append(p.Intermediates, signer.Cert)
		lists = append(lists, signer.CRL(t, certtest.CRLSpec{}))
	}
	mustRefuse(t, cert.Judge(p, person.Chain, at(), cert.NewLists(lists, nil).Revoked(p, nil, at())), cert.CauseRevocationUnknown)
}

// A serial that stands twice: that it was revoked counts more than that it was
// released, in whichever order, and entries of other CAs do not hide it.
func TestEntriesOfOneSerial(t *testing.T) {
	root := newCA(t, "Root")
	alice, bob := root.Issue(t, certtest.Spec{CN: "alice"}), root.Issue(t, certtest.Spec{CN: "bob"})
	entry := func(reason int) x509.RevocationListEntry {
		return x509.RevocationListEntry{SerialNumber: alice.Cert.SerialNumber, RevocationTime: at(), ReasonCode: reason}
	}
	for what, entries := range map[string][]x509.RevocationListEntry{
		"first revoked": {entry(1), entry(8)}, "first released": {entry(8), entry(1)}, "three times": {entry(8), entry(8), entry(1), entry(8)},
	} {
		base, err := cert.ReadCRL(root.CRL(t, certtest.CRLSpec{}), root.Cert)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := cert.ReadCRL(root.CRL(t, certtest.CRLSpec{Number: 2, Entries: entries, Extensions: []pkix.Extension{certtest.Delta(1)}}), root.Cert)
		if err != nil {
			t.Fatal(err)
		}
		if changes.Len() != 1 {
			t.Errorf("%s: %d entries of one serial", what, changes.Len())
		}
		s, _, err := cert.Together(base, changes).Standing(trusting(root), []*x509.Certificate{alice.Cert, root.Cert}, nil, at())
		if err != nil || !s.Revoked || s.Reason != cert.ReasonKeyCompromise {
			t.Errorf("%s: %+v, %v", what, s, err)
		}
	}
	// In an indirect list an entry that names no issuer is of the issuer before it.
	list, err := cert.ReadCRL(root.CRL(t, certtest.CRLSpec{Extensions: []pkix.Extension{certtest.Indirect(t, root)}, Entries: []x509.RevocationListEntry{
		entry(1), certtest.EntryOf(t, alice.Cert, bob.Cert.RawSubject, at()), {SerialNumber: bob.Cert.SerialNumber, RevocationTime: at()},
	}}), root.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if s, listed := list.Entry(alice.Cert); !listed || s.Reason != cert.ReasonKeyCompromise || list.Len() != 3 {
		t.Errorf("alice: %+v, %v of %d", s, listed, list.Len())
	}
	if s, listed := list.Entry(bob.Cert); listed {
		t.Errorf("bob, by an entry of another issuer: %+v", s)
	}
}
