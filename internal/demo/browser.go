package demo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// browser walks through pages as a person with one certificate does: it keeps
// cookies, follows redirects, presses buttons, and shows its certificate where
// the certificate host asks for it. It runs no scripts, so that it also shows
// that none are needed.
type browser struct {
	client *http.Client
	// visit hears of every address that is opened.
	visit func(method string, u *url.URL, status int)
	page  *page
}

// page is what the browser shows.
type page struct {
	url    *url.URL
	status int
	title  string
	text   string // all words, for telling what went wrong
	forms  []form
}

// form finds the form with a button of this label, or with an action that ends so;
// -1 where there is none.
func (p *page) form(label string) int {
	return slices.IndexFunc(p.forms, func(f form) bool {
		return strings.Contains(f.button, label) || strings.HasSuffix(f.action.Path, label)
	})
}

type form struct {
	action *url.URL
	values url.Values
	button string
}

// errCertificateAsked is what the main site must never cause.
var errCertificateAsked = errors.New("a host asked for a certificate that is not the certificate host")

// newBrowser returns a browser with a certificate for the hosts that isFor
// allows.
func (f *Folder) newBrowser(certificate *tls.Certificate, isFor func(host string) bool) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("make browser: %w", err)
	}
	plain, withCertificate := f.Transport(), f.Transport()
	plain.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return nil, errCertificateAsked
	}
	withCertificate.TLSClientConfig.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		// As browsers do: only a certificate whose issuer the server names.
		if err := asked.SupportsCertificate(certificate); err != nil {
			return &tls.Certificate{}, nil //nolint:nilerr // an empty one says that there is none to show
		}
		return certificate, nil
	}
	withCertificate.DisableKeepAlives = true
	return &browser{client: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if isFor(r.URL.Host) {
				return withCertificate.RoundTrip(r)
			}
			return plain.RoundTrip(r)
		}),
	}}, nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// open goes to an address and on through redirects until a page stands, or one
// leads to stop, whose address is then returned without being opened.
func (b *browser) open(ctx context.Context, address, stop string) (*url.URL, error) {
	return b.walk(ctx, http.MethodGet, address, nil, stop)
}

// press presses the first button that says this, or whose form leads there.
func (b *browser) press(ctx context.Context, label, stop string) (*url.URL, error) {
	i := b.page.form(label)
	if i < 0 {
		return nil, fmt.Errorf("the page %q has no button %q; it says: %s", b.page.title, label, b.page.text)
	}
	return b.walk(ctx, http.MethodPost, b.page.forms[i].action.String(), b.page.forms[i].values, stop)
}

func (b *browser) walk(ctx context.Context, method, address string, values url.Values, stop string) (*url.URL, error) {
	for range 20 {
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(values.Encode()))
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", address, err)
		}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", b.page.url.Scheme+"://"+b.page.url.Host)
		}
		r.Header.Set("Accept-Language", "en")
		answer, err := b.client.Do(r)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", address, err)
		}
		if b.visit != nil {
			b.visit(method, r.URL, answer.StatusCode)
		}
		to, err := answer.Location()
		if err != nil || answer.StatusCode < 300 || answer.StatusCode > 399 {
			return nil, b.show(r.URL, answer)
		}
		_ = answer.Body.Close() // nothing of it is read
		if stop != "" && strings.HasPrefix(to.String(), stop) {
			return to, nil
		}
		method, address, values = http.MethodGet, to.String(), nil
	}
	return nil, fmt.Errorf("open %s: redirected too often", address)
}

func (b *browser) show(u *url.URL, answer *http.Response) error {
	defer answer.Body.Close()
	root, err := html.Parse(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read %s: %w", u, err)
	}
	p := &page{url: u, status: answer.StatusCode}
	b.page = p
	var inForm *form
	var read func(n *html.Node)
	read = func(n *html.Node) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "script", "style", "svg":
				return
			case "title":
				p.title = words(n)
				return
			case "form":
				action, err := u.Parse(attribute(n, "action"))
				if err != nil {
					action = u
				}
				p.forms = append(p.forms, form{action: action, values: url.Values{}})
				inForm = &p.forms[len(p.forms)-1]
			case "input":
				if name := attribute(n, "name"); inForm != nil && name != "" {
					inForm.values.Add(name, attribute(n, "value"))
				}
			case "button":
				if inForm != nil && inForm.button == "" {
					inForm.button = words(n) + " " + attribute(n, "aria-label")
					if name := attribute(n, "name"); name != "" {
						inForm.values.Add(name, attribute(n, "value"))
					}
				}
			}
		}
		if n.Type == html.TextNode {
			if text := strings.Join(strings.Fields(n.Data), " "); text != "" {
				p.text += text + " · "
			}
		}
		for c := range n.ChildNodes() {
			read(c)
		}
		if n.Type == html.ElementNode && n.Data == "form" {
			inForm = nil
		}
	}
	read(root)
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
