package cert

import (
	"crypto/x509"
	encodingasn1 "encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

// DeltaAddresses returns where a certificate says that the changes to the lists about
// it are (freshestCRL, RFC 5280, section 4.2.1.15). Nobody fetches them unasked.
func DeltaAddresses(c *x509.Certificate) []string {
	e, present := extension(c, oidFreshestCRL())
	if !present {
		return nil
	}
	return addressesOf(e.Value)
}

// DeltaAddresses returns where the list says that the changes to it are (section
// 5.2.6).
func (l *CRL) DeltaAddresses() []string { return slices.Clone(l.deltas) }

// WithoutWebAddress returns where a certificate says that the lists about it are, if
// none of these can be fetched from the web: addresses of LDAP directories, and names
// of entries in one. It reports false where one
// can be, or where none is named.
func WithoutWebAddress(c *x509.Certificate) (addresses []string, none bool) {
	e, present := extension(c, oidCRLDistributionPoints())
	if !present {
		return nil, false
	}
	addresses = addressesOf(e.Value)
	return addresses, !slices.ContainsFunc(addresses, onTheWeb)
}

func onTheWeb(address string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(address), ":")
	return scheme == "http" || scheme == "https"
}

// Remarks tell of what the certificates of a path name and Signet does not go by,
// below its anchor. They refuse nothing: what is not known is refused elsewhere.
func Remarks(path []*x509.Certificate) (all []Check) {
	for i := range max(len(path)-1, 0) {
		c := path[i]
		if addresses, none := WithoutWebAddress(c); none {
			all = append(all, Check{Name: "points", OK: true, Source: "RFC 5280, section 4.2.1.13", Detail: fmt.Sprintf(
				"%s names its lists by no web address (%s); LDAP is not supported: give the authority's lists an address, or upload them", nameText(c.RawSubject), listed(addresses))})
		}
		if addresses := DeltaAddresses(c); len(addresses) > 0 {
			all = append(all, Check{Name: "deltas", OK: true, Source: "RFC 5280, section 4.2.1.15", Detail: fmt.Sprintf(
				"%s names lists of changes (freshestCRL: %s), which are not fetched unasked: give the authority their address", nameText(c.RawSubject), listed(addresses))})
		}
	}
	return all
}

// Remarks tell of the lists of changes that lists name where no such list is there.
func (all *Lists) Remarks() (why []string) {
	for _, l := range all.lists {
		if l.base != nil || len(l.deltas) == 0 || slices.ContainsFunc(all.lists, func(delta *CRL) bool { return delta.base != nil && delta.replaces(l) }) {
			continue
		}
		why = append(why, fmt.Sprintf("%s names lists of changes (freshestCRL: %s), and none is given", l.text(), listed(l.deltas)))
	}
	return why
}

func listed(addresses []string) string {
	if len(addresses) == 0 {
		return "none at all"
	}
	return strings.Join(addresses, ", ")
}

// maxAddresses and maxAddressLength bound what is told of the addresses that somebody
// wrote into a certificate.
const maxAddresses, maxAddressLength = 8, 200

func addressesOf(der []byte) (addresses []string) {
	points, ok := readPointList(der, nil)
	if !ok {
		return nil
	}
	for _, p := range points {
		for _, n := range p.names {
			if n.form == formURI && len(addresses) < maxAddresses {
				addresses = append(addresses, Visible(n.text, maxAddressLength))
			}
		}
	}
	return addresses
}

func oidFreshestCRL() encodingasn1.ObjectIdentifier {
	return encodingasn1.ObjectIdentifier{2, 5, 29, 46}
}
