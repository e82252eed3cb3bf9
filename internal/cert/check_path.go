package cert

import "fmt"

// checkPath tells of the path that was found. Its signatures were verified while
// it was built, except a weak one, which makes it worthless.
func checkPath(s subject) Check {
	last := s.path.chain[len(s.path.chain)-1]
	c := Check{Name: "path", OK: true, Source: "RFC 5280, section 6.1.3 (a)(1)", cause: CauseTooWeak}
	// The common name is there already; a whole name costs a twentieth of a
	// judgement to write.
	name := Visible(last.Subject.CommonName, maxValueLength)
	if name == "" {
		name = nameText(last.RawSubject)
	}
	c.Detail = fmt.Sprintf("%d certificates up to %s", len(s.path.chain), name)
	if weak := s.path.weak; weak != nil {
		c.OK = false
		c.Detail = fmt.Sprintf("the signature of %s (%s) cannot be relied on", nameText(weak.RawSubject), signatureText(weak))
	}
	return c
}
