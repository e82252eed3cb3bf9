package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"runtime"
	"time"

	"signet/internal/cert"
)

// measureCRL prints what a CRL of a million entries costs: memory while it is
// read, memory that stays, and the time of a lookup.
func measureCRL() error {
	const entries = 1_000_000
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Bench CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	list, serials, err := makeCRL(ca, key, entries, now)
	if err != nil {
		return err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started := time.Now()
	crl, err := cert.ReadCRL(list, ca)
	if err != nil {
		return err
	}
	took := time.Since(started)
	runtime.ReadMemStats(&after)
	const lookups = 1_000_000
	started, found := time.Now(), 0
	for i := range lookups {
		if _, ok := crl.Entry(&x509.Certificate{SerialNumber: serials[i*7919%len(serials)], RawIssuer: ca.RawSubject}); ok {
			found++
		}
	}
	each := time.Since(started) / lookups
	if found != lookups {
		return fmt.Errorf("bench: %d of %d serials were found", found, lookups)
	}
	fmt.Printf("CRL of %d entries: %d MB of DER, read in %v with %.1f bytes allocated an entry; %.1f bytes an entry stay; a lookup takes %v\n",
		entries, len(list)>>20, took.Round(time.Millisecond), float64(after.TotalAlloc-before.TotalAlloc)/entries, float64(crl.Size())/entries, each)
	return nil
}

// makeCRL makes a list of random serials of 16 bytes, as CAs give them.
func makeCRL(ca *x509.Certificate, key *ecdsa.PrivateKey, entries int, now time.Time) ([]byte, []*big.Int, error) {
	random := make([]byte, 16*entries)
	if _, err := rand.Read(random); err != nil {
		return nil, nil, err
	}
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now, NextUpdate: now.Add(time.Hour)}
	template.RevokedCertificateEntries = make([]x509.RevocationListEntry, 0, entries)
	var serials []*big.Int
	for i := range entries {
		serial := new(big.Int).SetBytes(random[16*i : 16*(i+1)])
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: now, ReasonCode: i % 6})
		if i%10 == 0 {
			serials = append(serials, serial)
		}
	}
	list, err := x509.CreateRevocationList(rand.Reader, template, ca, key)
	return list, serials, err
}
