package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNoLinkLeadsNowhere follows every link of the console and of the profile
// as the people who use them: each page must answer, each part of it must be
// there, and each form must be sent somewhere. Nothing is sent: a form that
// changes something is only asked whether anybody listens.
func TestNoLinkLeadsNowhere(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	// Pages that an installation has only after somebody made something.
	admin.open(d.Issuer + "/admin/organizations/new")
	admin.fill("name", "North clinic")
	admin.fill("handle", "north-clinic")
	admin.press("Create")
	alice := d.newPerson(nil)
	alice.open(d.Issuer + "/profile")
	alice.password("alice", d.user("alice").Password, "Sign in")

	console, profile := admin.crawl(d.Issuer+"/admin"), alice.crawl(d.Issuer+"/profile")
	t.Logf("%d pages of the console, %d of the profile", console, profile)
	if console < 60 || profile < 15 {
		t.Errorf("only %d pages of the console and %d of the profile were found", console, profile)
	}
}

// crawler goes wherever the pages of the main site lead one person.
type crawler struct {
	*person
	from  map[string]string          // which page led to an address first
	queue []string                   // addresses that nobody looked at yet
	kinds map[string]int             // how many addresses of a kind were queued
	ids   map[string]map[string]bool // what the fragments of a page may name, by address
	jumps map[string]string          // addresses with a fragment, and which page leads there
	pages int
}

// alike bounds how many pages that differ by an id only are looked at: those of
// events are as many as there were events.
const alike = 6

var idInPath = regexp.MustCompile(`/[0-9a-z]{16,}`)

// crawl looks at everything that can be reached from an address and returns how
// many pages that is.
func (p *person) crawl(address string) int {
	p.t.Helper()
	c := &crawler{person: p, from: map[string]string{}, kinds: map[string]int{}, ids: map[string]map[string]bool{}, jumps: map[string]string{}}
	c.add("the address bar", address)
	for len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		c.visit(next)
	}
	for to, from := range c.jumps {
		page, fragment, _ := strings.Cut(to, "#")
		if ids, seen := c.ids[page]; seen && !ids[fragment] {
			p.t.Errorf("%s → %s: nothing on the page has this id", from, to)
		}
	}
	return c.pages
}

// add queues an address of the main site that was not seen before.
func (c *crawler) add(from, address string) {
	u, err := url.Parse(address)
	if err != nil {
		c.t.Errorf("%s → %s: %v", from, address, err)
		return
	}
	if u.Scheme+"://"+u.Host != c.d.Issuer {
		return // other programs answer for themselves
	}
	if u.Fragment != "" {
		c.jumps[address] = from
		u.Fragment = ""
	}
	address = u.String()
	if _, seen := c.from[address]; seen {
		return
	}
	c.from[address] = from
	names := make([]string, 0, len(u.Query()))
	for name := range u.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	kind := idInPath.ReplaceAllString(u.Path, "/*") + "?" + strings.Join(names, "&")
	if c.kinds[kind]++; c.kinds[kind] <= alike {
		c.queue = append(c.queue, address)
	}
}

func (c *crawler) visit(address string) {
	from := c.from[address]
	if err := c.walk(http.MethodGet, address, nil); err != nil {
		c.t.Errorf("%s → %s: %v", from, address, err)
		return
	}
	c.pages++
	g := c.page
	if g.status != http.StatusOK {
		c.t.Errorf("%s → %s: %d %s", from, address, g.status, g.heading)
		return
	}
	if strings.HasPrefix(g.url.Path, "/signin") && !strings.Contains(address, "/signin") {
		c.t.Errorf("%s → %s: asks somebody to sign in who is", from, address)
		return
	}
	here := g.url.String()
	c.ids[here] = g.ids
	for _, l := range g.links {
		c.add(here, l.url)
	}
	for _, part := range g.parts {
		c.add(here, part)
	}
	for _, f := range g.forms {
		if f.inert {
			continue
		}
		if f.method != http.MethodPost {
			to := *f.action
			to.RawQuery = f.values.Encode()
			c.add(here, to.String())
			continue
		}
		c.listens(fmt.Sprintf("%s → [%s]", here, f.button), f.action)
	}
}

// listens fails the test where nobody takes what a form sends.
func (c *crawler) listens(from string, action *url.URL) {
	to := action.Scheme + "://" + action.Host + action.Path
	if _, seen := c.from["POST "+to]; seen || action.Scheme+"://"+action.Host != c.d.Issuer {
		return
	}
	c.from["POST "+to] = from
	if err := c.walk(http.MethodOptions, to, nil); err != nil {
		c.t.Errorf("%s %s: %v", from, to, err)
		return
	}
	if allowed := c.page.header.Get("Allow"); c.page.status != http.StatusMethodNotAllowed || !strings.Contains(allowed, http.MethodPost) {
		c.t.Errorf("%s %s: %d, and takes only %q", from, to, c.page.status, allowed)
	}
}
