package notify_test

import (
	"net"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/notify"
)

// silentServer accepts connections and says nothing, as a firewall or a hanging
// mail server does.
func silentServer(t *testing.T) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		var held []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			held = append(held, conn) // it stays open: an end would be an answer
		}
		for _, conn := range held {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-over })
	return l.Addr().(*net.TCPAddr).Port
}

// A mail server that hangs holds up neither the outbox nor an examination: the
// try ends at its deadline, and the message waits for the next.
func TestSilentServerIsGivenUp(t *testing.T) {
	for _, mode := range []iam.MailTLS{iam.MailImplicit, iam.MailStartTLS, iam.MailPlain} {
		t.Run(string(mode), func(t *testing.T) {
			each(t, func(h *house) {
				h.mail.Patience = 400 * time.Millisecond // enough for a busy machine to connect
				h.directory.Mail = h.mail
				port := silentServer(t)
				h.use(h.server("localhost", &smtpd{implicit: true}), func(s *iam.MailSettings) { s.TLS, s.Port = mode, port })
				h.link(h.person("bob", ""), "bobs-card", 200) // he is told of it
				h.must(h.mail.Deliver(h.ctx()))
				if m := h.last(); m.State != iam.MessageWaiting || m.Fault != string(notify.FaultTimeout) || m.Tries != 1 {
					t.Errorf("message %+v", m)
				}
				p, err := h.mail.Look(h.ctx())
				if h.must(err); p.Fault != notify.FaultTimeout {
					t.Errorf("an examination found %+v", p)
				}
			})
		})
	}
}
