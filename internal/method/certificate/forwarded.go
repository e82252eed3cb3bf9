package certificate

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/trust"
)

// Linked returns the identifiers of a login method whose newest certificate has
// the SHA-1 fingerprint.
type Linked func(ctx context.Context, method iam.ProviderID, sha1 string) ([]iam.Identity, error)

// Forwarded answers on the proxy listener: certificates come from headers there,
// and from nowhere else. It is never served on a listener that the public
// reaches.
type Forwarded struct {
	*Host
	Linked Linked
	// Form is how the proxy tells of certificates; nginx where empty.
	Form Form
	// Proved reports whether the request comes from the proxy.
	Proved func(*http.Request) bool
	// Arrived is told what was made of the headers of an attempt of the proxy; not
	// told where nil.
	Arrived func(*http.Request, iam.ArrivalOutcome, iam.ArrivalCause)
}

// Handler answers the requests under /api/mtls. The client's address must have
// been put into the request before.
func (f *Forwarded) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := f.newRecord(r)
		defer f.log(r.Context(), rec)
		f.setHeaders(w.Header())
		if f.Hosts.elsewhere(r.Host) {
			// The main site of the proxy leads here, where it may not clear headers.
			rec.answer(w, http.StatusMisdirectedRequest, "421 Misdirected Request: certificates are for another port.\n")
			return
		}
		f.serve(w, r, rec, func(ctx context.Context, a iam.Attempt) (*iam.Evidence, *iam.Refusal) {
			if !f.Proved(r) {
				return nil, refusalOf(a, login.CauseUntrustedPeer, nil, f.Now())
			}
			told, cause := f.Form.read(r.Header)
			if f.Arrived != nil {
				outcome, why := f.Form.arrivalOf(r.Header, told, cause)
				f.Arrived(r, outcome, why)
			}
			if cause != "" {
				return nil, refusalOf(a, cause, nil, f.Now())
			}
			if told.Certificate == nil {
				return f.compare(ctx, rec, a, told.description)
			}
			return f.judge(ctx, rec, a, told.presented())
		})
	})
}

func refusalOf(a iam.Attempt, cause string, shown *iam.Certificate, now time.Time) *iam.Refusal {
	return &iam.Refusal{Attempt: a.ID, Cause: cause, Provider: a.Provider, Certificate: shown, At: now.UTC()}
}

// compare accepts what a proxy says of a certificate that it does not show: of a
// linked one, if it is that in every point that can be compared; of another, if one
// CA of the method bears the issuer's name (describe). The proxy's word for the
// signature is taken, which is why it has proved itself, and why such a sign-in
// counts for less; that the issuer is still one of the method's CAs is not.
func (f *Forwarded) compare(ctx context.Context, rec *record, a iam.Attempt, told description) (*iam.Evidence, *iam.Refusal) {
	now := f.Now().UTC()
	refuse := func(cause string, shown *iam.Certificate, err error) (*iam.Evidence, *iam.Refusal) {
		rec.err = err
		return nil, refusalOf(a, cause, shown, now)
	}
	method, refusal := f.method(ctx, rec, a)
	if refusal != nil {
		return nil, refusal
	}
	policy, err := f.Trust.Policy(ctx, method)
	if err != nil {
		return refuse(CauseInternal, nil, err)
	}
	if method.Settings.Certificate.RequireForwardedCertificate {
		return refuse(login.CauseCertificateMissing, nil, nil)
	}
	identities, err := f.Linked(ctx, a.Provider, told.SHA1)
	if err != nil {
		return refuse(CauseInternal, nil, err)
	}
	linked := iam.Identity{}
	var path []*x509.Certificate
	var cause cert.Cause
	if i := slices.IndexFunc(identities, func(i iam.Identity) bool { return told.names(i.Certificate) }); i >= 0 {
		linked = identities[i]
		path, cause = judgeLinked(policy, linked, now)
	} else {
		alone, err := f.Trust.TrustsAll(ctx, method)
		if err != nil {
			return refuse(CauseInternal, nil, err)
		}
		linked, path, cause = describe(policy, told, alone, now)
	}
	if cause != cert.CauseNone {
		return refuse(string(cause), linked.Certificate, nil)
	}
	var answers []trust.Answer
	if err := f.Trust.RevokedLinked(ctx, method, linked, path, now, &answers); err != nil {
		cause := cert.CauseRevoked
		if errors.Is(err, cert.ErrRevocationUnknown) {
			cause = cert.CauseRevocationUnknown
		}
		return nil, withFacts(refusalOf(a, string(cause), linked.Certificate, now), err, answers)
	}
	assured := iam.ForwardedAssurance()
	return &iam.Evidence{
		Type: iam.ProviderCertificate, Provider: a.Provider, At: now, ACR: assured.ACR, AMR: assured.AMR, Strength: assured.Strength,
		Key: linked.Key, Certificate: linked.Certificate, Described: true, RevocationUnknown: trust.Unknown(answers),
	}, nil
}

// judgeLinked judges what is known of a linked certificate without having it:
// its dates, and that the key of its issuer still belongs to the method. A CA
// that an administrator took out of the method opens nothing any more, although
// the proxy may still let its certificates pass.
// It returns the CA and those above it.
func judgeLinked(policy cert.Policy, linked iam.Identity, now time.Time) ([]*x509.Certificate, cert.Cause) {
	c := linked.Certificate
	if c.Described {
		return judgeDescribed(policy, c, now)
	}
	switch {
	case now.Before(c.NotBefore):
		return nil, cert.CauseNotYetValid
	case now.After(c.NotAfter):
		return nil, cert.CauseExpired
	case policy.MaxAge > 0 && now.Sub(c.NotBefore) > policy.MaxAge:
		return nil, cert.CauseTooOld
	case len(policy.PolicyOIDs) > 0:
		return nil, cert.CausePolicyMissing // what policies it has is not known
	}
	spki, err := hex.DecodeString(c.SPKI)
	if err != nil {
		return nil, cert.CauseMalformed
	}
	for _, ca := range slices.Concat(policy.Anchors, policy.Intermediates) {
		if string(cert.KeyOfHash(spki, ca)) == linked.Key && cert.SameName(ca.RawSubject, c.IssuerDER) {
			return cert.IssuerPath(policy, ca, now)
		}
	}
	return nil, cert.CauseUnknownIssuer
}

// SecretHeader is where a proxy proves that it is the proxy.
const SecretHeader = "X-Signet-Proxy-Secret" //nolint:gosec // a name

// isCertificateHeader reports whether a header speaks of a certificate, in any
// spelling that a server behind us could take for it: proxies and gateways make
// one name of "X-SSL-Client" and "x_ssl_client" (CVE-2025-64484).
func isCertificateHeader(name string) bool {
	// Every request has a dozen headers, and hardly one begins like these.
	if len(name) < 2 {
		return false
	}
	switch [2]byte{name[0] | 0x20, name[1] | 0x20} { // lower case, as far as letters go
	case [2]byte{'x', '-'}, [2]byte{'x', '_' | 0x20}, [2]byte{'s', 's'}, [2]byte{'c', 'l'}:
	default:
		return false
	}
	name = spelling(name)
	for _, prefix := range []string{"x-ssl-", "x-client-cert", "x-client-verify", "x-client-dn", "x-forwarded-client-cert", "x-forwarded-tls-client-cert", "ssl-client-", "client-cert", "x-arr-clientcert"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == strings.ToLower(SecretHeader)
}
