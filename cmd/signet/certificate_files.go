package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"time"

	"signet/internal/cert"
)

// judged is what the files hold.
type judged struct {
	leaf    []byte
	links   []*x509.Certificate
	anchors []*x509.Certificate
	crls    [][]byte
	ocsp    [][]byte
	notes   []string
	// refusal is the verdict where the files decide it.
	refusal *cert.Verdict
}

// maxCertificates bounds the certificates of all files together, and
// maxCertificateFile a file of them.
const (
	maxCertificates    = 2000
	maxCertificateFile = 8 << 20
)

// read reads the files. What is no certificate at all is an error; a certificate
// that cannot be read is a verdict, because that is an answer about it.
func (c *certificateExplain) read() (in judged, err error) {
	if len(c.CA) == 0 {
		return in, hint(fmt.Errorf("%w: no CA is trusted", errUnusable), "give one with --ca FILE; the system's are never asked")
	}
	if in, err = c.readSent(); err != nil || in.refusal != nil {
		return in, err
	}
	if err := c.readAnchors(&in); err != nil {
		return in, err
	}
	for _, from := range []struct {
		files wordList
		limit int
		kind  string
		into  *[][]byte
	}{{c.CRL, cert.MaxCRLSize, "X509 CRL", &in.crls}, {c.OCSP, cert.MaxOCSPSize, "OCSP RESPONSE", &in.ocsp}} {
		for _, file := range from.files {
			data, err := readFile(file, from.limit)
			if err != nil {
				return in, err
			}
			*from.into = append(*from.into, blocks(data, from.kind)...)
		}
	}
	return in, nil
}

// readSent reads what a client would send.
func (c *certificateExplain) readSent() (in judged, err error) {
	var sent [][]byte
	if c.File != "" {
		if sent, err = readCertificates(c.File); err != nil {
			return in, err
		}
	}
	for _, file := range c.Chain {
		more, err := readCertificates(file)
		if err != nil {
			return in, err
		}
		sent = append(sent, more...)
	}
	if len(sent) == 0 {
		return in, hint(fmt.Errorf("%w: no certificate to judge", errUnusable), "give one before the flags, or with --chain FILE")
	}
	in.leaf = sent[0]
	for i, der := range sent {
		switch {
		case i >= maxCertificates || len(der) > cert.MaxCertificateSize:
			in.refuse(cert.CauseChainTooLarge, "size", fmt.Sprintf("more than %d certificates, or one of more than %d bytes", maxCertificates, cert.MaxCertificateSize))
			return in, nil
		case i == 0:
			continue
		}
		link, err := cert.Parse(der)
		if err != nil {
			in.notes = append(in.notes, fmt.Sprintf("certificate %d of the chain cannot be read and is no link: %s", i+1, cert.Visible(err.Error(), 200)))
			continue
		}
		in.links = append(in.links, link)
	}
	return in, nil
}

// presented returns what a client would send, as a login method is shown it. One
// that cannot be read is a verdict here too.
func (in *judged) presented() []*x509.Certificate {
	if in.refusal != nil {
		return nil
	}
	leaf, err := cert.Parse(in.leaf)
	if err != nil {
		v := cert.JudgeRaw(cert.Policy{}, [][]byte{in.leaf}, time.Time{}, nil)
		in.refusal = &v
		return nil
	}
	return append([]*x509.Certificate{leaf}, in.links...)
}

// readAnchors reads the CAs. One that cannot be read refuses: whoever names it
// must not believe in a set of CAs that is another (CVE-2026-27586).
func (c *certificateExplain) readAnchors(in *judged) error {
	for _, file := range c.CA {
		all, err := readCertificates(file)
		if err != nil {
			return err
		}
		for _, der := range all {
			anchor, err := cert.Parse(der)
			if err != nil {
				in.refuse(cert.CauseMalformed, "anchors", fmt.Sprintf("%s: %v", file, err))
				return nil
			}
			in.anchors = append(in.anchors, anchor)
		}
		if len(in.anchors) > maxCertificates {
			return fmt.Errorf("%w: more than %d CAs", errUnusable, maxCertificates)
		}
	}
	return nil
}

func (in *judged) refuse(cause cert.Cause, check, detail string) {
	in.refusal = &cert.Verdict{Cause: cause, Checks: []cert.Check{{Name: check, Detail: cert.Visible(detail, 500), Source: "RFC 5280, section 4.1"}}}
}

// readCertificates returns the DER of the certificates of a file: PEM with any
// number of them, DER with one, or PKCS#7.
func readCertificates(file string) ([][]byte, error) {
	data, err := readFile(file, maxCertificateFile)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		all := append(blocks(data, "CERTIFICATE"), blocks(data, "X509 CERTIFICATE")...)
		if len(all) > 0 {
			return all, nil
		}
	} else if _, err := cert.Parse(data); err == nil {
		return [][]byte{data}, nil
	}
	if bundle, err := cert.ParseBundle(data); err == nil {
		var all [][]byte
		for _, c := range bundle {
			all = append(all, c.Raw)
		}
		return all, nil
	}
	const sequence = 0x30 // what every certificate begins with
	if len(data) > 0 && data[0] == sequence {
		return [][]byte{data}, nil
	}
	return nil, fmt.Errorf("%w: %s holds no certificate", errUnusable, file)
}

// blocks returns the contents of the PEM blocks of a kind, or the data itself
// where it is no PEM.
func blocks(data []byte, kind string) (all [][]byte) {
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return [][]byte{data}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return all
		}
		if data = rest; block.Type == kind {
			all = append(all, block.Bytes)
		}
	}
}

// readFile reads a file of bounded size.
func readFile(name string, limit int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnusable, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errUnusable, err) // which names the file
	case len(data) > limit:
		return nil, fmt.Errorf("%w: %s has more than %d bytes", errUnusable, name, limit)
	}
	return data, nil
}
