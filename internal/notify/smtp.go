package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/wneessen/go-mail/smtp"

	"signet/internal/iam"
)

// Fault says why a message could not be sent, or a mail server not be used.
type Fault string

// The faults, in the order of a conversation.
const (
	FaultUnreachable      Fault = "unreachable"
	FaultTimeout          Fault = "timeout"
	FaultPlainElsewhere   Fault = "plain_elsewhere"
	FaultGreeting         Fault = "greeting"
	FaultNoStartTLS       Fault = "no_starttls"
	FaultTLSCertificate   Fault = "tls_certificate" // of another name, expired, or of a CA that is not trusted
	FaultTLS              Fault = "tls"
	FaultNoLogin          Fault = "no_login"
	FaultLoginRefused     Fault = "login_refused"
	FaultPassword         Fault = "password" // it was sealed by another master key
	FaultSenderRefused    Fault = "sender_refused"
	FaultRecipientRefused Fault = "recipient_refused"
	FaultMessageRefused   Fault = "message_refused"
	FaultBroken           Fault = "broken"  // the connection ended in the middle
	FaultExpired          Fault = "expired" // the link in it works no more
	FaultUnreadable       Fault = "unreadable"
)

// failure is why a try came to nothing.
type failure struct {
	fault Fault
	// permanent says that trying again would get the same answer (RFC 5321, section
	// 4.2.1: 5yz) about this message.
	permanent bool
	// server says that it was no fault of the message: no other would be sent.
	server bool
	answer string // of the server, or what went wrong
	err    error
}

func (f *failure) Error() string { return string(f.fault) + ": " + f.answer }
func (f *failure) Unwrap() error { return f.err }

// failed makes a failure of an error. Only the server's own words about this
// message can be final: a wrong password or certificate is mended by an
// administrator, and the message waits for that.
func failed(ctx context.Context, fault Fault, aboutMessage bool, err error) *failure {
	f := &failure{fault: fault, server: !aboutMessage, answer: err.Error(), err: err}
	var said *textproto.Error
	var wrong *tls.CertificateVerificationError
	switch {
	case errors.As(err, &said):
		f.answer = fmt.Sprintf("%d %s", said.Code, said.Msg)
		f.permanent = aboutMessage && said.Code >= 500 && said.Code < 600
	case ctx.Err() != nil:
		f.fault, f.server = FaultTimeout, true
	case errors.As(err, &wrong):
		f.fault, f.answer = FaultTLSCertificate, wrong.Err.Error()
	case fault == FaultUnreachable || fault == FaultPlainElsewhere || fault == FaultNoStartTLS || fault == FaultNoLogin || fault == FaultPassword:
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isNet(err):
		f.fault, f.server = FaultBroken, true
	}
	f.answer = clean(f.answer)
	return f
}

func isNet(err error) bool {
	var n net.Error
	return errors.As(err, &n)
}

// conversation is a connection on which a server has greeted, TLS stands and the
// login was accepted.
type conversation struct {
	client *smtp.Client
	conn   net.Conn
	end    func() bool // of the watch over the context
	// Secured tells of TLS; empty where there is none.
	secured string
	login   bool
}

// converse connects to the mail server. Nothing is said to a server whose
// certificate is not right, above all no password.
func (s *Service) converse(ctx context.Context, set iam.MailSettings) (*conversation, *failure) {
	password := ""
	if set.User != "" {
		opened, err := s.Box.Open(set.Password, passwordPlace)
		if err != nil {
			return nil, failed(ctx, FaultPassword, false, err)
		}
		password = string(opened)
	}
	dial := s.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(set.Server, strconv.Itoa(set.Port)))
	if err != nil {
		return nil, failed(ctx, FaultUnreachable, false, err)
	}
	// A server that says nothing, or a little at a time, would hold a try for ever.
	c := &conversation{conn: conn, end: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	f := c.begin(ctx, conn, set, s.tlsConfig(set), password)
	if f != nil {
		c.end()
		_ = conn.Close()
		return nil, f
	}
	return c, nil
}

func (s *Service) tlsConfig(set iam.MailSettings) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: set.Server, RootCAs: s.Roots}
	if pool, ok := poolOf(set.Authorities); ok {
		config.RootCAs = pool
	}
	return config
}

func (c *conversation) begin(ctx context.Context, conn net.Conn, set iam.MailSettings, config *tls.Config, password string) *failure {
	if set.TLS == iam.MailPlain {
		// The settings allow names of this machine only; where such a name leads is
		// said by whoever answers for names.
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return failed(ctx, FaultPlainElsewhere, false, fmt.Errorf("%s leads to %s", set.Server, conn.RemoteAddr()))
		}
	}
	over := conn
	if set.TLS == iam.MailImplicit {
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return failed(ctx, FaultTLS, false, err)
		}
		over = secured
	}
	var err error
	if c.client, err = smtp.NewClient(over, set.Server); err != nil {
		return failed(ctx, FaultGreeting, false, err)
	}
	_, domain, _ := strings.Cut(set.From, "@")
	if err := c.client.Hello(domain); err != nil {
		return failed(ctx, FaultGreeting, false, err)
	}
	if set.TLS == iam.MailStartTLS {
		if ok, _ := c.client.Extension("STARTTLS"); !ok {
			return failed(ctx, FaultNoStartTLS, false, errors.New("the server offers no STARTTLS"))
		}
		if err := c.client.StartTLS(config); err != nil {
			return failed(ctx, FaultTLS, false, err)
		}
	}
	if state, ok := c.client.TLSConnectionState(); ok {
		c.secured = tls.VersionName(state.Version)
	}
	if set.User == "" {
		return nil
	}
	auth, err := loginFor(c.client, set, password)
	if err != nil {
		return failed(ctx, FaultNoLogin, false, err)
	}
	if err := c.client.Auth(auth); err != nil {
		return failed(ctx, FaultLoginRefused, false, err)
	}
	c.login = true
	return nil
}

// loginFor chooses how to log in. Both ways send the password itself, over TLS or
// to this machine: what they differ in is which servers know them.
func loginFor(client *smtp.Client, set iam.MailSettings, password string) (smtp.Auth, error) {
	_, offered := client.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	plain := set.TLS == iam.MailPlain
	switch {
	case slices.Contains(ways, "PLAIN"):
		return smtp.PlainAuth("", set.User, password, set.Server, plain), nil
	case slices.Contains(ways, "LOGIN"):
		return smtp.LoginAuth(set.User, password, set.Server, plain), nil
	default:
		return nil, fmt.Errorf("the server offers neither PLAIN nor LOGIN: %q", offered)
	}
}

// goOn lets what comes now outlive the context of before: a program that ends
// breaks off while it connects, but never between the message and its answer,
// after which nobody would know whether it was taken.
func (c *conversation) goOn(ctx context.Context) bool {
	if !c.end() {
		return false
	}
	c.end = context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	return true
}

// send hands a message over and returns what the server said to it. Once it has
// said yes nothing can make the try a failure: the message is the server's.
func (c *conversation) send(ctx context.Context, from, to string, data []byte) (string, *failure) {
	ascii := func(s string) bool {
		return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
	}
	if ok, _ := c.client.Extension("SMTPUTF8"); !ok && !ascii(to) {
		return "", &failure{fault: FaultRecipientRefused, permanent: true, answer: "SMTPUTF8 (RFC 6531)"}
	}
	if err := c.client.Mail("<" + from + ">"); err != nil {
		return "", failed(ctx, FaultSenderRefused, true, err)
	}
	if err := c.client.Rcpt("<" + to + ">"); err != nil {
		return "", failed(ctx, FaultRecipientRefused, true, err)
	}
	w, err := c.client.Data()
	if err != nil {
		return "", failed(ctx, FaultMessageRefused, true, err)
	}
	if _, err := w.Write(data); err != nil {
		return "", failed(ctx, FaultMessageRefused, true, err)
	}
	if err := w.Close(); err != nil {
		return "", failed(ctx, FaultMessageRefused, true, err)
	}
	answer := "250"
	if said, ok := w.(*smtp.DataCloser); ok && said.ServerResponse() != "" {
		answer = said.ServerResponse()
	}
	return clean(answer), nil
}

// close says good-bye as well as it can.
func (c *conversation) close() {
	_ = c.client.Quit() // what was sent is sent
	c.end()
	_ = c.client.Close()
}
