package trust

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// Fetch gets what an address names, by GET or, where there is a body, by POST of
// an OCSP request. It keeps to the limits, follows no redirect and reaches no
// private address that the installation does not allow (T29).
type Fetch func(ctx context.Context, address string, body []byte, limit int64) ([]byte, error)

const (
	// refreshEvery is how often a list is fetched that holds longer: a revocation
	// shall not wait for a week.
	refreshEvery = time.Hour
	// claimed is how long a node has for one fetch before another may try.
	claimed = 2 * time.Minute
	// fetchTime is how long one fetch may take.
	fetchTime = time.Minute
	// firstRetry and lastRetry bound the pause after a failure.
	firstRetry = 15 * time.Second
	lastRetry  = time.Hour
	// filePrefix begins the source of a list in the installation's folder.
	filePrefix = "file:"
)

// Refresh fetches the lists whose time has come. Of several nodes one fetches
// each. It is called again and again, and does nothing where nothing is due.
func (s *Service) Refresh(ctx context.Context) error {
	if err := s.sync(ctx); err != nil {
		return err
	}
	var due []iam.RevocationList
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueRevocationLists()
		return err
	})
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(4)
	for _, row := range due {
		group.Go(func() error {
			mine := false
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				mine, err = tx.ClaimRevocationList(row, tx.Now().Add(claimed))
				return err
			})
			if err != nil || !mine {
				return err
			}
			if err := s.refresh(ctx, program(), row); err != nil && iam.AsError(err) == nil && !errors.Is(err, cert.ErrRevocationUnknown) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}

// refresh fetches one list and takes it in. What is wrong with it stays with the
// source, and the last good list in use.
func (s *Service) refresh(ctx context.Context, caller iam.Caller, row iam.RevocationList) error {
	ca, err := x509.ParseCertificate(row.Certificate)
	if err != nil {
		return fmt.Errorf("read the CA of list %s: %w", row.Source, err)
	}
	data, err := s.fetchList(ctx, row.Source)
	if err == nil {
		var list *cert.CRL
		list, err = s.take(ctx, caller, row, data, ca, func(l *cert.CRL) time.Time {
			return nextTry(s.DB.Now(), l.ThisUpdate, l.NextUpdate, rand.Float64())
		})
		if err == nil {
			err = list.Fresh(s.DB.Now()) // kept, because what it revokes counts; and still a fault
		}
	}
	var fault *cert.RevocationError
	if err == nil || !errors.As(err, &fault) {
		return err
	}
	row.Fault, row.FaultDetail = string(fault.Fault), cert.Visible(fault.Detail, 300)
	row.NextTryAt = retryAt(s.DB.Now(), row.Failures, rand.Float64())
	stored := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.FailRevocationList(row); err != nil {
			return err
		}
		if row.Failures > 0 && caller.Program {
			return nil // told when it began
		}
		e := listEvent(iam.EventListRefused, row)
		e.Outcome, e.Cause = iam.OutcomeRefused, row.Fault
		e.Details["detail"] = row.FaultDetail
		return s.Log.Write(tx, caller, e)
	})
	return errors.Join(err, stored)
}

// fetchList reads a source, whichever kind it is.
func (s *Service) fetchList(ctx context.Context, source string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	var data []byte
	var err error
	name, isFile := strings.CutPrefix(source, filePrefix)
	switch {
	case isFile && s.ReadFile != nil:
		data, err = s.ReadFile(name)
	case isFile:
		err = errors.New("no folder for lists is set")
	case s.Fetch != nil:
		data, err = s.Fetch(ctx, source, nil, cert.MaxCRLSize)
	default:
		err = errors.New("nothing is fetched here")
	}
	if err != nil {
		return nil, &cert.RevocationError{Fault: cert.FaultUnreachable, Detail: cert.Visible(err.Error(), 300)}
	}
	return data, nil
}

// nextTry is when a list is fetched again: after an hour, or, for those that hold
// shorter, when four fifths of their time are over, and always earlier by a
// random tenth, so that not all nodes and installations come at once.
func nextTry(now, thisUpdate, nextUpdate time.Time, random float64) time.Time {
	wait := refreshEvery
	if !nextUpdate.IsZero() {
		wait = min(wait, nextUpdate.Sub(thisUpdate)*4/5)
		if left := nextUpdate.Sub(now) * 4 / 5; left > 0 {
			wait = min(wait, left)
		}
	}
	wait -= time.Duration(random * float64(wait) / 10)
	return now.Add(max(wait, firstRetry))
}

// retryAt is when a source is asked again after its failures.
func retryAt(now time.Time, failures int64, random float64) time.Time {
	wait := min(firstRetry<<min(failures, 12), lastRetry)
	return now.Add(wait - time.Duration(random*float64(wait)/4))
}

// syncEvery is how often the sources are compared with the settings.
const syncEvery = 2 * time.Second

// sync makes the sources those that the settings of the login methods name.
func (s *Service) sync(ctx context.Context) error {
	now := s.DB.Now()
	s.mu.Lock()
	recent := now.Sub(s.synced) < syncEvery && !now.Before(s.synced)
	if !recent {
		s.synced = now
	}
	s.mu.Unlock()
	if recent {
		return nil
	}
	var providers []iam.Provider
	var rows []iam.RevocationList
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if providers, err = tx.Providers(); err != nil {
			return err
		}
		rows, err = tx.RevocationLists()
		return err
	})
	if err != nil {
		return err
	}
	s.forget(rows)
	missing, surplus := s.difference(ctx, providers, rows)
	if len(missing)+len(surplus) == 0 {
		return nil
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		for _, row := range missing {
			row.NextTryAt = tx.Now()
			if _, err := tx.AddRevocationList(row); err != nil {
				return err
			}
		}
		for _, row := range surplus {
			if err := tx.DeleteRevocationList(row.Provider, row.Authority, row.Source); err != nil && !iam.IsNotFound(err) {
				return err
			}
		}
		return nil
	})
}

// difference compares the settings with the sources.
func (s *Service) difference(ctx context.Context, providers []iam.Provider, rows []iam.RevocationList) (missing, surplus []iam.RevocationList) {
	type id struct {
		provider          iam.ProviderID
		authority, source string
	}
	wanted := map[id]iam.RevocationList{}
	settings := map[id]iam.CARevocation{}
	hosts := map[iam.ProviderID][]string{}
	for _, p := range providers {
		if p.Type != iam.ProviderCertificate || p.Settings.Certificate == nil {
			continue
		}
		for _, r := range p.Settings.Certificate.Revocation {
			ca, err := s.authority(p, r.CA)
			if iam.IsNotFound(err) {
				continue // a CA that was taken out
			}
			if err != nil {
				s.logError(ctx, "the CAs of a login method cannot be read", err, "method", p.ID)
				break
			}
			settings[id{p.ID, r.CA, ""}] = r
			if r.Mode == iam.RevocationNone {
				continue
			}
			hosts[p.ID] = append(hosts[p.ID], r.Hosts...)
			for _, source := range r.Lists {
				wanted[id{p.ID, r.CA, source}] = iam.RevocationList{Provider: p.ID, Authority: r.CA, Source: source, Certificate: ca.Raw}
			}
		}
	}
	for _, row := range rows {
		key := id{row.Provider, row.Authority, row.Source}
		_, known := settings[id{row.Provider, row.Authority, ""}]
		_, want := wanted[key]
		delete(wanted, key)
		switch {
		case want:
		case row.Learned && len(allowedAddresses([]string{row.Source}, hosts[row.Provider])) > 0:
		case strings.HasPrefix(row.Source, iam.SourceUpload) && known:
		default:
			surplus = append(surplus, row)
		}
	}
	for _, row := range wanted {
		missing = append(missing, row)
	}
	return missing, surplus
}

// RefreshNow fetches a list at an administrator's wish and waits for it.
func (s *Service) RefreshNow(ctx context.Context, caller iam.Caller, p iam.Provider, authority, source string) error {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return err
	}
	var row iam.RevocationList
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.RevocationList(p.ID, authority, source)
		return err
	})
	if err != nil {
		return err
	}
	if strings.HasPrefix(row.Source, iam.SourceUpload) {
		return iam.Invalid("source", "list_is_uploaded")
	}
	return unusable(s.refresh(ctx, caller, row))
}
