package certtest

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

// Defect spoils one thing of a certificate that is about to be issued.
type Defect func(*Draft)

// Draft is a certificate that is about to be issued.
type Draft struct {
	Issuer   *CA // nil for a self-signed one
	Now      time.Time
	Template *x509.Certificate
	Key      KeyKind
	// Patch changes what was signed.
	Patch func(der []byte) []byte
}

// Expired ended a minute ago.
func Expired(d *Draft) {
	d.Template.NotBefore, d.Template.NotAfter = d.Now.AddDate(-1, 0, 0), d.Now.Add(-time.Minute)
}

// NotYetValid begins in a minute.
func NotYetValid(d *Draft) { d.Template.NotBefore = d.Now.Add(time.Minute) }

// Issued makes a defect of age: issued that long ago.
func Issued(ago time.Duration) Defect {
	return func(d *Draft) { d.Template.NotBefore = d.Now.Add(-ago) }
}

// WrongPurpose is for servers only.
func WrongPurpose(d *Draft) { d.Template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }

// MailPurpose is for mail only.
func MailPurpose(d *Draft) {
	d.Template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
}

// AnyPurpose names anyExtendedKeyUsage only.
func AnyPurpose(d *Draft) { d.Template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }

// NoPurpose has no extendedKeyUsage.
func NoPurpose(d *Draft) { d.Template.ExtKeyUsage = nil }

// EmptyPurpose has an extendedKeyUsage that names nothing.
func EmptyPurpose(d *Draft) {
	d.Template.ExtKeyUsage = nil
	d.Template.ExtraExtensions = append(d.Template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Value: []byte{0x30, 0}})
}

// UnknownPurpose names only one that nobody knows.
func UnknownPurpose(d *Draft) {
	d.Template.ExtKeyUsage, d.Template.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 1}}
}

// NoSignature has a key that may encipher and not sign.
func NoSignature(d *Draft) { d.Template.KeyUsage = x509.KeyUsageKeyEncipherment }

// Authority is a CA.
func Authority(d *Draft) {
	d.Template.IsCA, d.Template.KeyUsage = true, d.Template.KeyUsage|x509.KeyUsageCertSign
}

// SignsCertificates is no CA but has a key that may sign certificates.
func SignsCertificates(d *Draft) { d.Template.KeyUsage |= x509.KeyUsageCertSign }

// NoUse has a key that may do nothing at all.
func NoUse(d *Draft) {
	d.Template.KeyUsage = 0
	d.Template.ExtraExtensions = append(d.Template.ExtraExtensions, pkix.Extension{
		Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: []byte{3, 1, 0},
	})
}

// Constrained has name constraints, which only a CA may have.
func Constrained(d *Draft) { d.Template.PermittedDNSDomains = []string{"example.org"} }

// WeakRSA has an RSA key of 1024 bits.
func WeakRSA(d *Draft) { d.Key = RSA1024 }

// HugeRSA has an RSA key of 16384 bits.
func HugeRSA(d *Draft) { d.Key = RSAHuge }

// WeakCurve has a key on P-224.
func WeakCurve(d *Draft) { d.Key = P224 }

// SHA1 is signed with SHA-1.
func SHA1(d *Draft) {
	d.Template.SignatureAlgorithm = x509.ECDSAWithSHA1
	if d.Issuer == nil {
		return
	}
	if _, ok := d.Issuer.Key.(*rsa.PrivateKey); ok {
		d.Template.SignatureAlgorithm = x509.SHA1WithRSA
	}
}

// MD5 says that it is signed with MD5; its issuer must have an RSA key. Nothing
// makes such signatures any more, so that the signature itself is of SHA-256.
func MD5(d *Draft) {
	d.Template.SignatureAlgorithm = x509.SHA256WithRSA
	d.Patch = func(der []byte) []byte {
		sha256WithRSA := []byte{0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11}
		md5WithRSA := []byte{0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4}
		return bytes.ReplaceAll(der, sha256WithRSA, md5WithRSA)
	}
}

// BadSignature was changed after it was signed.
func BadSignature(d *Draft) {
	d.Patch = func(der []byte) []byte {
		changed := bytes.Clone(der)
		changed[len(changed)-1] ^= 1
		return changed
	}
}

// UnknownCritical has an extension that must be understood and is not.
func UnknownCritical(d *Draft) {
	d.Template.ExtraExtensions = append(d.Template.ExtraExtensions, pkix.Extension{
		Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 2}, Critical: true, Value: []byte{5, 0},
	})
}
