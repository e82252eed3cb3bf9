package trust

import "signet/internal/iam"

// checkCreation refuses a rule for new accounts that could never make one, or one
// that nobody has agreed to.
func checkCreation(p iam.Provider) error {
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
	default:
		return nil
	}
}
