package cert

import (
	"crypto/x509"
	encodingasn1 "encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// reasons is a set of reasons for revocation (ReasonFlags, RFC 5280, section
// 4.2.1.13), a bit each.
type reasons uint16

// allReasons are those of bits 1 to 8; bit 0 is unused.
const allReasons reasons = 0x1fe

// point is a distribution point of a certificate, or that of a list.
type point struct {
	names   []generalName // none where it has no name
	reasons reasons
	issuers [][]string // canonical names of cRLIssuer; none for the issuer of the certificate
}

// issuingPoint is the issuingDistributionPoint of a list (section 5.2.5).
type issuingPoint struct {
	names                                      []generalName
	reasons                                    reasons
	onlyUser, onlyCA, onlyAttributes, indirect bool
}

// readIssuingPointOf reads what a list is about; der is empty where the list does
// not say, and is about all then.
func readIssuingPointOf(der []byte, issuer []string) (p issuingPoint, err error) {
	p.reasons = allReasons
	if len(der) == 0 {
		return p, nil
	}
	garbled := fmt.Errorf("issuingDistributionPoint cannot be read")
	value := cryptobyte.String(der)
	var in, name, some cryptobyte.String
	var named, limited bool
	tag := func(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific() }
	if !value.ReadASN1(&in, asn1.SEQUENCE) || !value.Empty() ||
		!in.ReadOptionalASN1(&name, &named, tag(0).Constructed()) ||
		!readFlag(&in, &p.onlyUser, tag(1)) || !readFlag(&in, &p.onlyCA, tag(2)) ||
		!in.ReadOptionalASN1(&some, &limited, tag(3)) ||
		!readFlag(&in, &p.indirect, tag(4)) || !readFlag(&in, &p.onlyAttributes, tag(5)) || !in.Empty() || p.onlyUser && p.onlyCA {
		return p, garbled
	}
	var ok bool
	if limited {
		if p.reasons, ok = readReasons(some); !ok {
			return p, garbled
		}
	}
	if named {
		if p.names, ok = readPointName(name, issuer); !ok {
			return p, garbled
		}
	}
	return p, nil
}

// readPoints reads the distribution points of a certificate (section 4.2.1.13).
func readPoints(c *x509.Certificate, own []string) (all []point, ok bool) {
	e, present := extension(c, oidCRLDistributionPoints())
	if !present {
		return nil, true
	}
	return readPointList(e.Value, own)
}

// readPointList reads CRLDistributionPoints, the syntax of freshestCRL too.
func readPointList(der []byte, own []string) (all []point, ok bool) {
	value := cryptobyte.String(der)
	var list cryptobyte.String
	if !value.ReadASN1(&list, asn1.SEQUENCE) || !value.Empty() {
		return nil, false
	}
	for !list.Empty() {
		var in, name, some, issuers cryptobyte.String
		var named, limited, others bool
		if !list.ReadASN1(&in, asn1.SEQUENCE) ||
			!in.ReadOptionalASN1(&name, &named, asn1.Tag(0).Constructed().ContextSpecific()) ||
			!in.ReadOptionalASN1(&some, &limited, asn1.Tag(1).ContextSpecific()) ||
			!in.ReadOptionalASN1(&issuers, &others, asn1.Tag(2).Constructed().ContextSpecific()) || !in.Empty() {
			return nil, false
		}
		p := point{reasons: allReasons}
		relativeTo := own
		if limited {
			if p.reasons, ok = readReasons(some); !ok {
				return nil, false
			}
		}
		if others {
			names, ok := readGeneralNames(issuers)
			if !ok {
				return nil, false
			}
			for _, n := range names {
				if n.form == formDirectory {
					p.issuers = append(p.issuers, n.rdns)
				}
			}
			if len(p.issuers) == 0 {
				return nil, false
			}
			relativeTo = p.issuers[0]
		}
		if named {
			if p.names, ok = readPointName(name, relativeTo); !ok {
				return nil, false
			}
		}
		all = append(all, p)
	}
	return all, true
}

// readPointName reads a DistributionPointName: names, or an RDN to put behind the
// name of the issuer of the list.
func readPointName(in cryptobyte.String, issuer []string) ([]generalName, bool) {
	var value cryptobyte.String
	var tag asn1.Tag
	if !in.ReadAnyASN1(&value, &tag) || !in.Empty() {
		return nil, false
	}
	switch tag {
	case asn1.Tag(0).Constructed().ContextSpecific():
		names, ok := readGeneralNames(value)
		return names, ok && len(names) > 0
	case asn1.Tag(1).Constructed().ContextSpecific():
		rdn, ok := canonicalRDN(value)
		return []generalName{{form: formDirectory, rdns: append(slices.Clone(issuer), rdn)}}, ok && len(value) > 0
	default:
		return nil, false
	}
}

func readReasons(bits cryptobyte.String) (r reasons, ok bool) {
	if len(bits) < 2 || len(bits) > 3 || bits[0] > 7 {
		return 0, false
	}
	for i := range reasons(9) {
		if int(1+i/8) < len(bits) && bits[1+i/8]&(0x80>>(i%8)) != 0 {
			r |= 1 << i
		}
	}
	return r & allReasons, true
}

// meet reports whether two lists of names have one in common.
func meet(a, b []generalName) bool {
	return slices.ContainsFunc(a, func(n generalName) bool { return slices.ContainsFunc(b, n.equal) })
}

// covers says why a list with this issuingDistributionPoint says nothing about
// the certificate by way of the point (section 6.3.3 (b)(2)), or nothing.
func (p issuingPoint) covers(via point, c *x509.Certificate) string {
	ca := c.BasicConstraintsValid && c.IsCA
	switch {
	case p.onlyUser && ca:
		return "it is about certificates of people, not of CAs"
	case p.onlyCA && !ca:
		return "it is about certificates of CAs"
	case len(p.names) == 0:
		return ""
	}
	names := via.names
	if len(names) == 0 {
		for _, issuer := range via.issuers {
			names = append(names, generalName{form: formDirectory, rdns: issuer})
		}
	}
	if !meet(p.names, names) {
		return "it is of another distribution point"
	}
	return ""
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

func oidIssuingDistributionPoint() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 28}
}

func oidDeltaCRLIndicator() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 27}
}

func oidCRLDistributionPoints() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 31}
}
