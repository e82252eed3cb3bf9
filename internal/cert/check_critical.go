package cert

import "encoding/asn1"

// checkCritical refuses extensions that must be understood and are not.
func checkCritical(s subject) Check {
	c := Check{Name: "critical", OK: true, Detail: "every critical extension is understood", Source: "RFC 5280, sections 4.2 and 6.1.5 (f)", cause: CauseConstraint}
	for _, in := range s.path.chain {
		for _, id := range in.UnhandledCriticalExtensions {
			if !handled(id) {
				c.OK, c.Detail = false, nameText(in.RawSubject)+": a critical extension "+id.String()+" that is not understood"
				return c
			}
		}
	}
	return c
}

// handled knows what our checks obey though Go's parser gives it up: constraints
// on directory names (checkNames), and alternative names of forms that it does
// not read, which speak for nobody here but where a name constraint holds them.
func handled(id asn1.ObjectIdentifier) bool {
	return id.Equal(oidNameConstraints()) || id.Equal(oidSubjectAltName())
}
