package cert

import (
	"crypto/ecdsa"
	"crypto/sha1" //nolint:gosec // only to compare with what nginx's $ssl_client_fingerprint sends
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Mirror is by which fingerprints the same certificate is known in the other form that
// its signature has.
type Mirror struct{ SHA256, SHA1 string }

// MirrorOf returns the fingerprints of the certificate with the other form of its
// signature: where (r, s) is an ECDSA signature, (r, n−s) is another of the same, which
// anybody can make (SEC 1, section 4.1.4). Other signatures have one form.
func MirrorOf(c, issuer *x509.Certificate) (m Mirror, ok bool) {
	key, is := issuer.PublicKey.(*ecdsa.PublicKey)
	if !is {
		return m, false
	}
	inner := cryptobyte.String(c.Signature)
	var pair cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	if !inner.ReadASN1(&pair, asn1.SEQUENCE) || !inner.Empty() || !pair.ReadASN1Integer(r) || !pair.ReadASN1Integer(s) || !pair.Empty() {
		return m, false
	}
	if s.Sub(key.Curve.Params().N, s).Sign() <= 0 {
		return m, false
	}
	all, outer := cryptobyte.String(c.Raw), cryptobyte.String(nil)
	var tbs, algorithm cryptobyte.String
	if !all.ReadASN1(&outer, asn1.SEQUENCE) || !outer.ReadASN1Element(&tbs, asn1.SEQUENCE) || !outer.ReadASN1Element(&algorithm, asn1.SEQUENCE) {
		return m, false
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddBytes(algorithm)
		b.AddASN1(asn1.BIT_STRING, func(b *cryptobyte.Builder) {
			b.AddUint8(0)
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1BigInt(r)
				b.AddASN1BigInt(s)
			})
		})
	})
	der, err := b.Bytes()
	if err != nil {
		return m, false
	}
	long, short := sha256.Sum256(der), sha1.Sum(der) //nolint:gosec // see import
	return Mirror{SHA256: hex.EncodeToString(long[:]), SHA1: hex.EncodeToString(short[:])}, true
}
