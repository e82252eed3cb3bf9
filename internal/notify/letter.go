package notify

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/store"
)

// Address reports whether mail can be sent to the address: one address of RFC
// 5321, section 4.1.2 and nothing beside it. What stands in the store may have
// been written by an older rule, so it is asked again before each message.
func Address(address string) bool {
	if len(address) > 254 || strings.ContainsFunc(address, func(r rune) bool {
		return unicode.Is(unicode.C, r) || unicode.IsSpace(r) || strings.ContainsRune("<>,;:\"()[]\\", r)
	}) {
		return false
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address {
		return false
	}
	local, domain, ok := strings.Cut(address, "@")
	return ok && local != "" && len(local) <= 64 && domain != "" && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// clean makes a text that strangers chose fit for one line of a message: a line
// break in a name would begin a header, or a line that Signet never wrote.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, ""))
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > 200 {
		text = string([]rune(text)[:200]) + "…"
	}
	return text
}

// recipient is who gets a message.
type recipient struct {
	user    iam.UserID // empty: somebody without an account
	name    string
	address string
	locale  string
}

func to(u iam.User) recipient {
	return recipient{user: u.ID, name: u.DisplayName(), address: u.Email, locale: u.Locale}
}

// draft is a message that is about to be written.
type draft struct {
	kind  iam.MessageKind
	args  func(p *i18n.Printer) []any // of the subject and the lead
	facts func(p *i18n.Printer) []iam.LetterFact
	path  string // where its link leads on the main site; no link where empty
	// secret says that path is one.
	secret  bool
	expires time.Time
}

//i18n:keys notify.subject.* iam.MessageKind
//i18n:keys notify.lead.* iam.MessageKind
//i18n:keys notify.next.* iam.MessageKind
//i18n:keys notify.button.* iam.MessageKind

// post writes a message into the outbox. To somebody who has no address that
// works there is none.
func (s *Service) post(tx *store.Tx, r recipient, d draft) error {
	if !Address(r.address) {
		return nil
	}
	set, err := read(tx)
	if err != nil {
		return err
	}
	general, err := tx.Settings()
	if err != nil {
		return err
	}
	brand, err := s.brand(tx)
	if err != nil {
		return err
	}
	p := s.Catalogues.PrinterOr(general.Language, r.locale)
	kind := string(d.kind)
	args := []any{"Brand", clean(brand), "Site", s.Issuer, "Name", clean(r.name)}
	if d.args != nil {
		args = append(args, d.args(p)...)
	}
	m := iam.Message{
		ID: tx.NewMessageID(), Kind: d.kind, User: r.user, To: r.address, Locale: p.Lang(), State: iam.MessageWaiting, Secret: d.secret, ExpiresAt: d.expires,
		Subject: clean(p.T("notify.subject."+kind, args...)),
		Letter: iam.Letter{
			Greeting: p.T("notify.greeting", args...), Lead: p.T("notify.lead."+kind, args...), Next: p.T("notify.next."+kind, args...),
			Closing: p.T("notify.closing", args...),
		},
	}
	if r.name == "" {
		m.Letter.Greeting = p.T("notify.greeting_nobody")
	}
	if d.facts != nil {
		for _, f := range d.facts(p) {
			if f.Text = clean(f.Text); f.Text != "" {
				m.Letter.Facts = append(m.Letter.Facts, f)
			}
		}
	}
	if d.path != "" {
		m.Letter.Button = p.T("notify.button."+kind, args...)
		if link := s.Issuer + d.path; d.secret {
			m.Sealed = s.Box.Seal([]byte(link), place(m.ID))
		} else {
			m.Letter.Link = link
		}
	}
	if !set.On() {
		m.State, m.Sealed = iam.MessageUnsent, nil
	}
	return tx.InsertMessage(m)
}

// place is what the secret of a message is sealed for: that message only.
func place(id iam.MessageID) string { return "message " + string(id) }
