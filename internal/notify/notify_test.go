package notify_test

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/store"
)

func TestWithoutServerTheOutboxShowsWhatWouldHaveBeenSent(t *testing.T) {
	each(t, func(h *house) {
		h.link(h.person("bob", "fr"), "card", 300)
		m := h.last()
		if m.State != iam.MessageUnsent || m.To != "bob@example.org" || m.Locale != "fr" || !strings.Contains(m.Subject, "certificat") {
			t.Errorf("message: %+v", m)
		}
		h.deliver()
		if h.last().Tries != 0 {
			t.Error("it was tried")
		}
	})
}

func TestMessageIsWrittenOnlyWithWhatItTells(t *testing.T) {
	each(t, func(h *house) {
		bob := h.person("bob", "")
		identity := h.link(bob, "card", 300)
		before := len(h.outbox())
		if _, err := h.identities.Remove(h.ctx(), program, bob.ID, "nothing"); err == nil {
			t.Fatal("removed nothing")
		}
		if n := len(h.outbox()); n != before {
			t.Errorf("a change that was rolled back left %d messages", n-before)
		}
		h.clock.Advance(time.Second)
		_, err := h.identities.Remove(h.ctx(), program, bob.ID, identity.ID)
		h.must(err)
		if m := h.last(); m.Kind != iam.MessageIdentityRemoved {
			t.Errorf("after unlinking: %+v", m)
		}
		h.clock.Advance(time.Second)
		h.must(h.directory.SetPassword(h.ctx(), program, bob.ID, "", "correct horse battery"))
		if m := h.last(); m.Kind != iam.MessagePasswordChanged {
			t.Errorf("after a new password: %+v", m)
		}
	})
}

func TestMessageIsSent(t *testing.T) {
	for name, d := range map[string]*smtpd{
		"TLS from the start": {implicit: true, password: "s3cret word"}, "STARTTLS": {starttls: true, password: "s3cret word"},
		"login in steps": {implicit: true, password: "s3cret word", auth: "LOGIN"}, "no login": {implicit: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.use(h.server("localhost", d), nil)
			h.link(h.person("zoe", "fr"), "card", 300)
			h.deliver()
			m := h.last()
			if m.State != iam.MessageSent || m.Answer == "" || m.Tries != 1 {
				t.Fatalf("message: %+v", m)
			}
			got := d.took()
			if len(got) != 1 || got[0].to != "TO:<zoe@example.org>" {
				t.Fatalf("the server took %+v", got)
			}
		})
	}
}

// read takes a mail apart: headers, plain text, HTML.
func read(t *testing.T, m mailed) (*mail.Message, string, string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(m.data))
	if err != nil {
		t.Fatalf("%v in %s", err, m.data)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	var parts []string
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part.Header.Get("Content-Type")+"\n"+string(text))
	}
	if len(parts) != 2 || !strings.HasPrefix(parts[0], "text/plain") || !strings.HasPrefix(parts[1], "text/html") {
		t.Fatalf("parts: %q", parts)
	}
	return msg, parts[0], parts[1]
}

// Names and certificates are what strangers wrote.
func TestNobodyWritesHeadersOrMarkup(t *testing.T) {
	h := newHouse(t)
	d := h.server("localhost", &smtpd{implicit: true})
	h.use(d, func(s *iam.MailSettings) { s.Name = `Sig"net, <x>` })
	bob := h.person("bob", "fr")
	h.must(h.db.Update(h.ctx(), func(tx *store.Tx) error {
		bob.Name = "Bob\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>"
		return tx.UpdateUser(bob)
	}))
	h.link(bob, "<img src=x>\r\nX-Evil: 1 "+strings.Repeat("long ", 100), 300)
	h.deliver()
	got := d.took()
	if len(got) != 1 {
		t.Fatalf("the server took %+v, message %+v", got, h.last())
	}
	msg, plain, html := read(t, got[0])
	for _, name := range []string{"Bcc", "X-Evil", "X-Mailer", "User-Agent"} {
		if v := msg.Header.Get(name); v != "" {
			t.Errorf("header %s: %q", name, v)
		}
	}
	if from, err := msg.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != "signet@example.org" || from[0].Name != `Sig"net, <x>` {
		t.Errorf("From: %v, %v", from, err)
	}
	if to, err := msg.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "bob@example.org" {
		t.Errorf("To: %v, %v", to, err)
	}
	if msg.Header.Get("Auto-Submitted") != "auto-generated" || msg.Header.Get("Message-Id") == "" || msg.Header.Get("Date") == "" {
		t.Errorf("headers: %v", msg.Header)
	}
	if strings.Contains(plain, "\nBcc:") || strings.Contains(plain, "\nX-Evil") {
		t.Errorf("the text has lines of others: %s", plain)
	}
	for _, bad := range []string{"<script", "<img"} {
		if strings.Contains(html, bad) {
			t.Errorf("the HTML has markup of others: %s", html)
		}
	}
	if !strings.Contains(html, "https://id.example/profile") || !strings.Contains(plain, "https://id.example/profile") {
		t.Error("a part has no link")
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"a@example.org": true, "a.b+c@sub.example.org": true, "zoé@example.org": true, "a@b": true,
		"": false, "a": false, "@example.org": false, "a@": false, "a@example.org\r\nRCPT TO:<x@y>": false, "a b@example.org": false, "<a@example.org>": false,
		"A <a@example.org>": false, "a@example.org,b@example.org": false, "a@example.org;b@example.org": false, `"a b"@example.org`: false, "a@[192.0.2.1]": false,
		"a@example.org.": false, "a@.example.org": false, strings.Repeat("a", 65) + "@example.org": false, "a@" + strings.Repeat("b", 260): false, "a\x00@example.org": false,
		"a@exam\u202eple.org": false,
	} {
		if got := notify.Address(address); got != want {
			t.Errorf("Address(%q) = %v", address, got)
		}
	}
}

// Faults of mail servers: what they say is kept, the message waits or is given up,
// and no password goes to a server that is not the right one.
func TestFaultsOfServers(t *testing.T) {
	on := func(command, answer string) func(string) string {
		return func(said string) string {
			if strings.HasPrefix(said, command) {
				return answer
			}
			return ""
		}
	}
	for name, c := range map[string]struct {
		server string // name in its certificate
		d      *smtpd
		change func(*iam.MailSettings)
		fault  notify.Fault
		state  iam.MessageState
		answer string
	}{
		"certificate of another name": {server: "mail.other.example", d: &smtpd{implicit: true, password: "x"}, fault: notify.FaultTLSCertificate, state: iam.MessageWaiting, answer: "mail.other.example"},
		"the same by STARTTLS":        {server: "mail.other.example", d: &smtpd{starttls: true, password: "x"}, fault: notify.FaultTLSCertificate, state: iam.MessageWaiting},
		"certificate of an unknown CA": {d: &smtpd{implicit: true, password: "x"}, change: func(s *iam.MailSettings) { s.Authorities = "" },
			fault: notify.FaultTLSCertificate, state: iam.MessageWaiting},
		"no STARTTLS":          {d: &smtpd{password: "x"}, change: func(s *iam.MailSettings) { s.TLS = iam.MailStartTLS }, fault: notify.FaultNoStartTLS, state: iam.MessageWaiting},
		"no TLS":               {d: &smtpd{}, fault: notify.FaultTLS, state: iam.MessageWaiting},
		"wrong password":       {d: &smtpd{implicit: true, password: "x", answer: on("AUTH", "535 5.7.8 no")}, fault: notify.FaultLoginRefused, state: iam.MessageWaiting, answer: "535 5.7.8 no"},
		"unknown ways":         {d: &smtpd{implicit: true, password: "x", auth: "GSSAPI"}, fault: notify.FaultNoLogin, state: iam.MessageWaiting},
		"refused at the door":  {d: &smtpd{implicit: true, answer: on("CONNECT", "554 5.7.1 go away")}, fault: notify.FaultGreeting, state: iam.MessageWaiting, answer: "554 5.7.1 go away"},
		"closes at the door":   {d: &smtpd{implicit: true, answer: on("CONNECT", "close")}, fault: notify.FaultBroken, state: iam.MessageWaiting},
		"sender refused":       {d: &smtpd{implicit: true, answer: on("MAIL", "550 5.7.1 not you")}, fault: notify.FaultSenderRefused, state: iam.MessageFailed, answer: "550 5.7.1 not you"},
		"recipient refused":    {d: &smtpd{implicit: true, answer: on("RCPT", "550 5.1.1 nobody")}, fault: notify.FaultRecipientRefused, state: iam.MessageFailed, answer: "550 5.1.1 nobody"},
		"greylisted":           {d: &smtpd{implicit: true, answer: on("RCPT", "451 4.7.1 later")}, fault: notify.FaultRecipientRefused, state: iam.MessageWaiting, answer: "451 4.7.1 later"},
		"full":                 {d: &smtpd{implicit: true, answer: on("DATA", "452 4.3.1 full")}, fault: notify.FaultMessageRefused, state: iam.MessageWaiting},
		"message refused":      {d: &smtpd{implicit: true, answer: on("END", "554 5.6.0 spam")}, fault: notify.FaultMessageRefused, state: iam.MessageFailed},
		"closes in the middle": {d: &smtpd{implicit: true, answer: on("RCPT", "close")}, fault: notify.FaultBroken, state: iam.MessageWaiting},
		"closes after the end": {d: &smtpd{implicit: true, answer: on("END", "close")}, fault: notify.FaultBroken, state: iam.MessageWaiting},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			server := c.server
			if server == "" {
				server = "localhost"
			}
			d := h.server(server, c.d)
			h.use(d, c.change)
			h.link(h.person("bob", ""), "card", 300)
			h.deliver()
			m := h.last()
			if m.Fault != string(c.fault) || m.State != c.state || !strings.Contains(m.Answer, c.answer) {
				t.Errorf("fault %q, state %q, answer %q; want %q, %q, %q", m.Fault, m.State, m.Answer, c.fault, c.state, c.answer)
			}
			if c.state == iam.MessageWaiting && !m.NextTryAt.After(h.clock.Now()) {
				t.Error("no later try")
			}
			if len(d.took()) != 0 {
				t.Errorf("the server took %d", len(d.took()))
			}
			if c.fault == notify.FaultTLSCertificate && d.heard("AUTH") {
				t.Error("the password went to a server that is not the right one")
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	h := newHouse(t)
	d := h.server("localhost", &smtpd{implicit: true})
	h.use(d, nil)
	h.must(d.listener.Close())
	h.link(h.person("bob", ""), "card", 300)
	h.link(h.person("carl", ""), "card of Carl", 300)
	h.deliver()
	all := h.outbox()
	if all[0].Fault != string(notify.FaultUnreachable) || all[0].State != iam.MessageWaiting || all[1].Tries != 0 {
		t.Errorf("messages: %+v", all)
	}
}

// Greylisting: refused for a while, then taken. The pause doubles and is kept.
func TestRefusedForAWhileThenTaken(t *testing.T) {
	each(t, func(h *house) {
		tries := 0
		d := h.server("localhost", &smtpd{implicit: true, answer: func(said string) string {
			if strings.HasPrefix(said, "RCPT") {
				if tries++; tries < 3 {
					return "451 4.7.1 Greylisted"
				}
			}
			return ""
		}})
		h.use(d, nil)
		h.link(h.person("bob", ""), "card", 300)
		waited := time.Duration(0)
		for range 3 {
			h.deliver()
			h.deliver() // nothing is due before its time
			m := h.last()
			if m.State == iam.MessageSent {
				break
			}
			wait := m.NextTryAt.Sub(h.clock.Now())
			if wait < waited || wait < 48*time.Second {
				t.Errorf("after %d tries the next is in %v, before it was %v", m.Tries, wait, waited)
			}
			waited = wait
			h.clock.Advance(wait)
		}
		if m := h.last(); m.State != iam.MessageSent || m.Tries != 3 || len(d.took()) != 1 {
			t.Errorf("%+v; the server took %d", m, len(d.took()))
		}
	})
}

func TestGivenUpAfterDays(t *testing.T) {
	each(t, func(h *house) {
		d := h.server("localhost", &smtpd{implicit: true, answer: func(said string) string {
			if strings.HasPrefix(said, "RCPT") {
				return "451 4.7.1 Greylisted"
			}
			return ""
		}})
		h.use(d, nil)
		h.link(h.person("bob", ""), "card", 300)
		tries := 0
		for ; tries < 100 && h.last().State == iam.MessageWaiting; tries++ {
			h.deliver()
			h.clock.Set(h.last().NextTryAt)
		}
		m := h.last()
		if m.State != iam.MessageFailed || tries < 15 || tries > 40 {
			t.Fatalf("after %d tries: %+v", tries, m)
		}
		events, err := h.log.All(h.ctx(), h.admin, iam.System(), iam.EventFilter{Kind: iam.EventMailFailed})
		h.must(err)
		if len(events) != 1 || events[0].Cause != "mail_recipient_refused" {
			t.Errorf("events: %+v", events)
		}
		h.must(h.mail.Retry(h.ctx(), h.admin, m.ID))
		d.answer = nil
		h.deliver()
		if m := h.last(); m.State != iam.MessageSent {
			t.Errorf("after an administrator tried again: %+v", m)
		}
		if err := h.mail.Retry(h.ctx(), h.admin, m.ID); iam.KindOf(err) != iam.KindConflict {
			t.Errorf("a message that was sent is sent again: %v", err)
		}
	})
}

// Two nodes on one database: nothing is sent twice.
func TestTwoNodesSendEachMessageOnce(t *testing.T) {
	each(t, func(h *house) {
		d := h.server("localhost", &smtpd{implicit: true})
		h.use(d, nil)
		const n = 12
		for i := range n {
			h.link(h.person("p"+string(rune('a'+i)), ""), "card "+string(rune('a'+i)), 300)
		}
		other := &notify.Service{DB: h.db, Log: h.log, Box: h.mail.Box, Catalogues: h.mail.Catalogues, Issuer: h.mail.Issuer}
		var wg sync.WaitGroup
		for _, node := range []*notify.Service{h.mail, other, h.mail, other} {
			wg.Go(func() {
				if err := node.Deliver(h.ctx()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		to := map[string]int{}
		for _, m := range d.took() {
			to[m.to]++
		}
		if len(to) != n {
			t.Errorf("%d of %d people got theirs", len(to), n)
		}
		for who, times := range to {
			if times != 1 {
				t.Errorf("%s got it %d times", who, times)
			}
		}
	})
}

// The server took the message and the connection broke before it said so: nobody
// knows. The next try bears the same Message-ID.
func TestUnknownOutcomeIsTriedWithTheSameMessageID(t *testing.T) {
	h := newHouse(t)
	broken := true
	d := h.server("localhost", &smtpd{implicit: true, answer: func(said string) string {
		if said == "TAKEN" && broken {
			broken = false
			return "close"
		}
		return ""
	}})
	h.use(d, nil)
	h.link(h.person("bob", ""), "card", 300)
	h.deliver()
	h.clock.Set(h.last().NextTryAt)
	h.deliver()
	got := d.took()
	if len(got) != 2 || h.last().State != iam.MessageSent {
		t.Fatalf("%d taken, %+v", len(got), h.last())
	}
	first, _, _ := read(t, got[0])
	second, _, _ := read(t, got[1])
	if a, b := first.Header.Get("Message-Id"), second.Header.Get("Message-Id"); a != b || a == "" {
		t.Errorf("%q, then %q", a, b)
	}
}

func TestPasswordIsSealedAndGoesToItsServerOnly(t *testing.T) {
	h := newHouse(t)
	d := h.server("localhost", &smtpd{implicit: true, password: "s3cret word"})
	h.use(d, nil)
	set, err := h.mail.Settings(h.ctx(), h.admin)
	h.must(err)
	if strings.Contains(string(set.Password), "s3cret") || len(set.Password) == 0 {
		t.Errorf("stored: %q", set.Password)
	}
	set.Name = "Someone"
	h.must(h.mail.ChangeSettings(h.ctx(), h.admin, set, "")) // kept
	set.Version++
	for name, change := range map[string]func(*iam.MailSettings){
		"server": func(s *iam.MailSettings) { s.Server = "evil.example" }, "port": func(s *iam.MailSettings) { s.Port++ }, "user": func(s *iam.MailSettings) { s.User = "eve" },
		"no TLS": func(s *iam.MailSettings) { s.TLS = iam.MailPlain },
	} {
		other := set
		change(&other)
		if err := h.mail.ChangeSettings(h.ctx(), h.admin, other, ""); iam.AsError(err) == nil || iam.AsError(err).Cause != "mail_password_again" {
			t.Errorf("another %s without the password: %v", name, err)
		}
	}
	h.link(h.person("bob", ""), "card", 300)
	h.deliver()
	if len(d.took()) != 1 {
		t.Errorf("with the kept password: %+v", h.last())
	}
}

func TestSettingsAreChecked(t *testing.T) {
	h := newHouse(t)
	good := iam.MailSettings{Server: "mail.example.org", Port: 465, TLS: iam.MailImplicit, From: "signet@example.org"}
	for name, c := range map[string]struct {
		change func(*iam.MailSettings)
		field  string
	}{
		"plain to another machine": {func(s *iam.MailSettings) { s.TLS = iam.MailPlain }, "tls"},
		"plain to an address":      {func(s *iam.MailSettings) { s.TLS, s.Server = iam.MailPlain, "192.0.2.1" }, "tls"},
		"opportunistic":            {func(s *iam.MailSettings) { s.TLS = "opportunistic" }, "tls"},
		"a URL":                    {func(s *iam.MailSettings) { s.Server = "smtp://mail.example.org" }, "server"},
		"a server with a port":     {func(s *iam.MailSettings) { s.Server = "mail.example.org:25" }, "server"},
		"a line break":             {func(s *iam.MailSettings) { s.Name = "a\r\nBcc: x" }, "name"},
		"no sender":                {func(s *iam.MailSettings) { s.From = "" }, "from"},
		"a sender with a name":     {func(s *iam.MailSettings) { s.From = "A <a@example.org>" }, "from"},
		"port 0":                   {func(s *iam.MailSettings) { s.Port = 0 }, "port"},
		"a user without password":  {func(s *iam.MailSettings) { s.User = "signet" }, "password"},
		"no PEM":                   {func(s *iam.MailSettings) { s.Authorities = "hello" }, "authorities"},
		"400 days":                 {func(s *iam.MailSettings) { s.KeepDays = 400 }, "keep_days"},
	} {
		set := good
		c.change(&set)
		if err := iam.AsError(h.mail.ChangeSettings(h.ctx(), h.admin, set, "")); err == nil || err.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.must(h.mail.ChangeSettings(h.ctx(), h.admin, good, ""))
	if err := iam.AsError(h.mail.ChangeSettings(h.ctx(), h.admin, good, "")); err == nil || err.Cause != "changed_meanwhile" {
		t.Errorf("a second change of the same version: %v", err)
	}
	bob := iam.Caller{User: h.person("bob", "").ID}
	if err := h.mail.ChangeSettings(h.ctx(), bob, good, ""); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("by somebody who may not: %v", err)
	}
	if _, _, err := h.mail.Outbox(h.ctx(), bob, iam.MessageFilter{}); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("outbox: %v", err)
	}
	if _, err := h.mail.Message(h.ctx(), bob, "x"); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("message: %v", err)
	}
	if err := h.mail.Retry(h.ctx(), bob, "x"); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("retry: %v", err)
	}
	if _, _, err := h.mail.Test(h.ctx(), bob); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("test: %v", err)
	}
}

func TestTestButtonTellsWhatTheServerAnswered(t *testing.T) {
	h := newHouse(t)
	if _, _, err := h.mail.Test(h.ctx(), h.admin); iam.KindOf(err) != iam.KindConflict {
		t.Errorf("without a server: %v", err)
	}
	d := h.server("localhost", &smtpd{implicit: true, password: "s3cret word"})
	h.use(d, nil)
	found, address, err := h.mail.Test(h.ctx(), h.admin)
	h.must(err)
	if found.Fault != "" || !strings.Contains(found.Answer, "4F2C81A0") || found.TLS != "TLS 1.3" || !found.Login || address != "ada@example.org" || len(d.took()) != 1 {
		t.Errorf("%+v to %s", found, address)
	}
	d.answer = func(said string) string {
		if strings.HasPrefix(said, "RCPT") {
			return "550 5.1.1 nobody"
		}
		return ""
	}
	if found, _, err = h.mail.Test(h.ctx(), h.admin); err != nil || found.Fault != notify.FaultRecipientRefused || found.Answer != "550 5.1.1 nobody" {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestOutboxIsKeptForDays(t *testing.T) {
	each(t, func(h *house) {
		h.link(h.person("bob", ""), "card", 300)
		h.clock.Advance(29 * 24 * time.Hour)
		h.must(h.mail.Sweep(h.ctx()))
		if len(h.outbox()) != 1 {
			t.Fatal("gone too early")
		}
		h.clock.Advance(48 * time.Hour)
		h.must(h.mail.Sweep(h.ctx()))
		if n := len(h.outbox()); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}
