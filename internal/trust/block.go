package trust

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// MaxReason is how long the reason of a block may be, in characters.
const MaxReason = 255

// Blocked returns what blocks a certificate here, itself or its key. It is asked
// inside the transaction that accepts the certificate: between an answer from
// somewhere else and that transaction a block could slip in.
func Blocked(tx *store.Tx, c *iam.Certificate) (iam.CertificateBlock, bool, error) {
	if c == nil {
		return iam.CertificateBlock{}, false, nil
	}
	b, err := tx.BlockOf(c)
	if iam.IsNotFound(err) {
		return iam.CertificateBlock{}, false, nil
	}
	return b, err == nil, err
}

// BlockIdentity blocks the certificate of an identifier, or its key, for its
// owner or for an administrator. Everything that the certificate opened ends,
// also that of others who linked the same key in other login methods; the number
// of ended sessions is returned.
func (s *Service) BlockIdentity(ctx context.Context, caller iam.Caller, user iam.UserID, id iam.IdentityID, kind iam.BlockKind, reason string) (ended int, err error) {
	own := caller.User != "" && caller.User == user
	if !own {
		if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
			return 0, err
		}
	}
	if err := s.Sessions.Reached(ctx, caller, user, id); err != nil {
		return 0, err
	}
	b := iam.CertificateBlock{Kind: kind, User: user, Reason: reason, ByOwner: own && !caller.May(iam.EditIdentities, iam.System())}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		identity, err := tx.Identity(id)
		if err != nil {
			return err
		}
		if identity.User != user || identity.Certificate == nil {
			return iam.NotFound("identity")
		}
		b.Certificate = identity.Certificate
		ended, err = s.block(tx, caller, b)
		return err
	})
	return ended, err
}

// BlockCertificate blocks a certificate, or its key, that need not be linked to
// anybody; of one that nobody has, its hash is enough.
func (s *Service) BlockCertificate(ctx context.Context, caller iam.Caller, c iam.Certificate, kind iam.BlockKind, reason string) (ended int, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
		return 0, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		ended, err = s.block(tx, caller, iam.CertificateBlock{Kind: kind, Certificate: &c, Reason: reason})
		return err
	})
	return ended, err
}

func (s *Service) block(tx *store.Tx, caller iam.Caller, b iam.CertificateBlock) (ended int, err error) {
	switch b.Kind {
	case iam.BlockCertificate:
		if b.Hash = b.Certificate.SHA256; b.Certificate.Described {
			b.Hash = iam.DescribedHash(b.Certificate.SHA1)
		}
	case iam.BlockKey:
		b.Hash = b.Certificate.SPKI
	default:
		return 0, iam.Invalid("kind", "block_kind_unknown")
	}
	b.Reason = strings.TrimSpace(b.Reason)
	switch {
	case b.Hash == "":
		return 0, iam.Invalid("certificate", "block_nothing")
	case utf8.RuneCountInString(b.Reason) > MaxReason:
		return 0, with(iam.Invalid("reason", "block_reason_too_long"), "Max", "255")
	}
	b.Reason = cert.Visible(b.Reason, MaxReason)
	affected, err := tx.IdentitiesOfHash(b.Hash)
	if err == nil && b.Certificate.SHA1 != "" { // also where it is only described
		var described []iam.Identity
		described, err = tx.IdentitiesOfHash(b.Certificate.SHA1)
		for _, i := range described {
			if !slices.ContainsFunc(affected, func(known iam.Identity) bool { return known.ID == i.ID }) {
				affected = append(affected, i)
			}
		}
	}
	if err != nil {
		return 0, err
	}
	if b.User == "" && len(affected) > 0 {
		b.User = affected[0].User
	}
	if b.Certificate.Subject == "" && len(affected) > 0 {
		b.Certificate = affected[0].Certificate // more than the hash that was given
	}
	b.ID, b.Actor = iam.NewID(), caller.User
	inserted, err := tx.InsertBlock(b)
	if err != nil {
		return 0, err
	}
	if !inserted {
		if b.ByOwner {
			return 0, iam.Conflict("blocked_already")
		}
		if err := tx.TakeOverBlock(b.Kind, b.Hash, caller.User, b.Reason); iam.IsNotFound(err) {
			return 0, iam.Conflict("blocked_already")
		} else if err != nil {
			return 0, err
		}
	}
	for _, identity := range affected {
		n, err := s.Sessions.EndOfIdentity(tx, caller, identity.ID, iam.EndCertificateBlocked)
		if err != nil {
			return 0, err
		}
		ended += n
	}
	return ended, s.Log.Write(tx, caller, blockEvent(iam.EventCertificateBlocked, b))
}

// Unblock ends a block, for an administrator. The person who blocked an own
// certificate cannot: whoever found the card may have found a session as well, and
// a block that they could undo would protect nobody.
func (s *Service) Unblock(ctx context.Context, caller iam.Caller, id string) error {
	if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		b, err := tx.Block(id)
		if err != nil {
			return err
		}
		if err := tx.DeleteBlock(id); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, blockEvent(iam.EventCertificateUnblocked, b))
	})
}

// Blocks returns every block, newest first.
func (s *Service) Blocks(ctx context.Context, caller iam.Caller) (all []iam.CertificateBlock, err error) {
	if err := caller.Require(iam.ViewIdentities, iam.System()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.Blocks()
		return err
	})
	return all, err
}

// BlocksOf returns the blocks of a person's certificates: the caller's own, or,
// for an administrator, anyone's.
func (s *Service) BlocksOf(ctx context.Context, caller iam.Caller, user iam.UserID) (all []iam.CertificateBlock, err error) {
	if err := s.seen(caller, user); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.BlocksOf(user)
		return err
	})
	return all, err
}

func blockEvent(kind iam.EventKind, b iam.CertificateBlock) iam.Event {
	e := iam.Event{Kind: kind, User: b.User, Details: map[string]string{"blocked": string(b.Kind)}}
	if b.Certificate.Subject != "" {
		e.Certificate = b.Certificate
	} else {
		e.Details["sha256"] = b.Hash
	}
	if b.Reason != "" {
		e.Details["why"] = b.Reason
	}
	return e
}

// BlockOf returns what blocks the certificate of a person's identifier, or nil.
func (s *Service) BlockOf(ctx context.Context, caller iam.Caller, user iam.UserID, identity iam.Identity) (block *iam.CertificateBlock, err error) {
	if err := s.seen(caller, user); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		b, blocked, err := Blocked(tx, identity.Certificate)
		if blocked {
			block = &b
		}
		return err
	})
	return block, err
}

// WithdrawalOf returns that a person's identifier was revoked, or nil.
func (s *Service) WithdrawalOf(ctx context.Context, caller iam.Caller, user iam.UserID, id iam.IdentityID) (withdrawal *iam.Withdrawal, err error) {
	if err := s.seen(caller, user); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Withdrawals(user)
		for _, w := range all {
			if w.Identity == id {
				withdrawal = &w
			}
		}
		return err
	})
	return withdrawal, err
}

// seen lets people at their own and administrators at everyone's.
func (s *Service) seen(caller iam.Caller, user iam.UserID) error {
	if caller.User != "" && caller.User == user {
		return nil
	}
	return caller.Require(iam.ViewIdentities, iam.System())
}
