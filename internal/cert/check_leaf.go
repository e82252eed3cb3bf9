package cert

// checkLeaf refuses the certificate of a CA: its holder issues certificates and
// is nobody who signs in. A CA key that could also sign in would be used where
// it should rest.
func checkLeaf(s subject) Check {
	c := Check{Name: "leaf", OK: true, Detail: "an end-entity certificate", Source: "RFC 5280, section 4.2.1.9", cause: CauseNotAPerson}
	if leaf := s.leaf(); leaf.BasicConstraintsValid && leaf.IsCA {
		c.OK, c.Detail = false, "basicConstraints says that it is a CA"
	}
	return c
}
