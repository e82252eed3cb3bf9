package cert

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // only to compare with what nginx's $ssl_client_fingerprint sends
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"time"
)

// Facts are what a certificate says of itself, ready to be kept, shown and
// compared. Texts are for people: bounded, and free of characters that could
// mislead them; nothing is compared by them. The DER and the hashes are what is
// compared.
type Facts struct {
	Subject    string `json:"subject"` // RFC 4514
	Issuer     string `json:"issuer"`
	CommonName string `json:"common_name,omitempty"`
	IssuerName string `json:"issuer_name,omitempty"` // common name of the issuer
	SubjectDER []byte `json:"subject_der"`
	IssuerDER  []byte `json:"issuer_der"`
	Serial     string `json:"serial"` // upper-case hexadecimal, as OpenSSL and nginx print it

	Emails   []string `json:"emails,omitempty"`
	UPNs     []string `json:"upns,omitempty"` // userPrincipalName, an otherName
	URIs     []string `json:"uris,omitempty"`
	DNSNames []string `json:"dns_names,omitempty"`

	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`

	KeyType            string   `json:"key_type"` // "ECDSA P-256", "RSA 2048", "Ed25519"
	SignatureAlgorithm string   `json:"signature_algorithm"`
	SHA256             string   `json:"sha256"` // of the certificate, lower-case hexadecimal
	SHA1               string   `json:"sha1"`
	SPKI               string   `json:"spki"` // SHA-256 of SubjectPublicKeyInfo
	SubjectKeyID       string   `json:"subject_key_id,omitempty"`
	AuthorityKeyID     string   `json:"authority_key_id,omitempty"`
	PolicyOIDs         []string `json:"policy_oids,omitempty"`
}

// Limits of what is shown and kept of a certificate.
const (
	maxNameLength  = 512 // characters of a name
	maxValueLength = 256 // characters of any other text
	maxValues      = 16  // of a list
)

// Read returns the facts of a certificate.
func Read(c *x509.Certificate) Facts {
	all, spki, old := sha256.Sum256(c.Raw), sha256.Sum256(c.RawSubjectPublicKeyInfo), sha1.Sum(c.Raw) //nolint:gosec // see import
	subject, commonName := namesIn(c.RawSubject)
	issuer, issuerName := namesIn(c.RawIssuer)
	f := Facts{
		Subject: subject, Issuer: issuer, CommonName: commonName, IssuerName: issuerName,
		SubjectDER: c.RawSubject, IssuerDER: c.RawIssuer, Serial: serialText(c),
		Emails: visibleAll(c.EmailAddresses), UPNs: visibleAll(userPrincipalNames(c)), DNSNames: visibleAll(c.DNSNames),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(),
		KeyType: keyType(c), SignatureAlgorithm: signatureText(c),
		SHA256: hex.EncodeToString(all[:]), SHA1: hex.EncodeToString(old[:]), SPKI: hex.EncodeToString(spki[:]),
		SubjectKeyID: hexID(c.SubjectKeyId), AuthorityKeyID: hexID(c.AuthorityKeyId),
	}
	var uris []string
	for _, u := range c.URIs {
		uris = append(uris, u.String())
	}
	f.URIs = visibleAll(uris)
	for i, oid := range c.Policies {
		if i == maxValues {
			break
		}
		f.PolicyOIDs = append(f.PolicyOIDs, oid.String())
	}
	return f
}

// serialText prints the serial as OpenSSL does: whole bytes, upper case, a
// minus for a negative one.
func serialText(c *x509.Certificate) string {
	if c.SerialNumber == nil {
		return ""
	}
	text := fmt.Sprintf("%X", c.SerialNumber.Bytes())
	if text == "" {
		text = "00"
	}
	if c.SerialNumber.Sign() < 0 {
		text = "-" + text
	}
	return Visible(text, maxValueLength)
}

func hexID(id []byte) string {
	if len(id) > 64 {
		id = id[:64]
	}
	return hex.EncodeToString(id)
}

func keyType(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		if c.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm {
			return "unknown"
		}
		return c.PublicKeyAlgorithm.String()
	}
}

func signatureText(c *x509.Certificate) string {
	if c.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
		return "unknown"
	}
	return c.SignatureAlgorithm.String()
}

// NameText prints a distinguished name for people. Nothing is compared by it.
func NameText(der []byte) string { return nameText(der) }

func nameText(der []byte) string {
	text, _ := namesIn(der)
	return text
}

// namesIn prints a distinguished name, and its most specific common name. A name can
// hold several; which one is shown decides nothing.
func namesIn(der []byte) (whole, common string) {
	var rdns pkix.RDNSequence
	rest, err := asn1.Unmarshal(der, &rdns)
	if err != nil || len(rest) > 0 {
		whole = Visible("#"+hex.EncodeToString(der), maxNameLength) // RFC 4514, section 2.4
	} else {
		whole = Visible(rdns.String(), maxNameLength)
	}
	if err != nil {
		return whole, ""
	}
	for _, rdn := range rdns {
		for _, attribute := range rdn {
			if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(oidCommonName()) {
				common = text
			}
		}
	}
	return whole, Visible(common, maxValueLength)
}

func oidCommonName() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, 3} }

// oidUserPrincipalName is Microsoft's, for the name in Active Directory.
func oidUserPrincipalName() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}
}

// userPrincipalNames reads the otherNames that Microsoft's PKI puts people's
// names into; crypto/x509 leaves them out (RFC 5280, section 4.2.1.6).
func userPrincipalNames(c *x509.Certificate) []string {
	alt, ok := extension(c, oidSubjectAltName())
	if !ok {
		return nil
	}
	var sequence asn1.RawValue
	if _, err := asn1.Unmarshal(alt.Value, &sequence); err != nil {
		return nil
	}
	var names []string
	for rest := sequence.Bytes; len(rest) > 0; {
		var general asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &general); err != nil {
			return names
		}
		if name, ok := userPrincipalName(general); ok {
			names = append(names, name)
		}
	}
	return names
}

// userPrincipalName reads a GeneralName, if it is an otherName of that kind.
func userPrincipalName(general asn1.RawValue) (string, bool) {
	if general.Class != asn1.ClassContextSpecific || general.Tag != 0 {
		return "", false
	}
	var id asn1.ObjectIdentifier
	value, err := asn1.Unmarshal(general.Bytes, &id)
	if err != nil || !id.Equal(oidUserPrincipalName()) {
		return "", false
	}
	var explicit asn1.RawValue
	if _, err := asn1.Unmarshal(value, &explicit); err != nil {
		return "", false
	}
	var text string
	_, err = asn1.UnmarshalWithParams(explicit.Bytes, &text, "utf8")
	return text, err == nil
}

func visibleAll(texts []string) []string {
	var out []string
	for i, text := range texts {
		if i == maxValues {
			break
		}
		out = append(out, Visible(text, maxValueLength))
	}
	return out
}
