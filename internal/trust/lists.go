package trust

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// loadedList is the key of a list in memory, the hash of its bytes: it is the same
// for however many login methods and CAs. Who signed it stands in it, and whether
// that one may speak is asked at each sign-in.
type loadedList [sha256.Size]byte

// list returns the last good list of a source, from memory or from the store,
// where it is verified anew: what stands in a database is not believed either.
func (s *Service) list(ctx context.Context, row iam.RevocationList) (*cert.CRL, error) {
	if len(row.DataHash) != sha256.Size {
		return nil, &cert.RevocationError{Fault: cert.FaultNotLoaded, Detail: row.Source}
	}
	key := loadedList(row.DataHash)
	as := unreadList{key, row.Provider, row.Authority}
	s.mu.Lock()
	list, ok := s.loaded[key]
	failed := s.unread[as]
	s.mu.Unlock()
	if ok {
		return list, nil
	}
	if age := s.DB.Now().Sub(failed.at); failed.err != nil && age >= 0 && age < unreadFor {
		return nil, failed.err
	}
	// Of many sign-ins that want a list which is not in memory one reads it.
	value, err, _ := s.loading.Do(string(key[:])+string(row.Provider)+row.Authority, func() (any, error) {
		var data []byte
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			data, err = tx.RevocationData(row.DataHash)
			return err
		})
		if err != nil {
			return nil, errors.Join(cert.ErrRevocationUnknown, err)
		}
		ca, err := x509.ParseCertificate(row.Certificate)
		if err != nil {
			return nil, errors.Join(cert.ErrRevocationUnknown, err)
		}
		signers, err := s.signers(ctx, row.Provider, ca)
		if err != nil {
			return nil, err
		}
		list, err := cert.ReadCRL(data, signers...)
		if err != nil {
			s.rememberUnread(as, err)
			return nil, err
		}
		s.remember(key, list)
		return list, nil
	})
	if err != nil {
		return nil, err
	}
	return value.(*cert.CRL), nil
}

// unreadList is a stored list that cannot be used for a CA of a login method, such
// as one whose signer is no CA of it any more.
type unreadList struct {
	list      loadedList
	provider  iam.ProviderID
	authority string
}

// unreadable is why, and since when.
type unreadable struct {
	err error
	at  time.Time
}

// unreadFor is how long such a list is not read again: every sign-in would read
// megabytes for nothing.
const unreadFor = 10 * time.Second

func (s *Service) rememberUnread(as unreadList, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unread == nil || len(s.unread) >= maxCached {
		s.unread = map[unreadList]unreadable{}
	}
	s.unread[as] = unreadable{err, s.DB.Now()}
}

func (s *Service) remember(key loadedList, list *cert.CRL) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded == nil {
		s.loaded = map[loadedList]*cert.CRL{}
	}
	s.loaded[key] = list
}

// forget frees the lists that no source has any more.
func (s *Service) forget(rows []iam.RevocationList) {
	used := map[loadedList]bool{}
	for _, row := range rows {
		if len(row.DataHash) == sha256.Size {
			used[loadedList(row.DataHash)] = true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.loaded {
		if !used[key] {
			delete(s.loaded, key)
		}
	}
}

// signers are those who may sign the lists of a CA: itself, and the other CAs of
// the login method, where it has another key for its lists or somebody else keeps
// them (indirect CRLs). Whether one of these may is judged with each certificate.
func (s *Service) signers(ctx context.Context, id iam.ProviderID, ca *x509.Certificate) ([]*x509.Certificate, error) {
	var p iam.Provider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.Provider(id)
		return err
	})
	if err != nil {
		return nil, errors.Join(cert.ErrRevocationUnknown, err)
	}
	b, err := s.bundlesOf(p)
	if err != nil {
		return nil, errors.Join(cert.ErrRevocationUnknown, err)
	}
	return slices.Concat([]*x509.Certificate{ca}, b.anchors, b.intermediates), nil
}

// read reads a new list for a CA. One that another key of the same name has signed
// is of this CA only if both have a path to one anchor: two CAs of one name are
// two (T21), and the page must not call fresh what no sign-in will go by.
func (s *Service) read(ctx context.Context, provider iam.ProviderID, data []byte, ca *x509.Certificate) (*cert.CRL, error) {
	if list, err := cert.ReadCRL(data, ca); err == nil {
		return list, nil
	}
	signers, err := s.signers(ctx, provider, ca)
	if err != nil {
		return nil, err
	}
	var related []*x509.Certificate
	for _, other := range signers[1:] {
		if cert.SameAnchor(signers[1:], ca, other, s.DB.Now()) {
			related = append(related, other)
		}
	}
	list, err := cert.ReadCRL(data, append([]*x509.Certificate{ca}, related...)...)
	if err != nil {
		return nil, err
	}
	return list, list.About(ca)
}

// take takes a new list of a source in, if it is newer than the one that is
// there, and draws its consequences.
func (s *Service) take(ctx context.Context, caller iam.Caller, row iam.RevocationList, data []byte, ca *x509.Certificate, next func(*cert.CRL) time.Time) (*cert.CRL, error) {
	list, err := s.read(ctx, row.Provider, data, ca)
	if err != nil {
		return nil, err
	}
	now := s.DB.Now()
	var fault *cert.RevocationError
	if err := list.Fresh(now); errors.As(err, &fault) && fault.Fault == cert.FaultFuture {
		return nil, fault
	}
	if row.DataHash != nil {
		last, err := s.list(ctx, row)
		switch {
		case err != nil:
			s.logError(ctx, "the last list of a source cannot be read", err, "source", row.Source)
		case list.Part() != last.Part():
			// In the place of what it gave before, this would make forgotten what that has
			// revoked. An administrator who wants it takes the source out and adds it again.
			return nil, &cert.RevocationError{Fault: cert.FaultOtherKind, Detail: fmt.Sprintf("%s, and before %s", kindText(list), kindText(last))}
		case !list.After(last):
			return nil, &cert.RevocationError{Fault: cert.FaultOlder, Detail: fmt.Sprintf("it is of %s, and one of %s is known",
				list.ThisUpdate.Format(time.RFC3339), last.ThisUpdate.Format(time.RFC3339))}
		}
	}
	sum := sha256.Sum256(data)
	known := string(sum[:]) == string(row.DataHash)
	recovered := row.Failures > 0 || row.DataHash == nil
	row.Certificate, row.DataHash, row.ThisUpdate, row.NextUpdate, row.Entries, row.NextTryAt = ca.Raw, sum[:], list.ThisUpdate, list.NextUpdate, int64(list.Len()), next(list)
	row.Number, row.Kind = cert.Visible(list.Number.String(), 60), string(list.Kind())
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.KeepRevocationList(row, data); err != nil {
			return err
		}
		if err := tx.SweepRevocationData(); err != nil {
			return err
		}
		if !recovered && caller.Program {
			return nil // every hour another is everyday life
		}
		return s.Log.Write(tx, caller, listEvent(iam.EventListReceived, row))
	})
	if err != nil {
		return nil, err
	}
	s.remember(sum, list)
	if known {
		return list, nil
	}
	return list, s.applyList(ctx, row.Provider, list, ca)
}

func kindText(l *cert.CRL) string { return strings.TrimSpace(string(l.Kind()) + " " + l.Part()) }

func listEvent(kind iam.EventKind, row iam.RevocationList) iam.Event {
	e := iam.Event{Kind: kind, Provider: row.Provider, Details: map[string]string{"source": cert.Visible(row.Source, 200)}}
	if c, err := x509.ParseCertificate(row.Certificate); err == nil {
		e.Details["authority"] = cert.Read(c).Subject
	}
	if kind == iam.EventListReceived {
		e.Details["as_of"] = row.ThisUpdate.UTC().Format(time.RFC3339)
		e.Details["entries"] = fmt.Sprint(row.Entries)
	}
	return e
}

// Upload takes a CRL in that an administrator brings for a CA of the login
// method. What is wrong with it is an Invalid with the cause "crl_<fault>".
//
//i18n:keys error.crl_* cert.Fault
func (s *Service) Upload(ctx context.Context, caller iam.Caller, p iam.Provider, authority string, data []byte) (*cert.CRL, error) {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return nil, err
	}
	ca, err := s.authority(p, authority)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, iam.Invalid("file", "crl_missing")
	}
	row := iam.RevocationList{Provider: p.ID, Authority: authority, Source: iam.SourceUpload, Certificate: ca.Raw}
	list, err := s.read(ctx, p.ID, data, ca)
	if err != nil {
		return nil, unusable(err)
	}
	if list.Part() != "" {
		row.Source += ":" + list.Part() // lists that are split stand beside each other, and the changes to them
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		known, err := tx.RevocationList(p.ID, authority, row.Source)
		if err == nil {
			row = known
		}
		if iam.IsNotFound(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if row.DataHash == nil {
		// The row must be there before the list.
		if err := s.DB.Update(ctx, func(tx *store.Tx) error { _, err := tx.AddRevocationList(row); return err }); err != nil {
			return nil, err
		}
	}
	list, err = s.take(ctx, caller, row, data, ca, func(*cert.CRL) time.Time { return time.Time{} })
	return list, unusable(err)
}

// unusable turns a fault of a list into a refusal that a form can show.
func unusable(err error) error {
	var fault *cert.RevocationError
	if errors.As(err, &fault) {
		return below(iam.Invalid("file", "crl_"+string(fault.Fault)), err)
	}
	return err
}

// authority returns a CA of the login method.
func (s *Service) authority(p iam.Provider, id string) (*x509.Certificate, error) {
	b, err := s.bundlesOf(p)
	if err != nil {
		return nil, err
	}
	for _, set := range [][]*x509.Certificate{b.anchors, b.intermediates} {
		for _, c := range set {
			if cert.AuthorityID(c) == id {
				return c, nil
			}
		}
	}
	return nil, iam.NotFound("authority")
}
