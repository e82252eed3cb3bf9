package proxyconfig_test

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	"signet/internal/cert/certtest"
)

// keyPair is a certificate with its key in one file.
func keyPair(t *testing.T) []byte {
	t.Helper()
	leaf := certtest.NewCA(t, certtest.CASpec{}).Issue(t, certtest.Spec{CN: "id.example.org"})
	key, err := x509.MarshalPKCS8PrivateKey(leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
}
