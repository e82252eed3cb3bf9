package doctor

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"signet/internal/iam"
)

// maxSkew is how far clocks may differ. Tokens are valid for minutes.
const maxSkew = 30 * time.Second

// site looks at the main site.
func (i Installation) site(ctx context.Context) []iam.Finding {
	u, err := url.Parse(i.Issuer)
	if err != nil || u.Host == "" {
		return []iam.Finding{finding(iam.FindingError, "site", "unreachable", i.Issuer)}
	}
	conn, s, err := i.greet(ctx, u.Host, &tls.Config{})
	if err != nil {
		return []iam.Finding{finding(iam.FindingError, "site", "unreachable", u.Host)}
	}
	defer conn.Close()
	found := []iam.Finding{certificateOf("site", u.Host, u.Hostname(), s.state.PeerCertificates, i.Now())}
	if found[0].Case == "ok" && !known(s.state.PeerCertificates, u.Hostname(), i.Now()) {
		found = append(found, finding(iam.FindingNote, "authority", "unknown", u.Host))
	}
	if s.asked {
		// Every visitor of the site would be asked, who has none too.
		found = append(found, finding(iam.FindingWarning, "site", "asks", u.Host))
	}
	return append(found, i.answer(ctx, u)...)
}

// known reports whether this machine's own list of CAs knows the chain. Those of
// the browsers may differ.
func known(chain []*x509.Certificate, name string, now time.Time) bool {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{DNSName: name, Intermediates: between, CurrentTime: now})
	return err == nil
}

// answer asks the site whether it is ready, and what time it is there.
func (i Installation) answer(ctx context.Context, u *url.URL) []iam.Finding {
	response, err := i.get(ctx, u.Host, "/readyz", nil)
	if err != nil {
		return []iam.Finding{finding(iam.FindingError, "ready", "silent", u.Host)}
	}
	defer response.Body.Close()
	var found []iam.Finding
	if response.StatusCode == http.StatusOK {
		found = append(found, ok("ready", u.Host))
	} else {
		found = append(found, finding(iam.FindingError, "ready", "not_ready", u.Host, "Status", strconv.Itoa(response.StatusCode)))
	}
	there, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return found
	}
	if skew := i.Now().Sub(there).Abs(); skew > maxSkew {
		return append(found, finding(iam.FindingError, "clock", "off", u.Host, "Seconds", strconv.Itoa(int(skew/time.Second))))
	}
	return append(found, ok("clock", ""))
}

// get makes one request on a connection of its own.
func (i Installation) get(ctx context.Context, host, path string, header map[string]string) (*http.Response, error) {
	conn, _, err := i.greet(ctx, host, &tls.Config{NextProtos: []string{"http/1.1"}})
	if err != nil {
		return nil, err
	}
	return get(ctx, conn, host, path, header)
}

func get(ctx context.Context, conn *tls.Conn, host, path string, header map[string]string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+path, nil)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	r.Close = true
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	for name, value := range header {
		r.Header[name] = []string{value} // as spelled: underscores are part of some attacks
	}
	if err := r.Write(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	response.Body = body{io.LimitReader(response.Body, 64<<10), conn}
	return response, nil
}

// body closes the connection with the answer.
type body struct {
	io.Reader
	io.Closer
}
