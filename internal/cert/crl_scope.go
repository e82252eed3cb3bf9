package cert

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	encodingasn1 "encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// scope is what certificates a CRL is about (issuingDistributionPoint, RFC 5280,
// section 5.2.5). The zero value is about all of its issuer.
type scope struct {
	points   [][]byte // DER of the names of its distribution point; none means any
	onlyUser bool
	onlyCA   bool
}

func oidIssuingDistributionPoint() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 28}
}

func oidDeltaCRLIndicator() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 27}
}

func oidCRLDistributionPoints() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 31}
}

// readScope reads the extensions of a CRL and refuses those by which it says
// less than it seems to.
func readScope(all []pkix.Extension) (s scope, err error) {
	for i, e := range all {
		if slices.ContainsFunc(all[:i], func(other pkix.Extension) bool { return other.Id.Equal(e.Id) }) {
			return s, fault(FaultGarbled, "the extension %s stands twice", e.Id)
		}
	}
	for _, e := range all {
		switch {
		case e.Id.Equal(oidDeltaCRLIndicator()):
			return s, fault(FaultDelta, "it holds changes only")
		case e.Id.Equal(oidIssuingDistributionPoint()):
			if s, err = readIssuingPoint(e.Value); err != nil {
				return s, err
			}
		}
	}
	return s, criticalOf(all, func(e pkix.Extension) bool { return e.Id.Equal(oidIssuingDistributionPoint()) })
}

func readIssuingPoint(der []byte) (s scope, err error) {
	garbled := fault(FaultGarbled, "issuingDistributionPoint cannot be read")
	value := cryptobyte.String(der)
	var in, point, reasons cryptobyte.String
	var hasPoint, someReasons, indirect, attributes bool
	tag := func(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific() }
	if !value.ReadASN1(&in, asn1.SEQUENCE) || !value.Empty() ||
		!in.ReadOptionalASN1(&point, &hasPoint, tag(0).Constructed()) ||
		!readFlag(&in, &s.onlyUser, tag(1)) || !readFlag(&in, &s.onlyCA, tag(2)) ||
		!in.ReadOptionalASN1(&reasons, &someReasons, tag(3)) ||
		!readFlag(&in, &indirect, tag(4)) || !readFlag(&in, &attributes, tag(5)) || !in.Empty() {
		return s, garbled
	}
	switch {
	case indirect:
		return s, fault(FaultIndirect, "it may hold certificates of other CAs")
	case someReasons:
		return s, fault(FaultScope, "it holds certificates that were revoked for some reasons only")
	case attributes:
		return s, fault(FaultScope, "it is about attribute certificates")
	case s.onlyUser && s.onlyCA:
		return s, garbled
	}
	if hasPoint {
		var ok bool
		if s.points, ok = fullNames(point); !ok || len(s.points) == 0 {
			return s, fault(FaultScope, "the name of its distribution point is of a form that is not read")
		}
	}
	return s, nil
}

// readFlag reads an implicitly tagged BOOLEAN DEFAULT FALSE.
func readFlag(in *cryptobyte.String, flag *bool, tag asn1.Tag) bool {
	var value cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&value, &present, tag) {
		return false
	}
	*flag = present && len(value) == 1 && value[0] != 0
	return !present || len(value) == 1
}

// fullNames reads a DistributionPointName that is a fullName, and returns the
// DER of its names. A name relative to the issuer (tag 1) is not read.
func fullNames(name cryptobyte.String) (names [][]byte, ok bool) {
	var all cryptobyte.String
	if !name.ReadASN1(&all, asn1.Tag(0).Constructed().ContextSpecific()) || !name.Empty() {
		return nil, false
	}
	for !all.Empty() {
		var one cryptobyte.String
		var tag asn1.Tag
		if !all.ReadAnyASN1Element(&one, &tag) {
			return nil, false
		}
		names = append(names, bytes.Clone(one))
	}
	return names, true
}

// covers returns why a list of this scope says nothing about the certificate.
func (s scope) covers(leaf *x509.Certificate) error {
	ca := leaf.BasicConstraintsValid && leaf.IsCA
	switch {
	case s.onlyUser && ca:
		return fault(FaultScope, "it is about certificates of people, not of CAs")
	case s.onlyCA && !ca:
		return fault(FaultScope, "it is about certificates of CAs")
	case len(s.points) == 0:
		return nil
	}
	for _, name := range pointNames(leaf) {
		if slices.ContainsFunc(s.points, func(p []byte) bool { return bytes.Equal(p, name) }) {
			return nil
		}
	}
	return fault(FaultScope, "it is of another distribution point than the certificate names")
}

// pointNames returns the DER of the names of a certificate's CRL distribution
// points (section 4.2.1.13). Those of an indirect CRL are left out.
func pointNames(c *x509.Certificate) (names [][]byte) {
	e, ok := extension(c, oidCRLDistributionPoints())
	if !ok {
		return nil
	}
	value := cryptobyte.String(e.Value)
	var points cryptobyte.String
	if !value.ReadASN1(&points, asn1.SEQUENCE) {
		return nil
	}
	for !points.Empty() {
		var point, name, rest cryptobyte.String
		var named, reasons, indirect bool
		if !points.ReadASN1(&point, asn1.SEQUENCE) ||
			!point.ReadOptionalASN1(&name, &named, asn1.Tag(0).Constructed().ContextSpecific()) ||
			!point.ReadOptionalASN1(&rest, &reasons, asn1.Tag(1).ContextSpecific()) ||
			!point.ReadOptionalASN1(&rest, &indirect, asn1.Tag(2).Constructed().ContextSpecific()) {
			return names
		}
		if !named || indirect {
			continue
		}
		if found, ok := fullNames(name); ok {
			names = append(names, found...)
		}
	}
	return names
}

// Part names which part of its issuer's certificates a list is about, for those
// who keep several beside each other; empty where it is about all.
func (l *CRL) Part() string {
	if len(l.scope.points) == 0 && !l.scope.onlyCA && !l.scope.onlyUser {
		return ""
	}
	h := sha256.New()
	for _, p := range l.scope.points {
		h.Write(p)
	}
	return fmt.Sprintf("%t%t%x", l.scope.onlyUser, l.scope.onlyCA, h.Sum(nil)[:8])
}
