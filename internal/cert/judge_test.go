package cert_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// at is the present of these tests.
func at() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

func newCA(t testing.TB, name string) *certtest.CA {
	t.Helper()
	return certtest.NewCA(t, certtest.CASpec{Name: name, Now: at()})
}

// trusting returns a policy with these anchors and defaults for the rest.
func trusting(all ...*certtest.CA) cert.Policy {
	var p cert.Policy
	for _, ca := range all {
		p.Anchors = append(p.Anchors, ca.Cert)
	}
	return p
}

func mustAccept(t *testing.T, v cert.Verdict) {
	t.Helper()
	if !v.Accepted() || v.Cause != cert.CauseNone {
		t.Fatalf("refused for %q: %+v", v.Cause, failures(v))
	}
	if v.Leaf == nil || v.Key == "" || len(v.Chain) < 2 {
		t.Fatalf("accepted without facts, key or chain: %+v", v)
	}
}

func mustRefuse(t *testing.T, v cert.Verdict, want ...cert.Cause) {
	t.Helper()
	if v.Accepted() || !slices.Contains(want, v.Cause) {
		t.Fatalf("accepted %v, cause %q, want %q: %+v", v.Accepted(), v.Cause, want, failures(v))
	}
	if v.Key != "" || v.Chain != nil {
		t.Fatalf("a refusal has a key or a chain: %+v", v)
	}
	if len(failures(v)) == 0 {
		t.Fatal("a refusal without a check that failed")
	}
}

func failures(v cert.Verdict) []cert.Check {
	return slices.DeleteFunc(slices.Clone(v.Checks), func(c cert.Check) bool { return c.OK })
}

func checkNamed(v cert.Verdict, name string) (cert.Check, bool) {
	i := slices.IndexFunc(v.Checks, func(c cert.Check) bool { return c.Name == name })
	if i < 0 {
		return cert.Check{}, false
	}
	return v.Checks[i], true
}

// Every check has something right and something wrong to look at.
func TestChecks(t *testing.T) {
	root := newCA(t, "Root")
	rsaRoot := certtest.NewCA(t, certtest.CASpec{Name: "RSA Root", Key: certtest.RSA2048, Now: at()})
	p384Root := certtest.NewCA(t, certtest.CASpec{Name: "P-384 Root", Key: certtest.P384, Now: at()})
	p384Sub := root.Sub(t, certtest.CASpec{Name: "P-384 Sub", Key: certtest.P384})
	ed25519Root := certtest.NewCA(t, certtest.CASpec{Name: "Ed25519 Root", Key: certtest.Ed25519, Now: at()})
	weakRoot := certtest.NewCA(t, certtest.CASpec{Name: "Weak Root", Key: certtest.RSA1024, Now: at()})
	p224Root := certtest.NewCA(t, certtest.CASpec{Name: "P-224 Root", Key: certtest.P224, Now: at()})
	sub := root.Sub(t, certtest.CASpec{Name: "Sub"})
	sha1Sub := rsaRoot.Sub(t, certtest.CASpec{Name: "SHA-1 Sub", Change: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }})
	hugeSub := root.Sub(t, certtest.CASpec{Name: "Huge Sub", Key: certtest.RSAHuge})
	expiredRoot := certtest.NewCA(t, certtest.CASpec{Name: "Expired Root", Now: at(), Change: func(c *x509.Certificate) { c.NotAfter = at().Add(-time.Second) }})
	expiredSub := root.Sub(t, certtest.CASpec{Name: "Expired Sub", Change: func(c *x509.Certificate) { c.NotAfter = at().Add(-time.Second) }})
	futureSub := root.Sub(t, certtest.CASpec{Name: "Future Sub", Change: func(c *x509.Certificate) { c.NotBefore = at().Add(time.Second) }})
	serverSub := root.Sub(t, certtest.CASpec{Name: "Server Sub", Change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }})
	noSub := root.Sub(t, certtest.CASpec{Name: "Path length 0", Change: func(c *x509.Certificate) { c.MaxPathLenZero = true }})
	named := root.Sub(t, certtest.CASpec{Name: "example.org only", Change: func(c *x509.Certificate) {
		c.PermittedEmailAddresses, c.PermittedDNSDomainsCritical = []string{"example.org"}, true
	}})
	policed := root.Sub(t, certtest.CASpec{Name: "Policies", Change: func(c *x509.Certificate) { c.Policies = oids(t, "1.2.3.4") }})
	notCA := root.Sub(t, certtest.CASpec{Name: "No CA", Change: func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature }})
	loose := root.Sub(t, certtest.CASpec{Name: "Loose", Change: func(c *x509.Certificate) {
		c.Policies = oids(t, "1.2.3.4")
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Value: []byte{0x30, 3, 0x80, 1, 9}}}
	}})
	nameless := certtest.NewCA(t, certtest.CASpec{Now: at(), Change: func(c *x509.Certificate) { c.RawSubject = certtest.Name(t) }})
	silent := certtest.NewCA(t, certtest.CASpec{Name: "Silent", Now: at(), Change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }})
	silentSub := root.Sub(t, certtest.CASpec{Name: "Silent Sub", Change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }})
	root2 := newCA(t, "Root 2")
	deep := root.Deep(t, 3)
	rolled := deep.Sub(t, certtest.CASpec{Change: func(c *x509.Certificate) { c.RawSubject = deep.Cert.RawSubject }})
	none := cert.Cause("")
	right, wrong := map[string]bool{}, map[string]bool{}

	for _, c := range []struct {
		check, what string
		policy      cert.Policy
		leaf        certtest.Leaf
		want        cert.Cause
	}{
		{"path", "of the root", trusting(root), root.Issue(t, certtest.Spec{}), none},
		{"path", "of an intermediate", trusting(root), sub.Issue(t, certtest.Spec{}), none},
		{"path", "of an RSA root", trusting(rsaRoot), rsaRoot.Issue(t, certtest.Spec{}), none},
		{"path", "the intermediate is the anchor", trusting(sub), sub.Issue(t, certtest.Spec{}), none},
		{"path", "of another root", trusting(root), root2.Issue(t, certtest.Spec{}), cert.CauseUnknownIssuer},
		{"path", "expired, of another root", trusting(root), root2.Issue(t, certtest.Spec{}, certtest.Expired), cert.CauseUnknownIssuer},
		{"path", "self-signed", trusting(root), certtest.SelfSigned(t, certtest.Spec{}), cert.CauseUnknownIssuer},
		{"path", "self-signed, under the anchor's name", trusting(root), certtest.SelfSigned(t, certtest.Spec{RawSubject: root.Cert.RawSubject}), cert.CauseBadSignature},
		{"path", "changed after it was signed", trusting(root), root.Issue(t, certtest.Spec{}, certtest.BadSignature), cert.CauseBadSignature},
		{"path", "changed, expired", trusting(root), root.Issue(t, certtest.Spec{}, certtest.BadSignature, certtest.Expired), cert.CauseBadSignature},
		{"path", "signed by somebody's certificate", trusting(root), notCA.Issue(t, certtest.Spec{}), cert.CauseUnknownIssuer},
		{"path", "of a root that may not sign certificates", trusting(silent), silent.Issue(t, certtest.Spec{}), cert.CauseUnknownIssuer},
		{"path", "of an intermediate that may not sign certificates", trusting(root), silentSub.Issue(t, certtest.Spec{}), cert.CauseUnknownIssuer},
		{"path", "signed with SHA-1", trusting(root), root.Issue(t, certtest.Spec{}, certtest.SHA1), cert.CauseTooWeak},
		{"path", "signed with SHA-1 and RSA", trusting(rsaRoot), rsaRoot.Issue(t, certtest.Spec{}, certtest.SHA1), cert.CauseTooWeak},
		{"path", "signed with MD5", trusting(rsaRoot), rsaRoot.Issue(t, certtest.Spec{}, certtest.MD5), cert.CauseTooWeak},
		{"path", "intermediate signed with SHA-1", trusting(rsaRoot), sha1Sub.Issue(t, certtest.Spec{}), cert.CauseTooWeak},
		{"strength", "of a root on P-224", trusting(p224Root), p224Root.Issue(t, certtest.Spec{}), cert.CauseTooWeak},
		{"path", "of an intermediate with a huge key", trusting(root), hugeSub.Issue(t, certtest.Spec{}), cert.CauseTooWeak},

		{"leaf", "a person", trusting(root), root.Issue(t, certtest.Spec{}), none},
		{"leaf", "a CA", trusting(root), root.Issue(t, certtest.Spec{}, certtest.Authority), cert.CauseNotAPerson},
		{"leaf", "a key that may sign certificates", trusting(root), root.Issue(t, certtest.Spec{}, certtest.SignsCertificates), cert.CauseNotAPerson},
		{"leaf", "the anchor itself", trusting(root), certtest.Leaf{Chain: []*x509.Certificate{root.Cert}}, cert.CauseNotAPerson},
		{"leaf", "the anchor's key", trusting(root), root.Issue(t, certtest.Spec{Signer: root.Key}), cert.CauseNotAPerson},
		{"leaf", "an intermediate's key", trusting(root), sub.Issue(t, certtest.Spec{Signer: sub.Key}), cert.CauseNotAPerson},
		{"leaf", "self-signed, pinned as anchor", pinned(t), pinnedLeaf(t), cert.CauseNotAPerson},

		{"dates", "valid", trusting(root), root.Issue(t, certtest.Spec{}), none},
		{"dates", "from this second", trusting(root), root.Issue(t, certtest.Spec{NotBefore: at()}), none},
		{"dates", "until this second", trusting(root), root.Issue(t, certtest.Spec{NotAfter: at()}), none},
		{"dates", "from the next second", trusting(root), root.Issue(t, certtest.Spec{NotBefore: at().Add(time.Second)}), cert.CauseNotYetValid},
		{"dates", "until the last second", trusting(root), root.Issue(t, certtest.Spec{NotAfter: at().Add(-time.Second)}), cert.CauseExpired},
		{"dates", "expired", trusting(root), root.Issue(t, certtest.Spec{}, certtest.Expired), cert.CauseExpired},
		{"dates", "not yet valid", trusting(root), root.Issue(t, certtest.Spec{}, certtest.NotYetValid), cert.CauseNotYetValid},
		{"dates", "expired, of an intermediate", trusting(root), sub.Issue(t, certtest.Spec{}, certtest.Expired), cert.CauseExpired},
		{"dates", "expired, for servers", trusting(root), root.Issue(t, certtest.Spec{}, certtest.Expired, certtest.WrongPurpose), cert.CauseExpired},
		{"dates", "expired, before its CA", trusting(root), expiredSub.Issue(t, certtest.Spec{}, certtest.Expired), cert.CauseExpired},

		{"issuer_dates", "valid", trusting(root), sub.Issue(t, certtest.Spec{}), none},
		{"issuer_dates", "expired intermediate", trusting(root), expiredSub.Issue(t, certtest.Spec{}), cert.CauseIssuerExpired},
		{"issuer_dates", "expired root", trusting(expiredRoot), expiredRoot.Issue(t, certtest.Spec{}), cert.CauseIssuerExpired},
		{"issuer_dates", "intermediate not yet valid", trusting(root), futureSub.Issue(t, certtest.Spec{}), cert.CauseIssuerNotYetValid},

		{"purpose", "client authentication", trusting(root), root.Issue(t, certtest.Spec{}), none},
		{"purpose", "none, where the method allows", cert.Policy{Anchors: trusting(root).Anchors, AllowNoPurpose: true}, root.Issue(t, certtest.Spec{}, certtest.NoPurpose), none},
		{"purpose", "none", trusting(root), root.Issue(t, certtest.Spec{}, certtest.NoPurpose), cert.CauseWrongPurpose},
		{"purpose", "servers", trusting(root), root.Issue(t, certtest.Spec{}, certtest.WrongPurpose), cert.CauseWrongPurpose},
		{"purpose", "mail", trusting(root), root.Issue(t, certtest.Spec{}, certtest.MailPurpose), cert.CauseWrongPurpose},
		{"purpose", "any", trusting(root), root.Issue(t, certtest.Spec{}, certtest.AnyPurpose), cert.CauseWrongPurpose},
		{"purpose", "an unknown one", trusting(root), root.Issue(t, certtest.Spec{}, certtest.UnknownPurpose), cert.CauseWrongPurpose},
		{"purpose", "servers, where none is allowed", cert.Policy{Anchors: trusting(root).Anchors, AllowNoPurpose: true}, root.Issue(t, certtest.Spec{}, certtest.WrongPurpose), cert.CauseWrongPurpose},
		{"purpose", "an unknown one, where none is allowed", cert.Policy{Anchors: trusting(root).Anchors, AllowNoPurpose: true}, root.Issue(t, certtest.Spec{}, certtest.UnknownPurpose), cert.CauseWrongPurpose},
		{"purpose", "an extension without any", trusting(root), root.Issue(t, certtest.Spec{}, certtest.EmptyPurpose), cert.CauseWrongPurpose},
		{"purpose", "an extension without any, where none is allowed", cert.Policy{Anchors: trusting(root).Anchors, AllowNoPurpose: true}, root.Issue(t, certtest.Spec{}, certtest.EmptyPurpose), cert.CauseWrongPurpose},
		{"purpose", "a key that may do nothing", trusting(root), root.Issue(t, certtest.Spec{}, certtest.NoUse), cert.CauseWrongPurpose},
		{"purpose", "a key that only enciphers", trusting(root), root.Issue(t, certtest.Spec{}, certtest.NoSignature), cert.CauseWrongPurpose},

		{"strength", "P-256", trusting(root), root.Issue(t, certtest.Spec{}), none},
		{"strength", "P-384", trusting(root), root.Issue(t, certtest.Spec{Key: certtest.P384}), none},
		{"strength", "P-521", trusting(root), root.Issue(t, certtest.Spec{Key: certtest.P521}), none},
		{"strength", "Ed25519", trusting(root), root.Issue(t, certtest.Spec{Key: certtest.Ed25519}), none},
		{"strength", "RSA 2048", trusting(root), root.Issue(t, certtest.Spec{Key: certtest.RSA2048}), none},
		{"strength", "RSA 1024", trusting(root), root.Issue(t, certtest.Spec{}, certtest.WeakRSA), cert.CauseTooWeak},
		{"strength", "RSA 16384", trusting(root), root.Issue(t, certtest.Spec{}, certtest.HugeRSA), cert.CauseTooWeak},
		{"strength", "P-224", trusting(root), root.Issue(t, certtest.Spec{}, certtest.WeakCurve), cert.CauseTooWeak},
		{"strength", "a root of RSA 1024", trusting(weakRoot), weakRoot.Issue(t, certtest.Spec{}), cert.CauseTooWeak},
		{"strength", "RSA 2048 where 3072 are asked", cert.Policy{Anchors: trusting(root).Anchors, MinRSABits: 3072}, root.Issue(t, certtest.Spec{Key: certtest.RSA2048}), cert.CauseTooWeak},
		{"strength", "SHA-256 where SHA-384 is asked", cert.Policy{Anchors: trusting(root).Anchors, MinHashBits: 384}, root.Issue(t, certtest.Spec{}), cert.CauseTooWeak},
		{"strength", "SHA-384 where SHA-384 is asked", cert.Policy{Anchors: trusting(p384Root).Anchors, MinHashBits: 384}, p384Root.Issue(t, certtest.Spec{}), none},
		{"strength", "SHA-384 where SHA-512 is asked", cert.Policy{Anchors: trusting(p384Root).Anchors, MinHashBits: 512}, p384Root.Issue(t, certtest.Spec{}), cert.CauseTooWeak},
		{"strength", "an intermediate by SHA-256 where SHA-384 is asked", cert.Policy{Anchors: trusting(root).Anchors, MinHashBits: 384}, p384Sub.Issue(t, certtest.Spec{}), cert.CauseTooWeak},
		{"strength", "Ed25519 where SHA-512 is asked", cert.Policy{Anchors: trusting(ed25519Root).Anchors, MinHashBits: 512}, ed25519Root.Issue(t, certtest.Spec{}), none},
		{"strength", "RSA where the method takes RSA", cert.Policy{Anchors: trusting(root).Anchors, KeyTypes: []string{"RSA"}}, root.Issue(t, certtest.Spec{Key: certtest.RSA2048}), none},
		{"strength", "P-256 where the method takes RSA", cert.Policy{Anchors: trusting(root).Anchors, KeyTypes: []string{"RSA"}}, root.Issue(t, certtest.Spec{}), cert.CauseTooWeak},

		{"depth", "3 intermediates", trusting(root), root.Deep(t, 3).Issue(t, certtest.Spec{}), none},
		{"depth", "4 intermediates", trusting(root), root.Deep(t, 4).Issue(t, certtest.Spec{}), cert.CauseChainTooDeep},
		{"depth", "3 and one for a new key", trusting(root), rolled.Issue(t, certtest.Spec{}), none},
		{"depth", "4 where 4 are allowed", cert.Policy{Anchors: trusting(root).Anchors, MaxDepth: 4}, root.Deep(t, 4).Issue(t, certtest.Spec{}), none},
		{"depth", "1 where 1 is allowed", cert.Policy{Anchors: trusting(root).Anchors, MaxDepth: 1}, sub.Issue(t, certtest.Spec{}), none},
		{"depth", "2 where 1 is allowed", cert.Policy{Anchors: trusting(root).Anchors, MaxDepth: 1}, root.Deep(t, 2).Issue(t, certtest.Spec{}), cert.CauseChainTooDeep},
		{"depth", "1 where none is allowed", cert.Policy{Anchors: trusting(root).Anchors, MaxDepth: -1}, sub.Issue(t, certtest.Spec{}), cert.CauseChainTooDeep},
		{"depth", "none where none is allowed", cert.Policy{Anchors: trusting(root).Anchors, MaxDepth: -1}, root.Issue(t, certtest.Spec{}), none},

		{"age", "any", trusting(root), root.Issue(t, certtest.Spec{}, certtest.Issued(3*365*24*time.Hour)), none},
		{"age", "young enough", cert.Policy{Anchors: trusting(root).Anchors, MaxAge: 48 * time.Hour}, root.Issue(t, certtest.Spec{}, certtest.Issued(48*time.Hour)), none},
		{"age", "too old", cert.Policy{Anchors: trusting(root).Anchors, MaxAge: 48 * time.Hour}, root.Issue(t, certtest.Spec{}, certtest.Issued(48*time.Hour+time.Second)), cert.CauseTooOld},

		{"policies", "the demanded one", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.4"}}, policed.Issue(t, certtest.Spec{Policies: []string{"1.2.3.4"}}), none},
		{"policies", "one of those demanded", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.5", "1.2.3.4"}}, root.Issue(t, certtest.Spec{Policies: []string{"1.2.3.4"}}), none},
		{"policies", "none", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.4"}}, root.Issue(t, certtest.Spec{}), cert.CausePolicyMissing},
		{"policies", "another one", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.4"}}, root.Issue(t, certtest.Spec{Policies: []string{"1.2.3.40"}}), cert.CausePolicyMissing},
		{"policies", "one that its CA has not", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.4"}}, sub.Issue(t, certtest.Spec{Policies: []string{"1.2.3.4"}}), cert.CausePolicyMissing},
		{"policies", "any", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.4"}}, root.Issue(t, certtest.Spec{Policies: []string{"2.5.29.32.0"}}), none},
		{"policies", "the demanded one, expired", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.3.4"}}, root.Issue(t, certtest.Spec{Policies: []string{"1.2.3.40"}}, certtest.Expired), cert.CauseExpired},
		{"policies", "a demand that cannot be read", cert.Policy{Anchors: trusting(root).Anchors, PolicyOIDs: []string{"1.2.x"}}, root.Issue(t, certtest.Spec{}), cert.CausePolicyMissing},

		{"profile", "keyCertSign without being a CA, for any purpose", cert.Policy{Anchors: trusting(root).Anchors, AnyPurpose: true}, root.Issue(t, certtest.Spec{}, certtest.SignsCertificates), cert.CauseConstraint},
		{"profile", "as asked", trusting(root), sub.Issue(t, certtest.Spec{}), none},
		{"profile", "name constraints of a person", trusting(root), root.Issue(t, certtest.Spec{}, certtest.Constrained), cert.CauseConstraint},
		{"profile", "policy constraints that are not critical", trusting(root), loose.Issue(t, certtest.Spec{Policies: []string{"1.2.3.4"}}), none},
		{"profile", "a CA without a name", trusting(nameless), nameless.Issue(t, certtest.Spec{}), cert.CauseConstraint},

		{"names", "a name that the CA may give", trusting(root), named.Issue(t, certtest.Spec{Emails: []string{"alice@example.org"}}), none},
		{"names", "a name that the CA may not give", trusting(root), named.Issue(t, certtest.Spec{Emails: []string{"alice@example.com"}}), cert.CauseConstraint},
		{"path_length", "none below one that may have none", trusting(root), noSub.Issue(t, certtest.Spec{}), none},
		{"path_length", "a CA below one that may have none", trusting(root), noSub.Sub(t, certtest.CASpec{}).Issue(t, certtest.Spec{}), cert.CauseConstraint},
		{"critical", "none", trusting(root), root.Issue(t, certtest.Spec{}), none},
		{"critical", "a critical extension that nobody knows", trusting(root), root.Issue(t, certtest.Spec{}, certtest.UnknownCritical), cert.CauseConstraint},
		{"issuer_purpose", "for clients, of a CA for servers, whatever the purpose", cert.Policy{Anchors: trusting(root).Anchors, AnyPurpose: true}, serverSub.Issue(t, certtest.Spec{}), cert.CauseWrongPurpose},
		{"issuer_purpose", "for servers, of a CA for servers, whatever the purpose", cert.Policy{Anchors: trusting(root).Anchors, AnyPurpose: true}, serverSub.Issue(t, certtest.Spec{}, certtest.WrongPurpose), none},
		{"issuer_purpose", "of a CA for any purpose", trusting(root), sub.Issue(t, certtest.Spec{}), none},
		{"issuer_purpose", "for clients, of a CA for servers, whatever the purpose", cert.Policy{Anchors: trusting(root).Anchors, AnyPurpose: true}, serverSub.Issue(t, certtest.Spec{}), cert.CauseWrongPurpose},
		{"issuer_purpose", "for servers, of a CA for servers, whatever the purpose", cert.Policy{Anchors: trusting(root).Anchors, AnyPurpose: true}, serverSub.Issue(t, certtest.Spec{}, certtest.WrongPurpose), none},
		{"issuer_purpose", "of a CA for servers", trusting(root), serverSub.Issue(t, certtest.Spec{}), cert.CauseWrongPurpose},
	} {
		t.Run(c.check+"/"+c.what, func(t *testing.T) {
			v := cert.Judge(c.policy, c.leaf.Chain, at(), nil)
			raw := cert.JudgeRaw(c.policy, c.leaf.DER(), at(), nil)
			if v.Cause != raw.Cause || v.Key != raw.Key {
				t.Errorf("Judge says %q, JudgeRaw %q", v.Cause, raw.Cause)
			}
			if v.Leaf == nil || v.Leaf.SHA256 != cert.Read(c.leaf.Chain[0]).SHA256 {
				t.Error("the verdict does not tell what was sent")
			}
			if c.want == none {
				mustAccept(t, v)
			} else {
				mustRefuse(t, v, c.want)
			}
			if found, ok := checkNamed(v, c.check); !ok || found.OK != (c.want == none) || found.Source == "" || found.Detail == "" {
				t.Errorf("check %s: %+v, made %v", c.check, found, ok)
			}
		})
		right[c.check], wrong[c.check] = right[c.check] || c.want == none, wrong[c.check] || c.want != none
	}
	for _, c := range cert.Judge(trusting(root), root.Issue(t, certtest.Spec{}).Chain, at(), nil).Checks {
		// Nothing is known that our own checks accept and only Go's verifier refuses.
		if (!right[c.Name] || !wrong[c.Name]) && c.Name != "verifier" {
			t.Errorf("check %s: something right %v, something wrong %v", c.Name, right[c.Name], wrong[c.Name])
		}
	}
}

func pinned(t *testing.T) cert.Policy {
	return cert.Policy{Anchors: []*x509.Certificate{pinnedLeaf(t).Cert}}
}

// pinnedLeaf returns the same self-signed certificate each time.
func pinnedLeaf(t *testing.T) certtest.Leaf {
	key := certtest.NewCA(t, certtest.CASpec{Name: "pinned", Key: certtest.RSA2048, Now: at()}).Key
	return certtest.SelfSigned(t, certtest.Spec{Signer: key, NotBefore: at().Add(-time.Hour), NotAfter: at().Add(time.Hour)})
}

func oids(t *testing.T, texts ...string) (all []x509.OID) {
	t.Helper()
	for _, text := range texts {
		oid, err := x509.ParseOID(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, oid)
	}
	return all
}

func TestNothingSent(t *testing.T) {
	root := newCA(t, "Root")
	mustRefuse(t, cert.Judge(trusting(root), nil, at(), nil), cert.CauseNoCertificate)
	mustRefuse(t, cert.Judge(trusting(root), []*x509.Certificate{}, at(), nil), cert.CauseNoCertificate)
	mustRefuse(t, cert.JudgeRaw(trusting(root), nil, at(), nil), cert.CauseNoCertificate)
	if v := cert.JudgeRaw(trusting(root), nil, at(), nil); v.Leaf != nil {
		t.Error("there are facts of nothing")
	}
	mustRefuse(t, cert.JudgeRaw(trusting(root), [][]byte{nil}, at(), nil), cert.CauseMalformed)
	mustRefuse(t, cert.JudgeRaw(trusting(root), [][]byte{[]byte("-----BEGIN CERTIFICATE-----")}, at(), nil), cert.CauseMalformed)
	mustRefuse(t, cert.JudgeRaw(trusting(root), [][]byte{append(root.Issue(t, certtest.Spec{}).Cert.Raw, 0)}, at(), nil), cert.CauseMalformed)
	if (cert.Verdict{}).Accepted() {
		t.Error("an empty verdict accepts")
	}
}

// The administrator's test page shows each fault, not only the first.
func TestEveryCheckIsReported(t *testing.T) {
	root := newCA(t, "Root")
	leaf := root.Deep(t, 5).Issue(t, certtest.Spec{}, certtest.Expired, certtest.WrongPurpose, certtest.WeakCurve)
	v := cert.Judge(cert.Policy{Anchors: trusting(root).Anchors, MaxAge: time.Hour}, leaf.Chain, at(), nil)
	mustRefuse(t, v, cert.CauseExpired)
	for _, name := range []string{"dates", "purpose", "strength", "depth", "age"} {
		if c, ok := checkNamed(v, name); !ok || c.OK {
			t.Errorf("check %s: made %v, %+v", name, ok, c)
		}
	}

	stranger := newCA(t, "Stranger").Issue(t, certtest.Spec{}, certtest.Expired, certtest.WrongPurpose, certtest.SHA1)
	v = cert.Judge(trusting(root), stranger.Chain, at(), nil)
	mustRefuse(t, v, cert.CauseUnknownIssuer)
	for _, name := range []string{"path", "dates", "purpose", "strength"} {
		if c, ok := checkNamed(v, name); !ok || c.OK {
			t.Errorf("unknown issuer, check %s: made %v, %+v", name, ok, c)
		}
	}

	// Constraints are told although a date is at fault too.
	named := root.Sub(t, certtest.CASpec{Change: func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"example.org"} }})
	v = cert.Judge(trusting(root), named.Issue(t, certtest.Spec{Emails: []string{"a@example.com"}}, certtest.Expired).Chain, at(), nil)
	mustRefuse(t, v, cert.CauseExpired)
	if c, ok := checkNamed(v, "names"); !ok || c.OK {
		t.Errorf("names: made %v, %+v", ok, c)
	}
}

func TestRevocation(t *testing.T) {
	root := newCA(t, "Root")
	leaf := root.Deep(t, 1).Issue(t, certtest.Spec{})
	for _, c := range []struct {
		what string
		err  error
		want cert.Cause
	}{
		{"revoked", errors.New("withdrawn on 1 May"), cert.CauseRevoked},
		{"unknown", cert.ErrRevocationUnknown, cert.CauseRevocationUnknown},
		{"unknown, wrapped", fmt.Errorf("read CRL: %w", cert.ErrRevocationUnknown), cert.CauseRevocationUnknown},
	} {
		t.Run(c.what, func(t *testing.T) {
			mustRefuse(t, cert.Judge(trusting(root), leaf.Chain, at(), func([]*x509.Certificate) error { return c.err }), c.want)
		})
	}
	asked := 0
	ask := func(chain []*x509.Certificate) error {
		asked++
		if len(chain) != 3 || !chain[0].Equal(leaf.Cert) || !chain[2].Equal(root.Cert) {
			t.Error("asked about something else than the verified path")
		}
		return nil
	}
	mustAccept(t, cert.Judge(trusting(root), leaf.Chain, at(), ask))
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// T29, as far as it is ours: nothing unproven leads to a question, and so to a
// fetch.
func TestT29RevocationIsAskedOnlyOfVerifiedPaths(t *testing.T) {
	root := newCA(t, "Root")
	for what, leaf := range map[string]certtest.Leaf{
		"another CA":    newCA(t, "Other").Issue(t, certtest.Spec{}),
		"twin":          root.Twin(t).Issue(t, certtest.Spec{}),
		"bad signature": root.Issue(t, certtest.Spec{}, certtest.BadSignature),
		"SHA-1":         root.Issue(t, certtest.Spec{}, certtest.SHA1),
		"expired":       root.Issue(t, certtest.Spec{}, certtest.Expired),
		"wrong purpose": root.Issue(t, certtest.Spec{}, certtest.WrongPurpose),
	} {
		v := cert.Judge(trusting(root), leaf.Chain, at(), func([]*x509.Certificate) error {
			t.Errorf("%s: asked", what)
			return nil
		})
		if v.Accepted() {
			t.Errorf("%s: accepted", what)
		}
	}
}

func TestCausesAreListedOnce(t *testing.T) {
	all := cert.Causes()
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(all) || slices.Contains(all, cert.CauseNone) {
		t.Errorf("causes: %v", all)
	}
}

func BenchmarkJudge(b *testing.B) {
	root := newCA(b, "Root")
	for _, c := range []struct {
		name string
		leaf certtest.Leaf
		want cert.Cause
	}{
		{"chain of 2", root.Issue(b, certtest.Spec{}), cert.CauseNone},
		{"chain of 3", root.Deep(b, 1).Issue(b, certtest.Spec{}), cert.CauseNone},
		{"chain of 2, expired", root.Issue(b, certtest.Spec{}, certtest.Expired), cert.CauseExpired},
		{"unknown issuer", newCA(b, "Other").Issue(b, certtest.Spec{}), cert.CauseUnknownIssuer},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := trusting(root)
			b.ReportAllocs()
			for b.Loop() {
				if v := cert.Judge(p, c.leaf.Chain, at(), nil); v.Cause != c.want {
					b.Fatal(v.Cause)
				}
			}
		})
	}
}
