package notify

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"signet/internal/iam"
	"signet/internal/store"
)

// settingsKey is where the settings are stored.
const settingsKey = "mail"

// passwordPlace is what the password of the mail server is sealed for.
const passwordPlace = "mail server password"

// Settings returns how mail is sent, for who may change it. The password in it
// stays sealed.
func (s *Service) Settings(ctx context.Context, caller iam.Caller) (set iam.MailSettings, err error) {
	if err := caller.Require(iam.EditSettings, iam.System()); err != nil {
		return set, err
	}
	return s.settings(ctx)
}

// On reports whether mail is sent.
func (s *Service) On(ctx context.Context) (bool, error) {
	set, err := s.settings(ctx)
	return set.On(), err
}

func (s *Service) settings(ctx context.Context) (set iam.MailSettings, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		set, err = read(tx)
		return err
	})
	return set, err
}

func read(tx *store.Tx) (set iam.MailSettings, err error) {
	_, err = tx.Setting(settingsKey, &set)
	return set, err
}

// ChangeSettings stores changed settings. An empty password keeps the stored one,
// as long as server, port and user stay: it must not be told to another server
// than the one that it was typed for. Of two who change the same version the
// second is told (cause changed_meanwhile).
func (s *Service) ChangeSettings(ctx context.Context, caller iam.Caller, set iam.MailSettings, password string) error {
	if err := s.Log.Denied(ctx, caller, iam.EditSettings, iam.System()); err != nil {
		return err
	}
	if err := check(&set); err != nil {
		return err
	}
	if len(password) > 500 || strings.ContainsFunc(password, unicode.IsControl) || !utf8.ValidString(password) {
		return iam.Invalid("password", "invisible_characters")
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		stored, err := read(tx)
		if err != nil {
			return err
		}
		if stored.Version != set.Version {
			return iam.Conflict("changed_meanwhile")
		}
		changed := set
		changed.Version++
		changed.Password = nil
		switch {
		case changed.User == "":
		case password != "":
			changed.Password = s.Box.Seal([]byte(password), passwordPlace)
		case len(stored.Password) > 0:
			if stored.Server != changed.Server || stored.Port != changed.Port || stored.User != changed.User || stored.TLS != changed.TLS && changed.TLS == iam.MailPlain {
				return iam.Invalid("password", "mail_password_again")
			}
			changed.Password = stored.Password
		default:
			return iam.Invalid("password", "mail_password_missing")
		}
		if err := tx.SetSetting(settingsKey, changed); err != nil {
			return err
		}
		if !changed.On() {
			if err := tx.ShelveMessages(); err != nil {
				return err
			}
		}
		s.pause.set(tx.Now())
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventMailChanged, Details: map[string]string{"server": changed.Server}})
	})
}

// check trims and checks what was typed. Without a server mail is off and the
// rest is forgotten.
func check(set *iam.MailSettings) error {
	set.Password = nil
	for _, f := range []struct {
		field string
		value *string
		max   int
	}{{"server", &set.Server, 253}, {"user", &set.User, 254}, {"from", &set.From, 254}, {"name", &set.Name, 100}, {"authorities", &set.Authorities, 64 << 10}} {
		*f.value = strings.TrimSpace(*f.value)
		if utf8.RuneCountInString(*f.value) > f.max {
			return &iam.Error{Kind: iam.KindInvalid, Field: f.field, Cause: "too_long", Params: map[string]string{"Max": fmt.Sprint(f.max)}}
		}
		if f.field != "authorities" && (!utf8.ValidString(*f.value) || strings.ContainsFunc(*f.value, func(r rune) bool { return unicode.Is(unicode.C, r) })) {
			return iam.Invalid(f.field, "invisible_characters")
		}
	}
	if set.KeepDays == 0 {
		set.KeepDays = DefaultKeepDays
	}
	if set.KeepDays < 1 || set.KeepDays > MaxKeepDays {
		return outside("keep_days", 1, MaxKeepDays)
	}
	if set.Server == "" {
		*set = iam.MailSettings{KeepDays: set.KeepDays, Version: set.Version}
		return nil
	}
	switch {
	case !hostName(set.Server):
		return iam.Invalid("server", "mail_server_malformed")
	case set.Port < 1 || set.Port > 65535:
		return outside("port", 1, 65535)
	case set.From == "":
		return iam.Invalid("from", "mail_sender_missing")
	case !Address(set.From):
		return iam.Invalid("from", "email_malformed")
	}
	switch set.TLS {
	case iam.MailImplicit, iam.MailStartTLS:
	case iam.MailPlain:
		if !loopbackName(set.Server) {
			return iam.Invalid("tls", "mail_plain_elsewhere")
		}
	default:
		return iam.Invalid("tls", "mail_plain_elsewhere")
	}
	if set.Authorities != "" {
		if _, ok := poolOf(set.Authorities); !ok {
			return iam.Invalid("authorities", "mail_authorities_unreadable")
		}
	}
	return nil
}

func outside(field string, least, most int) error {
	return &iam.Error{Kind: iam.KindInvalid, Field: field, Cause: "outside_range", Params: map[string]string{"Min": fmt.Sprint(least), "Max": fmt.Sprint(most)}}
}

// hostName reports whether it is a name or an address without anything around it.
func hostName(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

// loopbackName reports whether a server is this machine. The connection looks
// again where the name led (smtp.go).
func loopbackName(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost")
}

// poolOf reads PEM; every block has to be a certificate.
func poolOf(text string) (*x509.CertPool, bool) {
	pool := x509.NewCertPool()
	rest, found := []byte(text), false
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return pool, found && strings.TrimSpace(string(rest)) == ""
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, false
		}
		pool.AddCert(c)
		found = true
	}
}
