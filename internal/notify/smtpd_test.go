package notify_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// smtpd is a mail server of RFC 5321 that does what a test wants. It speaks over
// TCP, with TLS from the start, STARTTLS, or none.
type smtpd struct {
	t        *testing.T
	listener net.Listener
	tls      *tls.Config
	implicit bool
	starttls bool
	// password is that of the user "signet"; nobody has to log in where empty.
	password string
	auth     string // what AUTH offers
	utf8     bool   // takes addresses of all letters (RFC 6531)
	// answer may answer to a command instead of the server; "" leaves it to it, and
	// "close" ends the connection, "hang" says nothing more.
	answer func(command string) string

	mu    sync.Mutex
	mails []mailed // under mu
	said  []string // commands; under mu
	gone  chan struct{}
}

// mailed is one message that the server took.
type mailed struct{ from, to, data string }

func (d *smtpd) start(t *testing.T) *smtpd {
	t.Helper()
	d.t, d.gone = t, make(chan struct{})
	if d.auth == "" {
		d.auth = "PLAIN LOGIN"
	}
	var err error
	if d.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := d.listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() { d.serve(conn) })
		}
	})
	t.Cleanup(func() {
		close(d.gone)
		_ = d.listener.Close()
		open.Wait()
	})
	return d
}

func (d *smtpd) port() int { return d.listener.Addr().(*net.TCPAddr).Port }

func (d *smtpd) took() []mailed {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]mailed{}, d.mails...)
}

func (d *smtpd) heard(what string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.said {
		if strings.Contains(s, what) {
			return true
		}
	}
	return false
}

func (d *smtpd) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if d.implicit {
		conn = tls.Server(conn, d.tls)
	}
	secured, loggedIn := d.implicit, d.password == ""
	r := bufio.NewReader(conn)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", args...) }
	line := func() (string, bool) {
		text, err := r.ReadString('\n')
		return strings.TrimRight(text, "\r\n"), err == nil
	}
	meddle := func(command string) (done, end bool) {
		if d.answer == nil {
			return false, false
		}
		switch a := d.answer(command); a {
		case "":
			return false, false
		case "close":
			return true, true
		case "hang":
			<-d.gone
			return true, true
		default:
			say("%s", a)
			return true, false
		}
	}
	if done, end := meddle("CONNECT"); end {
		return
	} else if !done {
		say("220 mail.test ESMTP")
	}
	var m mailed
	for {
		text, ok := line()
		if !ok {
			return
		}
		d.mu.Lock()
		d.said = append(d.said, text)
		d.mu.Unlock()
		if done, end := meddle(text); end {
			return
		} else if done {
			continue
		}
		verb, rest, _ := strings.Cut(text, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail.test")
			if d.starttls && !secured {
				say("250-STARTTLS")
			}
			if d.password != "" {
				say("250-AUTH %s", d.auth)
			}
			if d.utf8 {
				say("250-SMTPUTF8")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			over := tls.Server(conn, d.tls)
			if over.Handshake() != nil {
				return
			}
			conn, r, secured = over, bufio.NewReader(over), true
		case "AUTH":
			way, initial, _ := strings.Cut(rest, " ")
			var user, password string
			if way == "PLAIN" {
				plain, _ := base64.StdEncoding.DecodeString(initial)
				parts := strings.Split(string(plain), "\x00")
				user, password = parts[1], parts[2]
			} else {
				ask := func(what string) string {
					say("334 %s", base64.StdEncoding.EncodeToString([]byte(what)))
					text, _ := line()
					plain, _ := base64.StdEncoding.DecodeString(text)
					return string(plain)
				}
				user, password = ask("Username:"), ask("Password:")
			}
			if user != "signet" || password != d.password {
				say("535 5.7.8 Authentication credentials invalid")
				continue
			}
			loggedIn = true
			say("235 2.7.0 welcome")
		case "MAIL":
			if !loggedIn {
				say("530 5.7.0 Authentication required")
				continue
			}
			m = mailed{from: rest}
			say("250 2.1.0 Ok")
		case "RCPT":
			m.to = rest
			say("250 2.1.5 Ok")
		case "DATA":
			say("354 go on")
			var data strings.Builder
			for {
				text, ok := line()
				if !ok {
					return
				}
				if text == "." {
					break
				}
				data.WriteString(strings.TrimPrefix(text, ".") + "\r\n")
			}
			m.data = data.String()
			if done, end := meddle("END"); end {
				return
			} else if done {
				continue
			}
			d.mu.Lock()
			d.mails = append(d.mails, m)
			d.mu.Unlock()
			if done, end := meddle("TAKEN"); end {
				return
			} else if !done {
				say("250 2.0.0 Ok: queued as 4F2C81A0")
			}
		case "RSET", "NOOP":
			say("250 Ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 5.5.2 what?")
		}
	}
}
