package cert_test

import (
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// A certificate that its holder can give another fingerprint passes by the block of the
// one that is known.
func TestBytesAroundWhatIsSignedAreNobodysToChange(t *testing.T) {
	root := newCA(t, "Root")
	leaf := root.Issue(t, certtest.Spec{CN: "alice"})
	mustRefuse(t, cert.Judge(trusting(root), certtest.Trailed(t, leaf).Chain, at(), nil), cert.CauseMalformed)
	mustRefuse(t, cert.JudgeRaw(trusting(root), certtest.Trailed(t, leaf).DER(), at(), nil), cert.CauseMalformed)
	mustRefuse(t, cert.Judge(trusting(root), certtest.Shifted(t, leaf).Chain, at(), nil), cert.CauseMalformed)
	rsa := certtest.NewCA(t, certtest.CASpec{Name: "RSA", Now: at(), Key: certtest.RSA2048})
	half := rsa.Issue(t, certtest.Spec{CN: "alice"})
	for half.Cert.Signature[0] >= 0x80 {
		half = rsa.Issue(t, certtest.Spec{CN: "alice"})
	}
	mustAccept(t, cert.Judge(trusting(rsa), half.Chain, at(), nil))
	mustRefuse(t, cert.Judge(trusting(rsa), certtest.Shifted(t, half).Chain, at(), nil), cert.CauseMalformed)
}
