package notify

import (
	"bytes"
	"fmt"
	"html"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"signet/internal/iam"
)

// Plain is the letter as text. link stands in the place of a secret one.
func Plain(l iam.Letter, link string) string {
	var b strings.Builder
	paragraph := func(text string) {
		if text != "" {
			b.WriteString(text + "\n\n")
		}
	}
	paragraph(l.Greeting)
	paragraph(l.Lead)
	for _, f := range l.Facts {
		fmt.Fprintf(&b, "%s %s\n", f.Term, f.Text)
	}
	if len(l.Facts) > 0 {
		b.WriteString("\n")
	}
	if link != "" {
		paragraph(l.Button + "\n" + link)
	}
	paragraph(l.Next)
	b.WriteString("-- \n" + l.Closing + "\n")
	return b.String()
}

// markup is the letter as HTML: text and a link, nothing that is loaded from
// anywhere. Every text is escaped: names and certificates are what others wrote.
func markup(l iam.Letter, link, language string) string {
	var b strings.Builder
	e := html.EscapeString
	fmt.Fprintf(&b, `<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>`, e(language))
	b.WriteString(`<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif"><div style="max-width:36em;margin:0 auto">`)
	paragraph := func(text string) {
		if text != "" {
			fmt.Fprintf(&b, `<p>%s</p>`, e(text))
		}
	}
	paragraph(l.Greeting)
	paragraph(l.Lead)
	if len(l.Facts) > 0 {
		b.WriteString(`<table role="presentation" cellpadding="4" style="border-collapse:collapse;margin:16px 0">`)
		for _, f := range l.Facts {
			fmt.Fprintf(&b, `<tr><td style="vertical-align:top;opacity:.75">%s</td><td style="overflow-wrap:anywhere"><strong>%s</strong></td></tr>`, e(f.Term), e(f.Text))
		}
		b.WriteString(`</table>`)
	}
	if link != "" {
		fmt.Fprintf(&b, `<p><a href="%s" style="font-weight:600">%s</a></p><p style="overflow-wrap:anywhere"><small>%s</small></p>`, e(link), e(l.Button), e(link))
	}
	paragraph(l.Next)
	fmt.Fprintf(&b, `<hr style="border:0;border-top:1px solid;opacity:.3"><p><small>%s</small></p></div></body></html>`, e(l.Closing))
	return b.String()
}

// encode makes the message as it goes over the wire. The library encodes and
// folds every header; the addresses were looked at (Address) and the subject has
// no control characters (clean), so that nothing can begin a header of its own.
func encode(m iam.Message, set iam.MailSettings, brand, link string, now time.Time) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	name := set.Name
	if name == "" {
		name = brand
	}
	msg.FromMailAddress(&mail.Address{Name: clean(name), Address: set.From})
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(clean(m.Subject))
	msg.SetDateWithValue(now)
	_, domain, _ := strings.Cut(set.From, "@")
	msg.SetMessageIDWithValue(string(m.ID) + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834, section 5: no answer by a machine
	msg.SetGenHeader("Content-Language", m.Locale)
	msg.SetBodyString(gomail.TypeTextPlain, Plain(m.Letter, link))
	msg.AddAlternativeString(gomail.TypeTextHTML, markup(m.Letter, link, m.Locale))
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return b.Bytes(), nil
}
