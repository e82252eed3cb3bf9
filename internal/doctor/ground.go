package doctor

import (
	"context"
	"errors"
	"strconv"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// database looks whether the store answers and has this program's schema.
func (i Installation) database(ctx context.Context) []iam.Finding {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	engine := string(i.DB.Engine())
	if err := i.DB.Ping(ctx); err != nil {
		return []iam.Finding{finding(iam.FindingError, "database", "unreachable", engine)}
	}
	switch err := i.DB.CheckMigrated(ctx); {
	case errors.Is(err, store.ErrPending):
		return []iam.Finding{finding(iam.FindingError, "database", "pending", engine)}
	case err != nil:
		return []iam.Finding{finding(iam.FindingError, "database", "unreachable", engine)}
	}
	return []iam.Finding{ok("database", engine)}
}

// methods looks at what the certificate methods trust.
func (i Installation) methods(ctx context.Context) []iam.Finding {
	var all []iam.Provider
	err := i.DB.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Providers()
		return err
	})
	if err != nil {
		return []iam.Finding{finding(iam.FindingError, "database", "unreachable", string(i.DB.Engine()))}
	}
	var found []iam.Finding
	methods := 0
	for _, p := range all {
		if p.Type != iam.ProviderCertificate {
			continue
		}
		methods++
		found = append(found, i.method(ctx, p)...)
		if p.Settings.Certificate != nil {
			found = append(found, i.revocation(ctx, p)...)
		}
	}
	if methods == 0 {
		return []iam.Finding{finding(iam.FindingNote, "method", "none", "")}
	}
	return append(found, i.named(ctx)...)
}

func (i Installation) method(ctx context.Context, p iam.Provider) []iam.Finding {
	policy, err := i.Trust.Policy(ctx, p)
	if err != nil {
		return []iam.Finding{finding(iam.FindingError, "method", "unreadable", p.Name)}
	}
	var found []iam.Finding
	usable := 0
	for _, ca := range policy.Anchors {
		facts := cert.Read(ca)
		name := facts.CommonName
		if name == "" {
			name = facts.Subject
		}
		switch left := ca.NotAfter.Sub(i.Now()); {
		case left <= 0:
			found = append(found, finding(iam.FindingWarning, "method", "ca_expired", p.Name, "CA", name))
		case left < caNotice:
			usable++
			found = append(found, finding(iam.FindingWarning, "method", "ca_expires_soon", p.Name, "CA", name, "Days", days(left)))
		default:
			usable++
		}
	}
	if usable == 0 {
		return []iam.Finding{finding(iam.FindingError, "method", "no_valid_ca", p.Name)}
	}
	if len(found) == 0 {
		found = append(found, ok("method", p.Name))
	}
	return found
}

// named looks whether the names of all CAs fit into a handshake: without them
// browsers offer every certificate that they have (RFC 8446, section 4.2.4).
func (i Installation) named(ctx context.Context) []iam.Finding {
	names, err := i.Trust.Subjects(ctx, "")
	if err != nil {
		return nil // said for the method that it is about
	}
	if names == nil {
		return []iam.Finding{finding(iam.FindingWarning, "names", "too_many", "")}
	}
	size := 0
	//lint:ignore SA1019 what is missing are the system's, and these are ours
	for _, subject := range names.Subjects() {
		size += 2 + len(subject)
	}
	f := ok("names", "")
	f.Params = map[string]string{"Bytes": strconv.Itoa(size)}
	return []iam.Finding{f}
}

// oldKey is how long a signing key is used before something must be wrong with
// its rotation.
const oldKey = 120 * 24 * time.Hour

// people looks who can administer, and by which keys tokens are signed.
func (i Installation) people(ctx context.Context) []iam.Finding {
	var administrators int64
	var keys []iam.SigningKey
	err := i.DB.View(ctx, func(tx *store.Tx) (err error) {
		if administrators, err = tx.CountActiveHolders(iam.RoleSystemAdministrator, iam.System()); err != nil {
			return err
		}
		keys, err = tx.SigningKeys()
		return err
	})
	if err != nil {
		return []iam.Finding{finding(iam.FindingError, "database", "unreachable", string(i.DB.Engine()))}
	}
	var found []iam.Finding
	switch administrators {
	case 0:
		found = append(found, finding(iam.FindingError, "administrators", "none", ""))
	case 1:
		found = append(found, finding(iam.FindingNote, "administrators", "one", ""))
	default:
		found = append(found, ok("administrators", ""))
	}
	var newest time.Time
	for _, k := range keys {
		if k.RetiredAt.IsZero() && !k.ActiveFrom.After(i.Now()) && k.ActiveFrom.After(newest) {
			newest = k.ActiveFrom
		}
	}
	switch age := i.Now().Sub(newest); {
	case newest.IsZero():
		found = append(found, finding(iam.FindingError, "keys", "none", ""))
	case age > oldKey:
		found = append(found, finding(iam.FindingWarning, "keys", "old", "", "Days", days(age)))
	default:
		found = append(found, ok("keys", ""))
	}
	return found
}
