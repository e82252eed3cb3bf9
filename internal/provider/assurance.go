package provider

import (
	"context"
	"slices"

	"signet/internal/iam"
	"signet/internal/store"
)

// ACRValues returns what a sign-in can be told as here, weakest first, then the
// values of the system's own login methods. Those of an organization are not
// published to everybody. What a proxy says counts where there is one.
func (s *Service) ACRValues(ctx context.Context, proxy bool) (values []string, err error) {
	var all []iam.Provider
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) { all, err = tx.Providers(); return err }); err != nil {
		return nil, err
	}
	given := map[string]bool{}
	var own []string
	for _, p := range all {
		settings := p.Settings.Certificate
		if p.Type != iam.ProviderCertificate || settings == nil {
			given[iam.ACRPassword] = given[iam.ACRPassword] || p.Type == iam.ProviderPassword
			continue
		}
		given[iam.ACRPhishingResistant] = true
		given[iam.ACRForwarded] = given[iam.ACRForwarded] || proxy && !settings.RequireForwardedCertificate
		for _, r := range settings.Assurance {
			given[iam.ACRHardware] = given[iam.ACRHardware] || r.Assurance().Strength == iam.StrengthCard
			if r.ACR != "" && p.Scope.Level == iam.LevelSystem && !slices.Contains(own, r.ACR) {
				own = append(own, r.ACR)
			}
		}
	}
	for _, acr := range iam.ACRValues() {
		if given[acr] {
			values = append(values, acr)
		}
	}
	slices.Sort(own)
	return append(values, own...), nil
}
