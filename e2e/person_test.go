package e2e

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// person walks through pages without a browser: keeps cookies, follows
// redirects, fills in and sends forms, over real TLS. Unlike a browser, a person
// shows any certificate, also where the server did not name its issuer.
type person struct {
	t *testing.T
	d *demo
	// certificate is shown on certificate hosts; nil is none.
	certificate *tls.Certificate
	language    string
	// header goes along with every request.
	header http.Header
	// stop ends a walk before an address that holds this text.
	stop string
	// hosts are the certificate hosts that were opened.
	hosts []string

	client  *http.Client
	page    *page
	stopped *url.URL // the address that holds stop
}

// page is what a person sees.
type page struct {
	url     *url.URL
	status  int
	header  http.Header
	heading string // the first <h1>
	text    string // all words
	forms   []form
	links   []link
	parts   []string          // addresses of pictures, style sheets and scripts
	ids     map[string]bool   // what a fragment may name
	codes   map[string]string // what stands in a <pre>, by its id, to the letter
	inert   bool              // while that is read which nobody can use
	// attempt is the number at the foot of a page about a sign-in.
	attempt string
	lang    string
}

type form struct {
	action *url.URL
	method string
	values url.Values
	button string
	inert  bool // a picture of a form, which nobody can press
}

// loginPath is the address of the login that the page belongs to. The first page
// of one stands at the address of the request that began it.
func (g *page) loginPath(t *testing.T) *url.URL {
	t.Helper()
	for _, f := range g.forms {
		if id, _, ok := strings.Cut(strings.TrimPrefix(f.action.Path, "/signin/"), "/"); ok && strings.HasPrefix(f.action.Path, "/signin/") {
			return g.url.ResolveReference(&url.URL{Path: "/signin/" + id})
		}
	}
	t.Fatalf("the page belongs to no login:\n%s", g)
	return nil
}

type link struct{ name, url string }

// newPerson returns a person who has a certificate, or none where it is nil.
func (d *demo) newPerson(certificate *tls.Certificate) *person {
	d.t.Helper()
	return d.personIn("en", certificate)
}

func (d *demo) personIn(language string, certificate *tls.Certificate) *person {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	p := &person{t: d.t, d: d, certificate: certificate, language: language}
	plain, asked := d.transport(), d.transport()
	plain.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return nil, errors.New("a host asks for a certificate that is not a certificate host")
	}
	asked.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if p.certificate == nil {
			return &tls.Certificate{}, nil
		}
		return p.certificate, nil
	}
	asked.DisableKeepAlives = true
	d.t.Cleanup(plain.CloseIdleConnections)
	p.client = &http.Client{
		Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if d.isCertificateHost(r.URL.Host) {
				p.hosts = append(p.hosts, r.URL.Host)
				answer, err := asked.RoundTrip(r)
				if err == nil && len(answer.Header.Values("Set-Cookie")) > 0 {
					p.t.Errorf("the certificate host sets cookies: %q", answer.Header.Values("Set-Cookie"))
				}
				return answer, err
			}
			return plain.RoundTrip(r)
		}),
	}
	return p
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// open goes to an address, and on through redirects.
func (p *person) open(address string) {
	p.t.Helper()
	if err := p.walk(http.MethodGet, address, nil); err != nil {
		p.t.Fatal(err)
	}
}

// press presses the button that says this, or follows the link.
func (p *person) press(name string) {
	p.t.Helper()
	if i := slices.IndexFunc(p.page.forms, func(f form) bool { return f.button == name }); i >= 0 {
		p.send(p.page.forms[i])
		return
	}
	i := slices.IndexFunc(p.page.links, func(l link) bool { return l.name == name })
	if i < 0 {
		p.t.Fatalf("there is no %q on the page:\n%s", name, p.page)
	}
	p.open(p.page.links[i].url)
}

func (p *person) send(f form) {
	p.t.Helper()
	if err := p.walk(f.method, f.action.String(), f.values); err != nil {
		p.t.Fatal(err)
	}
}

// form returns the form of the page whose button says this.
func (p *person) form(button string) form {
	p.t.Helper()
	i := slices.IndexFunc(p.page.forms, func(f form) bool { return f.button == button })
	if i < 0 {
		p.t.Fatalf("there is no form with %q on the page:\n%s", button, p.page)
	}
	return p.page.forms[i]
}

// fill writes into the fields of a name.
func (p *person) fill(name, value string) {
	p.t.Helper()
	found := false
	for _, f := range p.page.forms {
		if f.values.Has(name) {
			f.values.Set(name, value)
			found = true
		}
	}
	if !found {
		p.t.Fatalf("there is no field %q on the page:\n%s", name, p.page)
	}
}

// sees fails the test where a text is not on the page.
func (p *person) sees(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(p.page.text, text) {
			p.t.Errorf("%q is not on the page:\n%s", text, p.page)
		}
	}
}

// stands fails the test where the page has another heading.
func (p *person) stands(heading string) {
	p.t.Helper()
	if p.page == nil {
		p.t.Fatalf("no page stands, but %v", p.stopped)
	}
	if p.page.heading != heading {
		p.t.Fatalf("the page should be %q:\n%s", heading, p.page)
	}
}

// can reports whether the page has a button or a link of that name.
func (p *person) can(name string) bool {
	return slices.ContainsFunc(p.page.forms, func(f form) bool { return f.button == name }) ||
		slices.ContainsFunc(p.page.links, func(l link) bool { return l.name == name })
}

// password signs in on the widget that stands.
func (p *person) password(login, password, button string) {
	p.t.Helper()
	// The login is asked for first, then the password.
	i := slices.IndexFunc(p.page.forms, func(f form) bool { return f.values.Has("login") && !f.values.Has("password") })
	if i < 0 {
		p.t.Fatalf("the page asks for no login:\n%s", p.page)
	}
	p.page.forms[i].values.Set("login", login)
	p.send(p.page.forms[i])
	p.fill("password", password)
	p.press(button)
}

// administrator returns the administrator of the demo, signed in.
func (d *demo) administrator() *person {
	d.t.Helper()
	p := d.newPerson(nil)
	p.open(d.Issuer + "/admin")
	p.password(d.Admin.Login, d.Admin.Password, "Sign in")
	return p
}

func (p *person) walk(method, address string, values url.Values) error {
	from := p.page
	p.page, p.stopped = nil, nil
	for range 20 {
		r, err := http.NewRequestWithContext(p.t.Context(), method, address, nil)
		if err != nil {
			return err
		}
		r.Header.Set("Accept-Language", p.language)
		r.Header.Set("Accept", "text/html")
		if method == http.MethodPost {
			r.Body = io.NopCloser(strings.NewReader(values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if from != nil {
				r.Header.Set("Origin", from.url.Scheme+"://"+from.url.Host)
			}
		}
		for name, value := range p.header {
			r.Header[name] = value
		}
		answer, err := p.client.Do(r)
		if err != nil {
			return err
		}
		to, err := answer.Location()
		if err != nil || answer.StatusCode/100 != 3 {
			return p.look(r.URL, answer)
		}
		_ = answer.Body.Close() // nothing of it is read
		if p.stop != "" && strings.Contains(to.String(), p.stop) {
			p.stopped = to
			return nil
		}
		method, address, values = http.MethodGet, to.String(), nil
	}
	return fmt.Errorf("%s: redirected too often", address)
}

// look reads a page.
func (p *person) look(at *url.URL, answer *http.Response) error {
	defer answer.Body.Close()
	p.page = &page{url: at, status: answer.StatusCode, header: answer.Header, ids: map[string]bool{}, codes: map[string]string{}}
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		text, err := io.ReadAll(answer.Body)
		p.page.text = string(text)
		return err
	}
	root, err := html.Parse(answer.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", at, err)
	}
	p.page.read(root, nil)
	return nil
}

// read reads a node and all in it.
func (g *page) read(n *html.Node, in *form) {
	if n.Type == html.TextNode {
		if text := strings.Join(strings.Fields(n.Data), " "); text != "" {
			g.text += text + "\n"
		}
		return
	}
	if n.Type == html.ElementNode {
		if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "inert" }) {
			defer func(before bool) { g.inert = before }(g.inert)
			g.inert = true
		}
		if id := attribute(n, "id"); id != "" {
			g.ids[id] = true
		}
		if part := attribute(n, "src"); part != "" {
			g.parts = append(g.parts, g.address(part).String())
		}
		switch n.Data {
		case "script", "style", "svg", "template", "title":
			return
		case "link":
			g.parts = append(g.parts, g.address(attribute(n, "href")).String())
		case "html":
			g.lang = attribute(n, "lang")
		case "pre":
			if id := attribute(n, "id"); id != "" {
				g.codes[id] = letters(n)
			}
		case "h1":
			if g.heading == "" {
				g.heading = words(n)
			}
		case "a":
			g.links = append(g.links, link{nameOf(n), g.address(attribute(n, "href")).String()})
		case "form":
			f := form{action: g.address(attribute(n, "action")), method: strings.ToUpper(attribute(n, "method")), values: url.Values{}, inert: g.inert}
			g.forms = append(g.forms, f)
			in = &g.forms[len(g.forms)-1]
		case "input":
			if name := attribute(n, "name"); in != nil && name != "" && attribute(n, "type") != "radio" {
				in.values.Add(name, attribute(n, "value"))
			}
		case "button":
			if in != nil && in.button == "" && attribute(n, "type") != "button" {
				in.button = nameOf(n)
				if name := attribute(n, "name"); name != "" {
					in.values.Set(name, attribute(n, "value"))
				}
			}
		case "dl":
			if attribute(n, "class") == "reference" {
				_, g.attempt, _ = strings.Cut(words(n), " ")
			}
		}
	}
	for c := range n.ChildNodes() {
		g.read(c, in)
	}
}

func (g *page) address(reference string) *url.URL {
	u, err := g.url.Parse(reference)
	if err != nil {
		return g.url
	}
	return u
}

// String is the page for a person who wonders why a test failed.
func (g *page) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n# %s\n%s", g.status, g.url, g.heading, g.text)
	for _, f := range g.forms {
		fmt.Fprintf(&b, "[%s] %s %s\n", f.button, f.method, f.action)
	}
	return b.String()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// nameOf is how a screen reader calls a button or a link.
func nameOf(n *html.Node) string {
	if label := attribute(n, "aria-label"); label != "" {
		return label
	}
	return words(n)
}

// letters are all texts of a node as they stand.
func letters(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
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
