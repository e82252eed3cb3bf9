package certificate

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"net/http"
	"net/url"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/trust"
)

// headersOfNginx are those that nginx sends of a certificate.
func headersOfNginx(t *testing.T, l certtest.Leaf) http.Header {
	t.Helper()
	facts := cert.Read(l.Cert)
	subject, ok := opensslName(l.Cert.RawSubject)
	issuer, also := opensslName(l.Cert.RawIssuer)
	if !ok || !also {
		t.Fatal("a name cannot be written")
	}
	h := http.Header{}
	for name, value := range map[string]string{
		nginxVerify: "SUCCESS", nginxSubject: subject, nginxIssuer: issuer, nginxSerial: facts.Serial, nginxFingerprint: facts.SHA1,
	} {
		h.Set(name, value)
	}
	return h
}

func escaped(l certtest.Leaf) string {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Cert.Raw}))
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// TestT06T07HeadersOfNginx lists every way in which they can be wrong.
func TestT06T07HeadersOfNginx(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	alice, mallory := ca.Issue(t, certtest.Spec{CN: "alice"}), ca.Issue(t, certtest.Spec{CN: "mallory"})
	for name, c := range map[string]struct {
		change func(http.Header)
		cause  string
	}{
		"as they should be":       {func(http.Header) {}, ""},
		"with the certificate":    {func(h http.Header) { h.Set(nginxCertificate, escaped(alice)) }, ""},
		"T7 verify taken away":    {func(h http.Header) { h.Del(nginxVerify) }, login.CauseProxyNotVerified},
		"verify empty":            {func(h http.Header) { h.Set(nginxVerify, "") }, login.CauseProxyNotVerified},
		"verify in lower case":    {func(h http.Header) { h.Set(nginxVerify, "success") }, login.CauseProxyNotVerified},
		"verify with a space":     {func(h http.Header) { h.Set(nginxVerify, "SUCCESS ") }, login.CauseProxyNotVerified},
		"verify with more behind": {func(h http.Header) { h.Set(nginxVerify, "SUCCESS;") }, login.CauseProxyNotVerified},
		"no certificate":          {func(h http.Header) { h.Set(nginxVerify, "NONE") }, "no_certificate"},
		"expired":                 {func(h http.Header) { h.Set(nginxVerify, "FAILED:certificate has expired") }, "expired"},
		"unknown issuer":          {func(h http.Header) { h.Set(nginxVerify, "FAILED:unable to get local issuer certificate") }, "unknown_issuer"},
		"failed somehow":          {func(h http.Header) { h.Set(nginxVerify, "FAILED:something new") }, login.CauseProxyNotVerified},
		"T6 verify joined":        {func(h http.Header) { h.Set(nginxVerify, "SUCCESS, SUCCESS") }, login.CauseHeaderDuplicate},
		"T6 failed and joined":    {func(h http.Header) { h.Set(nginxVerify, "FAILED:x,SUCCESS") }, login.CauseHeaderDuplicate},
		"T6 verify twice":         {func(h http.Header) { h.Add(nginxVerify, "SUCCESS") }, login.CauseHeaderDuplicate},
		"T6 serial joined":        {func(h http.Header) { h.Set(nginxSerial, h.Get(nginxSerial)+",00") }, login.CauseHeaderDuplicate},
		"T6 name twice":           {func(h http.Header) { h.Add(nginxSubject, "CN=x") }, login.CauseHeaderDuplicate},
		"T6 underscore twin":      {func(h http.Header) { h["X_SSL_CLIENT_VERIFY"] = []string{"SUCCESS"} }, login.CauseHeaderDuplicate},
		"T6 half a twin":          {func(h http.Header) { h["X-Ssl_client-Dn"] = []string{"CN=x"} }, login.CauseHeaderDuplicate},
		"no serial":               {func(h http.Header) { h.Del(nginxSerial) }, login.CauseHeaderMalformed},
		"serial in lower case":    {func(h http.Header) { h.Set(nginxSerial, "abcd") }, login.CauseHeaderMalformed},
		"no fingerprint":          {func(h http.Header) { h.Del(nginxFingerprint) }, login.CauseHeaderMalformed},
		"fingerprint of SHA-256":  {func(h http.Header) { h.Set(nginxFingerprint, strings.Repeat("a", 64)) }, login.CauseHeaderMalformed},
		"no issuer":               {func(h http.Header) { h.Del(nginxIssuer) }, login.CauseHeaderMalformed},
		"no subject":              {func(h http.Header) { h.Del(nginxSubject) }, login.CauseHeaderMalformed},
		"endless name":            {func(h http.Header) { h.Set(nginxSubject, strings.Repeat("x", maxHeaderText+1)) }, login.CauseHeaderMalformed},
		"NUL in a name":           {func(h http.Header) { h.Set(nginxSubject, "CN=alice\x00") }, login.CauseHeaderMalformed},
		"certificate of another":  {func(h http.Header) { h.Set(nginxCertificate, escaped(mallory)) }, login.CauseHeaderMalformed},
		"certificate, no serial, no fingerprint": {func(h http.Header) {
			h.Set(nginxCertificate, escaped(mallory))
			h.Del(nginxSerial)
			h.Del(nginxFingerprint)
		}, login.CauseHeaderMalformed},
		"certificate twice":        {func(h http.Header) { h.Set(nginxCertificate, escaped(alice)+escaped(alice)) }, login.CauseHeaderMalformed},
		"certificate, not escaped": {func(h http.Header) { h.Set(nginxCertificate, "%zz") }, login.CauseHeaderMalformed},
		"certificate of no meaning": {func(h http.Header) {
			h.Set(nginxCertificate, "-----BEGIN%20CERTIFICATE-----%0AAAAA%0A-----END%20CERTIFICATE-----%0A")
		}, "malformed"},
	} {
		h := headersOfNginx(t, alice)
		c.change(h)
		got, cause := readNginx(h)
		if cause != c.cause {
			t.Errorf("%s: %q, want %q", name, cause, c.cause)
		}
		if cause != "" && !reflect.DeepEqual(got, told{}) {
			t.Errorf("%s: something was read all the same", name)
		}
	}
}

// TestT02NamesProveNothing: what a look-alike is told by is not the linked one.
func TestT02NamesProveNothing(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	alice := ca.Issue(t, certtest.Spec{CN: "alice"})
	facts := cert.Read(alice.Cert)
	linked := *trust.Kept(cert.Verdict{Leaf: &facts})
	same, _ := readNginx(headersOfNginx(t, alice))
	if !same.names(&linked) {
		t.Fatal("the linked certificate is not known again")
	}
	twin, cause := readNginx(headersOfNginx(t, ca.Twin(t).TwinOf(t, alice)))
	if cause != "" || twin.Subject != same.Subject || twin.Issuer != same.Issuer || twin.Serial != same.Serial {
		t.Fatalf("the twin differs (%s)", cause)
	}
	old := linked
	old.IssuerDER = nil
	for name, differs := range map[string]bool{
		"a twin": !twin.names(&linked), "another serial": !(description{same.Subject, same.Issuer, "00", same.SHA1}).names(&linked),
		"another issuer":                      !(description{same.Subject, "CN=x", same.Serial, same.SHA1}).names(&linked),
		"another subject":                     !(description{"CN=x", same.Issuer, same.Serial, same.SHA1}).names(&linked),
		"a link whose full form is not known": !same.names(&old), "no certificate": !same.names(nil),
	} {
		if !differs {
			t.Errorf("%s is taken for it", name)
		}
	}
	key := func(issuer *certtest.CA) iam.Identity {
		return iam.Identity{Key: string(cert.KeyOf(alice.Cert, issuer.Cert)), Certificate: &linked}
	}
	now := ca.Now
	for name, c := range map[string]struct {
		policy cert.Policy
		want   cert.Cause
	}{
		"its CA":          {cert.Policy{Anchors: []*x509.Certificate{ca.Cert}}, cert.CauseNone},
		"a twin of it":    {cert.Policy{Anchors: []*x509.Certificate{ca.Twin(t).Cert}}, cert.CauseUnknownIssuer},
		"no CA":           {cert.Policy{}, cert.CauseUnknownIssuer},
		"a policy wanted": {cert.Policy{Anchors: []*x509.Certificate{ca.Cert}, PolicyOIDs: []string{"1.2.3"}}, cert.CausePolicyMissing},
	} {
		if _, got := judgeLinked(c.policy, key(ca), now); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for want, at := range map[cert.Cause]int{cert.CauseNotYetValid: -1, cert.CauseExpired: 2} {
		if _, got := judgeLinked(cert.Policy{Anchors: []*x509.Certificate{ca.Cert}}, key(ca), now.AddDate(at, 0, 0)); got != want {
			t.Errorf("%d years from now: %q, want %q", at, got, want)
		}
	}
}

func uglyNames() []string {
	return []string{
		"alice", "a,b", "a;b", "a=b", `a"b"`, `a\b`, "a+b", "<a>", " a ", "#a", "#", " ", "é", "山田", "\u202eecila", "a\nb", "a\x7f", "a/b", "a\tb", strings.Repeat("x", 60),
	}
}

// TestNamesAsOpenSSLWritesThem: nginx prints by OpenSSL's own function.
func TestNamesAsOpenSSLWritesThem(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	ca := certtest.NewCA(t, certtest.CASpec{})
	names := []pkix.RDNSequence{{
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 6}, Value: "FR"}}, {{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "O"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "OU"}},
		{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("a@b")}}},
		{{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, Value: "example"}}, {{Type: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: "unknown"}},
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{Tag: asn1.TagBMPString, Bytes: []byte{0, 'a', 0x5c, 0x71}}}},
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{Tag: asn1.TagT61String, Bytes: []byte{'a', 0xe9}}}},
	}}
	for oid := range shortNames() {
		var id asn1.ObjectIdentifier
		for part := range strings.SplitSeq(oid, ".") {
			n := 0
			for _, c := range part {
				n = n*10 + int(c-'0')
			}
			id = append(id, n)
		}
		names = append(names, pkix.RDNSequence{{{Type: id, Value: "xx"}}})
	}
	for _, text := range uglyNames() {
		names = append(names, pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: text}}, {{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: text}}})
	}
	for _, rdns := range names {
		der, err := asn1.Marshal(rdns)
		if err != nil {
			t.Fatal(err)
		}
		leaf := ca.Issue(t, certtest.Spec{RawSubject: der})
		cmd := exec.Command(openssl, "x509", "-noout", "-subject", "-nameopt", "RFC2253")
		cmd.Stdin = bytes.NewReader(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Cert.Raw}))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(strings.TrimPrefix(string(out), "subject="), "\n")
		if got, ok := opensslName(der); !ok || got != want {
			t.Errorf("%q, %v; openssl: %q", got, ok, want)
		}
	}
}

func FuzzHeadersOfNginx(f *testing.F) {
	for _, name := range uglyNames() {
		f.Add("SUCCESS", name, name, "0A", strings.Repeat("a", 40), name)
	}
	f.Add("FAILED:certificate has expired", "", "", "", "", "-----BEGIN%20CERTIFICATE-----%0A")
	f.Fuzz(func(t *testing.T, verify, subject, issuer, serial, fingerprint, certificate string) {
		h := http.Header{}
		for name, value := range map[string]string{
			nginxVerify: verify, nginxSubject: subject, nginxIssuer: issuer, nginxSerial: serial, nginxFingerprint: fingerprint, nginxCertificate: certificate,
		} {
			h.Set(name, value)
		}
		got, cause := readNginx(h)
		switch {
		case cause == "" && verify != "SUCCESS":
			t.Fatal("accepted without SUCCESS")
		case cause == "" && (got.SHA1 != fingerprint || len(got.SHA1) != 40 || got.Serial == ""):
			t.Fatal("accepted without serial and fingerprint")
		case cause != "" && !reflect.DeepEqual(got, told{}):
			t.Fatal("refused, and read all the same")
		}
		_, _ = opensslName([]byte(subject))
	})
}
