package certtest

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
)

// outer is a certificate as it is sent.
type outer struct {
	Signed    asn1.RawValue
	Algorithm asn1.RawValue
	Signature asn1.BitString
}

// altered returns the leaf with other bytes around what was signed.
func altered(t testing.TB, l Leaf, change func(*outer)) Leaf {
	t.Helper()
	var o outer
	if _, err := asn1.Unmarshal(l.Cert.Raw, &o); err != nil {
		t.Fatal(err)
	}
	change(&o)
	return l.sent(t, marshal(t, o, ""))
}

// sent is the leaf with its certificate in other bytes.
func (l Leaf) sent(t testing.TB, der []byte) Leaf {
	t.Helper()
	l.Cert = parse(t, der)
	l.Chain = slices.Concat([]*x509.Certificate{l.Cert}, l.Chain[1:])
	return l
}

// Mirrored returns the leaf with the other form of its ECDSA signature: what anybody who
// has the certificate can make of it.
func Mirrored(t testing.TB, l Leaf, issuer *x509.Certificate) Leaf {
	t.Helper()
	return altered(t, l, func(o *outer) {
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(o.Signature.Bytes, &pair); err != nil {
			t.Fatal(err)
		}
		pair.S = new(big.Int).Sub(issuer.PublicKey.(*ecdsa.PublicKey).Curve.Params().N, pair.S)
		der := marshal(t, pair, "")
		o.Signature = asn1.BitString{Bytes: der, BitLength: 8 * len(der)}
	})
}

// Shifted returns the leaf with a signature that ends with bits that are not used,
// which only a signature that begins with a 0 bit can.
func Shifted(t testing.TB, l Leaf) Leaf {
	t.Helper()
	return altered(t, l, func(o *outer) {
		whole := new(big.Int).SetBytes(o.Signature.Bytes)
		o.Signature.BitLength = 8*len(o.Signature.Bytes) - 1
		o.Signature.Bytes = whole.Lsh(whole, 1).FillBytes(make([]byte, len(o.Signature.Bytes)))
	})
}

// Trailed returns the leaf with something behind its signature.
func Trailed(t testing.TB, l Leaf) Leaf {
	t.Helper()
	var all asn1.RawValue
	if _, err := asn1.Unmarshal(l.Cert.Raw, &all); err != nil {
		t.Fatal(err)
	}
	more := marshal(t, []byte("anything"), "")
	return l.sent(t, marshal(t, asn1.RawValue{Class: all.Class, Tag: all.Tag, IsCompound: true, Bytes: slices.Concat(all.Bytes, more)}, ""))
}
