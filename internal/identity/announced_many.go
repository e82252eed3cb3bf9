package identity

import (
	"context"
	"errors"
	"strings"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

// AnnouncedLine is one line of a file of announcements.
type AnnouncedLine struct {
	Number int // in the file, for whoever has to mend it
	Login  string
	Kind   iam.AnnouncedKind
	Issuer string // name or key of the CA
	Value  string
}

// BadLine says why a line was refused.
type BadLine struct {
	Number int
	Wrong  *iam.Error
}

// errBadLines rolls back: where one line is bad, none is taken.
var errBadLines = errors.New("bad lines")

// AnnounceAll announces every line in a login method, or none and says which lines
// are bad.
func (s *Service) AnnounceAll(ctx context.Context, caller iam.Caller, p iam.ProviderID, lines []AnnouncedLine) (bad []BadLine, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
		return nil, err
	}
	switch {
	case len(lines) == 0:
		return nil, iam.Invalid("file", "announced_file_empty")
	case len(lines) > MaxAnnounced:
		return nil, iam.Invalid("file", "announced_file_long")
	}
	linked, err := s.linkedAlready(ctx, p, func(method iam.Provider, issuers []trust.Issuer) (wanted []iam.Announced) {
		for _, line := range lines {
			in, err := line.announcement(issuers)
			if err != nil {
				continue // which is said below
			}
			if a, err := announced(method, issuers, "", in); err == nil {
				wanted = append(wanted, a)
			}
		}
		return wanted
	})
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		bad = nil
		// Once: read again for every line, hundreds of CAs would keep everybody else
		// waiting for this transaction.
		method, issuers, err := announcing(tx, p)
		if err != nil {
			return err
		}
		for _, line := range lines {
			err := s.announceLine(tx, caller, method, issuers, line, linked)
			if wrong := iam.AsError(err); wrong != nil {
				bad = append(bad, BadLine{line.Number, wrong})
			} else if err != nil {
				return err
			}
		}
		if len(bad) > 0 {
			return errBadLines
		}
		return nil
	})
	if errors.Is(err, errBadLines) {
		return bad, nil
	}
	return nil, err
}

func (s *Service) announceLine(tx *store.Tx, caller iam.Caller, p iam.Provider, issuers []trust.Issuer, line AnnouncedLine, linked map[known]iam.UserID) error {
	user, err := tx.UserByLogin(strings.TrimSpace(line.Login))
	if err != nil {
		return err
	}
	in, err := line.announcement(issuers)
	if err != nil {
		return err
	}
	_, err = s.announce(tx, caller, user.ID, p, issuers, in, linked)
	return err
}

// announcement is what the line announces, for a login method that knows these CAs.
func (line AnnouncedLine) announcement(issuers []trust.Issuer) (in Announcement, err error) {
	in = Announcement{Kind: iam.AnnouncedKind(strings.ToLower(strings.TrimSpace(string(line.Kind)))), Value: line.Value}
	if in.Kind.OfIssuer() {
		in.Issuer, err = issuerNamed(issuers, line.Issuer)
	}
	return in, err
}

// issuerNamed finds the key of a CA by itself or by a name that only one CA of the
// method has.
func issuerNamed(issuers []trust.Issuer, text string) (key string, err error) {
	text = strings.TrimSpace(text)
	digits, _ := hexDigits(text)
	for _, i := range issuers {
		switch {
		case digits != "" && digits == i.SPKI:
			return i.SPKI, nil
		case text != i.Name && text != i.Subject:
		case key != "":
			return "", iam.Invalid("issuer", "announced_issuer_ambiguous")
		default:
			key = i.SPKI
		}
	}
	if key == "" {
		return "", iam.Invalid("issuer", "announced_issuer_missing")
	}
	return key, nil
}
