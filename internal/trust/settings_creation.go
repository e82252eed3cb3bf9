package trust

import (
	"crypto/x509"
	"slices"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
)

// checkCreation refuses a rule for new accounts that could never make one, or one
// that nobody has agreed to for all of its trusted CAs.
func checkCreation(p iam.Provider, anchors []*x509.Certificate) error {
	c := p.Settings.Certificate.Creation
	if c == nil {
		return nil
	}
	if err := checkRule(c.Login, "creation", ""); err != nil {
		return err
	}
	switch {
	case c.Login.Field != iam.FieldLogin && c.Login.Field != iam.FieldLocal:
		return iam.Invalid("creation", "creation_of_no_login")
	case p.Scope.Level != iam.LevelSystem && c.Login.Field == iam.FieldLogin && (c.Login.Source == iam.NameEmail || c.Login.Source == iam.NameUPN):
		return iam.Invalid("creation", "creation_address_as_login")
	case c.Vouched && !c.Email:
		return iam.Invalid("creation", "creation_vouches_for_nothing")
	case c.Vouched && p.Scope.Level != iam.LevelSystem:
		return iam.Invalid("creation", "creation_vouches_below_system")
	case !c.Accepted:
		return iam.Invalid("creation_accepted", "creation_not_accepted")
	}
	if names := unagreed(*c, anchors); len(names) > 0 {
		return with(iam.Invalid("creation_anew", "creation_not_accepted_anew"), "Names", strings.Join(names, ", "))
	}
	return nil
}

// unagreed names the trusted CAs to whose people nobody has agreed to give accounts.
func unagreed(c iam.Creation, anchors []*x509.Certificate) (names []string) {
	if len(c.Authorities) == 0 {
		return nil
	}
	for _, a := range anchors {
		name := cert.Read(a).CommonName
		if name == "" {
			name = cert.Read(a).Subject
		}
		if !slices.Contains(c.Authorities, cert.AuthorityID(a)) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Agree writes down for which CAs an administrator has agreed that everybody with a
// certificate gets an account: for all of them where the rule is new, else for those
// for which it was agreed before, and for those that are added if their mark was given
// along. It returns the names of what is added and its mark: who agrees has seen the
// names, and agrees to nothing else.
func Agree(was *iam.CertificateSettings, now iam.CertificateSettings, given string) (s iam.CertificateSettings, names []string, mark string) {
	if now.Creation == nil || !now.Creation.Accepted {
		return now, nil, ""
	}
	anchors, err := cert.ParseBundle([]byte(now.Anchors))
	if err != nil {
		return now, nil, "" // which is refused for itself
	}
	c := *now.Creation
	c.Authorities = authorityIDs(anchors)
	if was != nil && was.Creation != nil && was.Creation.Accepted {
		before := *was.Creation
		if len(before.Authorities) == 0 { // for whoever was trusted then
			stored, err := cert.ParseBundle([]byte(was.Anchors))
			if err != nil {
				return now, nil, ""
			}
			before.Authorities = authorityIDs(stored)
		}
		added := slices.DeleteFunc(slices.Clone(c.Authorities), func(id string) bool { return slices.Contains(before.Authorities, id) })
		if names, mark = unagreed(before, anchors), strings.Join(added, " "); mark != given {
			c.Authorities = before.Authorities
		}
	}
	now.Creation = &c
	return now, names, mark
}

func authorityIDs(all []*x509.Certificate) (ids []string) {
	for _, c := range all {
		ids = append(ids, cert.AuthorityID(c))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
