package certificate

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/login"
)

func base64Of(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

func pemText(leaf ...[]byte) string {
	var text strings.Builder
	for _, der := range leaf {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return text.String()
}

// envoyEscape escapes as Envoy does: these and nothing else.
func envoyEscape(text string) string {
	return strings.NewReplacer("\n", "%0A", " ", "%20", "+", "%2B", "/", "%2F", "=", "%3D").Replace(text)
}

// folded is what Apache makes of line breaks.
func folded(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// writers write a certificate, and the chain behind it, as each proxy does that
// forwards it.
func writers() map[Form]func(leaf []byte, chain ...[]byte) map[string]string {
	return map[Form]func([]byte, ...[]byte) map[string]string{
		FormHAProxy: func(leaf []byte, chain ...[]byte) map[string]string {
			return map[string]string{haproxyVerify: "0", haproxyCertificate: base64Of(leaf), haproxyChain: base64Of(slices.Concat(chain...))}
		},
		FormApache: func(leaf []byte, chain ...[]byte) map[string]string {
			h := map[string]string{apacheVerify: "SUCCESS", apacheCertificate: folded(pemText(leaf)), apacheChain + "0": "(null)", apacheChain + "1": "(null)"}
			for i, der := range chain {
				h[apacheChain+string(rune('0'+i))] = folded(pemText(der))
			}
			return h
		},
		FormTraefik: func(leaf []byte, chain ...[]byte) map[string]string {
			all := []string{base64Of(leaf)}
			for _, der := range chain {
				all = append(all, url.QueryEscape(base64Of(der))) // either way: versions differ
			}
			return map[string]string{traefikCertificate: strings.Join(all, ",")}
		},
		FormEnvoy: func(leaf []byte, chain ...[]byte) map[string]string {
			return map[string]string{envoyCertificate: `By=spiffe://x;Hash=` + sha256Of(leaf) + `;Cert="` + envoyEscape(pemText(leaf)) + `";Chain="` +
				envoyEscape(pemText(append([][]byte{leaf}, chain...)...)) + `";Subject="CN=a\"b;c,d=e\\,O=x"`}
		},
		FormCaddy: func(leaf []byte, _ ...[]byte) map[string]string {
			return map[string]string{caddyCertificate: base64Of(leaf)}
		},
		FormRFC9440: func(leaf []byte, chain ...[]byte) map[string]string {
			var all []string
			for _, der := range chain {
				all = append(all, ":"+base64Of(der)+":")
			}
			return map[string]string{rfc9440Certificate: ":" + base64Of(leaf) + ":", rfc9440Chain: strings.Join(all, ", ")}
		},
	}
}

func sha256Of(der []byte) string {
	c, cause := readDER(base64Of(der))
	if cause != "" {
		panic(cause)
	}
	return cert.Read(c).SHA256
}

func headerOf(values map[string]string) http.Header {
	h := http.Header{}
	for name, value := range values {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h
}

// TestFormsReadWhatProxiesWrite: certificate and chain, whatever stands in the
// name.
func TestFormsReadWhatProxiesWrite(t *testing.T) {
	root := certtest.NewCA(t, certtest.CASpec{})
	sub := root.Sub(t, certtest.CASpec{Name: "Below"})
	var leaves []certtest.Leaf
	for _, text := range append(uglyNames(), ugliestNames()...) {
		leaves = append(leaves, sub.Issue(t, certtest.Spec{CN: text}))
	}
	for form, write := range writers() {
		for _, leaf := range leaves {
			got, cause := form.read(headerOf(write(leaf.Cert.Raw, sub.Cert.Raw)))
			if cause != "" || !got.Certificate.Equal(leaf.Cert) {
				t.Fatalf("%s: %q is not read: %s", form, leaf.Cert.Subject.CommonName, cause)
			}
			if want := form != FormCaddy; (len(got.presented()) == 2) != want || want && !got.presented()[1].Equal(sub.Cert) {
				t.Errorf("%s: %d certificates are read", form, len(got.presented()))
			}
			if got, cause = form.read(headerOf(write(leaf.Cert.Raw))); cause != "" || len(got.presented()) != 1 {
				t.Errorf("%s: without chain: %s, %d", form, cause, len(got.presented()))
			}
		}
	}
}

// TestFormsRefuseWhatProxiesDoNotWrite lists, form by form, what is not the
// proxy's.
func TestFormsRefuseWhatProxiesDoNotWrite(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	alice, mallory := ca.Issue(t, certtest.Spec{CN: "alice"}).Cert.Raw, ca.Issue(t, certtest.Spec{CN: "mallory"}).Cert.Raw
	const (
		none, unverified, twice, malformed, missing = "no_certificate", login.CauseProxyNotVerified, login.CauseHeaderDuplicate, login.CauseHeaderMalformed, login.CauseCertificateMissing
	)
	type line struct{ what, name, value, cause string }
	for form, lines := range map[Form][]line{
		FormHAProxy: {
			{"T7 verify taken away", haproxyVerify, "", unverified}, {"verify in nginx's words", haproxyVerify, "SUCCESS", unverified}, {"an unknown number", haproxyVerify, "99", unverified},
			{"expired", haproxyVerify, "10", "expired"}, {"not yet valid", haproxyVerify, "9", "not_yet_valid"}, {"revoked", haproxyVerify, "23", "revoked"}, {"unknown issuer", haproxyVerify, "20", "unknown_issuer"},
			{"a zero too many", haproxyVerify, "00", unverified}, {"a sign", haproxyVerify, "-0", unverified}, {"T6 verify joined", haproxyVerify, "0, 0", twice}, {"no certificate", haproxyCertificate, "", none},
			{"T6 certificate joined", haproxyCertificate, base64Of(alice) + "," + base64Of(alice), twice}, {"certificate twice", haproxyCertificate, base64Of(slices.Concat(alice, alice)), "malformed"},
			{"chain cut off", haproxyChain, base64Of(alice[:40]), malformed}, {"chain of no base64", haproxyChain, "%%", malformed}, {"endless chain", haproxyChain, base64Of(slices.Repeat(alice, 11)), malformed},
		},
		FormApache: {
			{"T7 verify taken away", apacheVerify, "", unverified}, {"TLS off", apacheVerify, "(null)", unverified}, {"nothing shown", apacheVerify, "NONE", none}, {"shown, not verified", apacheVerify, "GENEROUS", "unknown_issuer"},
			{"expired", apacheVerify, "FAILED:certificate has expired", "expired"}, {"certificate not forwarded", apacheCertificate, "(null)", missing}, {"no certificate", apacheCertificate, "", missing},
			{"two certificates", apacheCertificate, folded(pemText(alice, alice)), malformed}, {"text behind it", apacheCertificate, folded(pemText(alice)) + "x", malformed},
			{"text before it", apacheCertificate, "Bag Attributes " + folded(pemText(alice)), malformed}, {"T6 joined", apacheCertificate, folded(pemText(alice)) + ", " + folded(pemText(alice)), twice},
			{"another kind", apacheCertificate, strings.ReplaceAll(folded(pemText(alice)), "CERTIFICATE", "PUBLIC KEY"), malformed}, {"chain of no meaning", apacheChain + "3", "x", malformed},
			{"headers of PEM", apacheCertificate, strings.Replace(folded(pemText(alice)), "----- ", "----- Proc-Type: 4,ENCRYPTED ", 1), twice},
		},
		FormTraefik: {
			{"T7 taken away", traefikCertificate, "", unverified}, {"T6 joined", traefikCertificate, base64Of(alice) + ", " + base64Of(mallory), twice}, {"comma behind", traefikCertificate, base64Of(alice) + ",", malformed},
			{"PEM", traefikCertificate, url.QueryEscape(pemText(alice)), malformed}, {"endless chain", traefikCertificate, strings.Repeat(base64Of(alice)+",", 12), malformed}, {"escaped wrongly", traefikCertificate, "%zz", malformed},
			{"escaped comma", traefikCertificate, base64Of(alice) + "%2C" + base64Of(mallory), twice},
		},
		FormEnvoy: {
			{"T7 taken away", envoyCertificate, "", unverified}, {"T6 two elements", envoyCertificate, `Cert="` + envoyEscape(pemText(alice)) + `",Cert="` + envoyEscape(pemText(alice)) + `"`, twice},
			{"two certificates", envoyCertificate, `Cert="` + envoyEscape(pemText(alice)) + `";cert="` + envoyEscape(pemText(mallory)) + `"`, twice},
			{"hash of another", envoyCertificate, `Hash=` + sha256Of(mallory) + `;Cert="` + envoyEscape(pemText(alice)) + `"`, malformed}, {"hash only", envoyCertificate, `Hash=` + sha256Of(alice), missing},
			{"certificate in a name", envoyCertificate, `Subject="CN=x;Cert=\"` + envoyEscape(pemText(alice)) + `\""`, missing}, {"quote not closed", envoyCertificate, `Cert="` + envoyEscape(pemText(alice)), malformed},
			{"backslash at the end", envoyCertificate, `Subject="CN=x\`, malformed}, {"text behind a quote", envoyCertificate, `Subject="CN=x"y;Cert="x"`, malformed}, {"semicolon at the end", envoyCertificate, `Hash=` + sha256Of(alice) + `;`, malformed},
			{"the line on which authentik's parser failed", envoyCertificate, `Subject="CN=Smith\; Ann";Cert="x"`, malformed}, {"and its other one", envoyCertificate, `Subject="CN=Ann,O=Example";Cert="x"`, malformed},
		},
		FormCaddy: {
			{"T7 taken away", caddyCertificate, "", unverified}, {"placeholder", caddyCertificate, "{http.request.tls.client.certificate_der_base64}", none}, {"T6 joined", caddyCertificate, base64Of(alice) + "," + base64Of(alice), twice},
			{"two certificates", caddyCertificate, folded(pemText(alice, mallory)), malformed}, {"half a group", caddyCertificate, base64Of(alice) + "A", malformed},
		},
		FormRFC9440: {
			{"T7 taken away", rfc9440Certificate, "", unverified}, {"T6 joined", rfc9440Certificate, ":" + base64Of(alice) + ":, :" + base64Of(alice) + ":", twice}, {"no colons", rfc9440Certificate, base64Of(alice), malformed},
			{"one colon", rfc9440Certificate, ":" + base64Of(alice), malformed}, {"a string", rfc9440Certificate, `"` + base64Of(alice) + `"`, malformed}, {"a parameter", rfc9440Certificate, ":" + base64Of(alice) + ":;a=1", malformed},
			{"comma behind", rfc9440Chain, ":" + base64Of(alice) + ":,", malformed}, {"empty member", rfc9440Chain, ":" + base64Of(alice) + ":,,:" + base64Of(alice) + ":", malformed}, {"only a colon", rfc9440Certificate, ":", malformed},
			{"inner list", rfc9440Chain, "(:" + base64Of(alice) + ":)", malformed}, {"endless chain", rfc9440Chain, strings.Repeat(":"+base64Of(alice)+":,", 12), malformed},
		},
	} {
		written := func() http.Header { return headerOf(writers()[form](alice)) }
		for _, l := range lines {
			h := written()
			if h.Set(l.name, l.value); l.value == "" {
				h.Del(l.name)
			}
			if got, cause := form.read(h); cause != l.cause || !reflect.DeepEqual(got, told{}) {
				t.Errorf("%s, %s: %q, want %q", form, l.what, cause, l.cause)
			}
		}
		for name := range written() {
			// T6: each header a second time, and under each name that somebody could
			// take for it.
			again := written()
			again.Add(name, again.Get(name))
			if _, cause := form.read(again); cause != twice {
				t.Errorf("%s: %s twice: %q", form, name, cause)
			}
			for _, twin := range []string{strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(name, "_", "-"), strings.ToUpper(name), strings.Replace(name, "-", "_", 1)} {
				h := written()
				if _, same := h[twin]; same {
					continue
				}
				h[twin] = h[name]
				if _, cause := form.read(h); cause != twice {
					t.Errorf("%s: with %s: %q", form, twin, cause)
				}
			}
			if h := written(); true {
				h.Set(name, strings.Repeat("A", 2*maxHeaderCertificate+1))
				if _, cause := form.read(h); cause != malformed {
					t.Errorf("%s: endless %s: %q", form, name, cause)
				}
			}
		}
	}
	if _, cause := Form("squid").read(http.Header{}); cause == "" || Form("squid").Known() {
		t.Error("an unknown form is read")
	}
}

// TestT08OtherFormsAreIgnored: a proxy clears the headers of its own form only.
func TestT08OtherFormsAreIgnored(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	alice, bob := ca.Issue(t, certtest.Spec{CN: "alice"}), ca.Issue(t, certtest.Spec{CN: "bob"})
	all := writers()
	all[FormNginx] = nil
	for form, write := range all {
		others := http.Header{}
		for other, write := range writers() {
			if other != form && write != nil {
				for name, values := range headerOf(write(bob.Cert.Raw)) {
					others[name] = values
				}
			}
		}
		if form == FormNginx || form == FormHAProxy {
			others.Del(nginxVerify) // they share it
		}
		h := others.Clone()
		if write != nil {
			for name := range headerOf(write(alice.Cert.Raw)) {
				h.Del(name)
			}
		}
		if _, cause := form.read(h); cause != login.CauseProxyNotVerified {
			t.Errorf("%s: headers of others alone: %q", form, cause)
		}
		own := headersOfNginx(t, alice)
		own.Set(nginxCertificate, escaped(alice))
		if write != nil {
			own = headerOf(write(alice.Cert.Raw))
		}
		for name, values := range own {
			h[name] = values
		}
		if got, cause := form.read(h); cause != "" || !got.Certificate.Equal(alice.Cert) {
			t.Errorf("%s: among others: %q", form, cause)
		}
	}
}

func ugliestNames() []string {
	texts := []string{"SUCCESS", pemEnd, `a"b;c,d=e\`, `";Cert="x`, ":,:"}
	for _, h := range certtest.HostileTexts() {
		texts = append(texts, h.Text)
	}
	return texts
}

// TestHeaderNamesAreTakenOff: what proxies are told to clear is what the public
// listeners clear.
func TestHeaderNamesAreTakenOff(t *testing.T) {
	for _, name := range HeaderNames() {
		if !isCertificateHeader(name) {
			t.Errorf("%s is let through", name)
		}
	}
}

// TestPortOfAnotherSite: the main site may have the certificate host's name, on
// another port.
func TestPortOfAnotherSite(t *testing.T) {
	h := Hosts{Fixed: "id.example.org:3443", Pool: []string{"cert.example.org"}, Wildcard: "*.cert.example.org:3443"}
	label := strings.Repeat("a", 26) + ".cert.example.org"
	for host, want := range map[string]bool{
		"id.example.org:3443": false, "id.example.org": false, "id.example.org:8443": true, "id.example.org:443": true, "ID.example.org:8443": true,
		"cert.example.org": false, "cert.example.org:443": false, "cert.example.org:3443": true, label + ":3443": false, label: false, label + ":443": true,
		"evil.example:443": false, "": false,
	} {
		if got := h.elsewhere(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
