package certificate

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
)

// otherHeader stands for every header that looks as if it spoke of a certificate
// and belongs to no form: whoever may choose names must not make us keep them.
const otherHeader = "…"

// Arrived returns the names of the headers that speak of certificates, as the
// forms spell them, sorted, without what they say. A name with underscores in the
// place of hyphens keeps them: some servers take it for the other
// (CVE-2025-64484).
func Arrived(header http.Header) []string {
	var names []string
	for name := range header {
		if !isCertificateHeader(name) {
			continue
		}
		known := otherHeader
		for _, of := range HeaderNames() {
			switch {
			case http.CanonicalHeaderKey(of) == http.CanonicalHeaderKey(name):
				known = of
			case spelling(of) == spelling(name) && known == otherHeader:
				if known = strings.ReplaceAll(of, "-", "_"); known == of {
					known = strings.ReplaceAll(of, "_", "-")
				}
			}
		}
		if !slices.Contains(names, known) {
			names = append(names, known)
		}
	}
	slices.Sort(names)
	return names
}

// FormsOf returns the forms to which names that arrived belong. Those that two
// forms share count for one only where nothing else tells which it is.
func FormsOf(names []string) (forms []Form) {
	shared := false
	for _, name := range names {
		form := formOf(name)
		if name == nginxVerify {
			shared = true // of HAProxy, too
			continue
		}
		if form != "" && !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	if shared && !slices.Contains(forms, FormNginx) && !slices.Contains(forms, FormHAProxy) {
		forms = append(forms, FormNginx)
	}
	slices.Sort(forms)
	return forms
}

func formOf(name string) Form {
	switch name {
	case nginxVerify, nginxSubject, nginxIssuer, nginxSerial, nginxFingerprint, nginxCertificate:
		return FormNginx
	case haproxyCertificate, haproxyChain:
		return FormHAProxy
	case apacheVerify, apacheCertificate:
		return FormApache
	case traefikCertificate, traefikCertificate + "-Info":
		return FormTraefik
	case envoyCertificate:
		return FormEnvoy
	case caddyCertificate:
		return FormCaddy
	case rfc9440Certificate, rfc9440Chain:
		return FormRFC9440
	}
	for i := range maxChain {
		if name == apacheChain+strconv.Itoa(i) {
			return FormApache
		}
	}
	return ""
}

// Speaks reports whether a name belongs to the form.
func (f Form) Speaks(name string) bool {
	if f == "" {
		f = FormNginx
	}
	return formOf(name) == f || name == nginxVerify && f == FormHAProxy
}

// verifyHeader is where a proxy of the form says that it verified; empty where the
// certificate alone says so.
func (f Form) verifyHeader() string {
	switch f {
	case FormNginx, FormHAProxy, "":
		return nginxVerify
	case FormApache:
		return apacheVerify
	}
	return ""
}

// arrivalOf says what was made of the headers of an attempt.
func (f Form) arrivalOf(header http.Header, told told, cause string) (iam.ArrivalOutcome, iam.ArrivalCause) {
	switch {
	case cause == "" && told.Certificate != nil:
		return iam.ArrivalAccepted, iam.ArrivalShown
	case cause == "":
		return iam.ArrivalAccepted, iam.ArrivalDescribed
	case !slices.ContainsFunc(Arrived(header), f.Speaks):
		return iam.ArrivalRefused, iam.ArrivalMissing
	}
	switch cause {
	case login.CauseHeaderDuplicate:
		return iam.ArrivalRefused, iam.ArrivalDuplicate
	case login.CauseHeaderMalformed, string(cert.CauseMalformed):
		return iam.ArrivalRefused, iam.ArrivalMalformed
	case string(cert.CauseNoCertificate):
		return iam.ArrivalRefused, iam.ArrivalNoCertificate
	case login.CauseProxyNotVerified:
		if verify := f.verifyHeader(); verify != "" && !slices.Contains(Arrived(header), verify) {
			return iam.ArrivalRefused, iam.ArrivalMissing
		}
	}
	return iam.ArrivalRefused, iam.ArrivalNotVerified
}
