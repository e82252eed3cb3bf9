package identity

import (
	"context"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

// known is a value by which a certificate can be announced.
type known struct {
	kind          iam.AnnouncedKind
	issuer, value string
}

func knownOf(a iam.Announced) known { return known{a.Kind, a.Issuer, a.Value} }

// linkedPage is how many identifiers are looked at in one transaction.
const linkedPage = 1000

// linkedAlready finds whose linked certificates have one of the values that somebody
// wants to announce in a login method. They would wait for ever, since whoever has a
// certificate is found by its key before anything that was announced. It reads every
// identifier of the method, and therefore not in the transaction that announces, for
// which all others wait: a certificate that is linked in between makes the
// announcement useless, and nothing worse.
func (s *Service) linkedAlready(ctx context.Context, id iam.ProviderID, wanted func(iam.Provider, []trust.Issuer) []iam.Announced) (map[known]iam.UserID, error) {
	var p iam.Provider
	var issuers []trust.Issuer
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		p, issuers, err = announcing(tx, id)
		return err
	}); err != nil {
		return nil, err
	}
	linked := map[known]iam.UserID{}
	for _, a := range wanted(p, issuers) {
		linked[knownOf(a)] = ""
	}
	if len(linked) == 0 {
		return linked, nil
	}
	for after, more := iam.IdentityID(""), true; more; {
		var page []iam.Identity
		if err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			page, err = tx.IdentitiesAfter(p.ID, after, linkedPage)
			return err
		}); err != nil {
			return nil, err
		}
		for _, i := range page {
			for _, v := range values(p, i.Certificate) {
				if _, asked := linked[knownOf(v)]; asked {
					linked[knownOf(v)] = i.User
				}
			}
			after = i.ID
		}
		more = len(page) == linkedPage
	}
	return linked, nil
}

// announcedLinked refuses to announce what is linked. The subject is a name: the next
// certificate of the same person bears it too, and is what they are announced for.
func announcedLinked(tx *store.Tx, caller iam.Caller, a iam.Announced, linked map[known]iam.UserID) error {
	holder := linked[knownOf(a)]
	switch {
	case holder == "", holder == a.User && a.Kind.Weak():
		return nil
	case holder == a.User:
		return iam.Invalid("value", "announced_linked_already")
	case !caller.May(iam.ViewUsers, iam.System()):
		return iam.Invalid("value", "announced_linked_to_somebody")
	}
	person, err := tx.User(holder)
	if iam.IsNotFound(err) { // gone since it was looked for
		return nil
	} else if err != nil {
		return err
	}
	wrong := iam.Invalid("value", "announced_linked_to_another")
	wrong.Params = map[string]string{"Login": person.Login}
	return wrong
}
