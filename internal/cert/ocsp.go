package cert

import (
	"bytes"
	"crypto"
	"crypto/sha1" //nolint:gosec // names a certificate to the responder; nothing is believed by it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"time"
)

const (
	// MaxOCSPSize is how long an OCSP answer may be.
	MaxOCSPSize = 64 << 10
	// ocspLife is how long an answer holds that names no next update: its
	// responder says that newer information is always to be had (RFC 6960, section
	// 4.2.2.1).
	ocspLife = 10 * time.Minute
	// maxAnswers bounds the single answers of one response.
	maxAnswers = 100
)

// OCSPQuestion asks for the standing of a certificate that the issuer has
// signed (RFC 6960).
type OCSPQuestion struct {
	Leaf, Issuer *x509.Certificate
	// Nonce binds the answer to this question where the responder repeats it; most
	// large ones sign their answers in advance and do not (RFC 9654). Optional.
	Nonce []byte
}

// The structures of RFC 6960, section 4. encoding/asn1 reads DER only.
type (
	certID struct {
		Algorithm         pkix.AlgorithmIdentifier
		NameHash, KeyHash []byte
		Serial            *big.Int
	}
	ocspRequest struct {
		TBS struct {
			List []struct{ Cert certID }
			Ext  []pkix.Extension `asn1:"explicit,tag:2,optional"`
		}
	}
	ocspResponse struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	basicResponse struct {
		Data         asn1.RawValue
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	responseData struct {
		Version   int `asn1:"optional,default:0,explicit,tag:0"`
		Responder asn1.RawValue
		Produced  time.Time `asn1:"generalized"`
		Responses []singleResponse
		Ext       []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
	singleResponse struct {
		ID         certID
		Status     asn1.RawValue
		ThisUpdate time.Time        `asn1:"generalized"`
		NextUpdate time.Time        `asn1:"generalized,explicit,tag:0,optional"`
		Ext        []pkix.Extension `asn1:"explicit,tag:1,optional"`
	}
)

func oidBasicOCSP() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
}
func oidNonce() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2} }

// Request encodes the question. It names the certificate by SHA-1, the one hash
// that every responder knows (RFC 5019, section 2.1.1).
func (q OCSPQuestion) Request() ([]byte, error) {
	name, key, err := issuerHashes(crypto.SHA1, q.Issuer)
	if err != nil {
		return nil, err
	}
	var r ocspRequest
	r.TBS.List = append(r.TBS.List, struct{ Cert certID }{certID{
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, Parameters: asn1.NullRawValue},
		NameHash:  name, KeyHash: key, Serial: q.Leaf.SerialNumber,
	}})
	if len(q.Nonce) > 0 {
		value, err := asn1.Marshal(q.Nonce)
		if err != nil {
			return nil, err
		}
		r.TBS.Ext = []pkix.Extension{{Id: oidNonce(), Value: value}}
	}
	return asn1.Marshal(r)
}

// Read reads an answer to the question and verifies it by the rules of RFC 6960,
// section 3.2: it is about this certificate of this issuer, signed by the issuer
// or by whom the issuer lets sign, and neither stale nor of the future. Whatever
// it does not say for certain is an error that is an ErrRevocationUnknown.
func (q OCSPQuestion) Read(answer []byte, now time.Time) (Standing, error) {
	basic, data, err := parseOCSP(answer)
	if err != nil {
		return Standing{}, err
	}
	if err := verifyOCSP(basic, data, q.Issuer, now); err != nil {
		return Standing{}, err
	}
	if err := q.checkNonce(data.Ext); err != nil {
		return Standing{}, err
	}
	if err := criticalOf(data.Ext, func(e pkix.Extension) bool { return e.Id.Equal(oidNonce()) }); err != nil {
		return Standing{}, err
	}
	if data.Produced.After(now.Add(maxSkew)) {
		return Standing{}, fault(FaultFuture, "it was produced on %s", data.Produced.UTC().Format(time.RFC3339))
	}
	for _, single := range data.Responses {
		if single.ID.names(q.Leaf, q.Issuer) {
			return single.standing(now)
		}
	}
	return Standing{}, fault(FaultOtherSubject, "none of its %d answers is about the certificate", len(data.Responses))
}

// parseOCSP reads the structure of an answer and proves nothing.
func parseOCSP(answer []byte) (basic basicResponse, data responseData, err error) {
	if len(answer) > MaxOCSPSize {
		return basic, data, fault(FaultTooLarge, "%d bytes, at most %d are read", len(answer), MaxOCSPSize)
	}
	var response ocspResponse
	if err := exactly(answer, &response); err != nil {
		return basic, data, fault(FaultGarbled, "%v", err)
	}
	switch {
	case response.Status != 0:
		return basic, data, fault(FaultResponder, "%s", responseStatus(response.Status))
	case !response.Bytes.Type.Equal(oidBasicOCSP()):
		return basic, data, fault(FaultGarbled, "an answer of another type")
	}
	if err := exactly(response.Bytes.Response, &basic); err != nil {
		return basic, data, fault(FaultGarbled, "%v", err)
	}
	if err := exactly(basic.Data.FullBytes, &data); err != nil {
		return basic, data, fault(FaultGarbled, "%v", err)
	}
	switch n := len(data.Responses); {
	case data.Version != 0:
		return basic, data, fault(FaultGarbled, "version %d", data.Version)
	case n == 0:
		return basic, data, fault(FaultGarbled, "it holds no answer")
	case n > maxAnswers:
		return basic, data, fault(FaultTooLarge, "it holds %d answers", n)
	}
	return basic, data, nil
}

// exactly reads a DER value behind which nothing follows.
func exactly(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows")
	}
	return err
}

func responseStatus(s asn1.Enumerated) string {
	switch s {
	case 1:
		return "malformed request"
	case 2:
		return "internal error"
	case 3:
		return "try later"
	case 5:
		return "signature required"
	case 6:
		return "unauthorized"
	default:
		return "unknown status"
	}
}

// checkNonce refuses an answer to another question. One without a nonce may
// have been signed in advance.
func (q OCSPQuestion) checkNonce(all []pkix.Extension) error {
	for _, e := range all {
		if !e.Id.Equal(oidNonce()) {
			continue
		}
		var nonce []byte
		if exactly(e.Value, &nonce) != nil || len(q.Nonce) > 0 && !bytes.Equal(nonce, q.Nonce) {
			return fault(FaultNonce, "it answers another question")
		}
	}
	return nil
}

// names reports whether the answer is about the certificate: the same serial
// under the same issuer, by its name and by its key. A serial alone is that of
// many certificates.
func (id certID) names(leaf, issuer *x509.Certificate) bool {
	hash, ok := hashOf(id.Algorithm.Algorithm)
	if !ok || id.Serial == nil || leaf.SerialNumber == nil || id.Serial.Cmp(leaf.SerialNumber) != 0 {
		return false
	}
	name, key, err := issuerHashes(hash, issuer)
	return err == nil && issued(issuer, leaf) && bytes.Equal(id.NameHash, name) && bytes.Equal(id.KeyHash, key)
}

func hashOf(id asn1.ObjectIdentifier) (crypto.Hash, bool) {
	for hash, known := range map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA1: {1, 3, 14, 3, 2, 26}, crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1},
		crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3},
	} {
		if known.Equal(id) {
			return hash, hash.Available()
		}
	}
	return 0, false
}

// issuerHashes are the hashes of the issuer's name and of the bits of its key
// (RFC 6960, section 4.1.1).
func issuerHashes(hash crypto.Hash, issuer *x509.Certificate) (name, key []byte, err error) {
	bits, err := keyBits(issuer)
	if err != nil {
		return nil, nil, err
	}
	h := hash.New()
	h.Write(issuer.RawSubject)
	name = h.Sum(nil)
	h.Reset()
	h.Write(bits)
	return name, h.Sum(nil), nil
}

// keyBits are the bits of a public key without the algorithm.
func keyBits(c *x509.Certificate) ([]byte, error) {
	var spki struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if err := exactly(c.RawSubjectPublicKeyInfo, &spki); err != nil {
		return nil, err
	}
	return spki.Key.RightAlign(), nil
}

// standing reads a CertStatus and the dates beside it.
func (r singleResponse) standing(now time.Time) (Standing, error) {
	s := Standing{Source: SourceOCSP, ThisUpdate: r.ThisUpdate.UTC(), NextUpdate: r.NextUpdate.UTC()}
	if r.NextUpdate.IsZero() {
		s.NextUpdate = s.ThisUpdate.Add(ocspLife)
	}
	if err := criticalOf(r.Ext, func(pkix.Extension) bool { return false }); err != nil {
		return Standing{}, err
	}
	if err := fresh(s.ThisUpdate, s.NextUpdate, now); err != nil {
		return Standing{}, err
	}
	if r.Status.Class != asn1.ClassContextSpecific {
		return Standing{}, fault(FaultGarbled, "the status cannot be read")
	}
	switch r.Status.Tag {
	case 0:
		if len(r.Status.Bytes) > 0 {
			return Standing{}, fault(FaultGarbled, "the status cannot be read")
		}
		return s, nil
	case 1:
		var info struct {
			At     time.Time       `asn1:"generalized"`
			Reason asn1.Enumerated `asn1:"explicit,tag:0,optional"`
		}
		if _, err := asn1.UnmarshalWithParams(r.Status.FullBytes, &info, "tag:1"); err != nil {
			return Standing{}, fault(FaultGarbled, "the status cannot be read")
		}
		s.Revoked, s.At, s.Reason = true, info.At.UTC(), ReasonUnspecified
		if info.Reason > 0 && info.Reason < 256 {
			s.Reason = reasonOf(byte(info.Reason))
		}
		return s, nil
	default:
		return Standing{}, fault(FaultUnknown, "the responder does not know the certificate")
	}
}

// keyHash is what a responder calls itself by.
func keyHash(c *x509.Certificate) []byte {
	bits, err := keyBits(c)
	if err != nil {
		return nil
	}
	sum := sha1.Sum(bits) //nolint:gosec // RFC 6960, section 4.2.1
	return sum[:]
}
