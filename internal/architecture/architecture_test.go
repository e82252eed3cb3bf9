// Package architecture keeps the rooms of ARCHITECTURE.md apart: its test fails
// where an import goes up or sideways, where a package has no place in the plan,
// and where a line stands outside of the room that it belongs to.
//
// What only tests import is exempt: they may build a whole server for a room, or
// look at the rows behind a rule.
package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/version"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floor is the height at which a package stands. Imports go down only.
type floor int

const (
	ground floor = iota // nouns, rows, pages, certificates
	rules               // rooms with rules
	front               // rooms that speak HTTP
	house               // assembles all of it
)

// plan gives every room its floor; a folder below a room belongs to it.
var plan = map[string]floor{
	"internal/iam": ground, "internal/i18n": ground, "internal/config": ground, "internal/seal": ground, "internal/cert": ground,
	"internal/ca": ground, "internal/store": ground, "internal/web": ground, "internal/words": ground, "internal/picture": ground, "internal/limit": ground, "internal/fetch": ground,
	"internal/architecture": ground, "internal/proxyconfig": ground, "internal/freeport": ground,

	"internal/audit": rules, "internal/backchannel": rules, "internal/notify": rules, "internal/session": rules, "internal/trust": rules, "internal/provider": rules, "internal/signing": rules,
	"internal/directory": rules, "internal/identity": rules, "internal/issuing": rules, "internal/login": rules,

	"internal/signin": front, "internal/method": front, "internal/oidc": front, "internal/console": front, "internal/profile": front, "internal/tryout": front,

	"internal/server": house, "internal/doctor": house, "internal/demo": house, "cmd": house, "e2e": house, "bench": house,
}

// room returns which room a package of ours belongs to. Each method is a room.
func room(path string) (name string, at floor, ok bool) {
	for name, at := range plan {
		if path == name || strings.HasPrefix(path, name+"/") {
			if name == "internal/method" {
				method, _, _ := strings.Cut(strings.TrimPrefix(path, name+"/"), "/")
				name += "/" + method
			}
			return name, at, true
		}
	}
	return "", 0, false
}

// rule is one line of the table "never | why". The paths are relative to the
// module for packages of ours, and import paths for others.
type rule struct {
	never, why string
	breaks     func(from, to string) bool
}

// in reports whether the path is one of the packages or below it.
func in(path string, packages ...string) bool {
	return slices.ContainsFunc(packages, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

func ours(path string) bool { return in(path, "internal", "cmd", "e2e", "bench") }

func on(path string, at floor) bool {
	_, f, ok := room(path)
	return ok && f == at
}

func table() []rule {
	return []rule{
		{"a package without a place in the plan", "whoever adds a room says on which floor it stands", func(from, _ string) bool {
			_, _, ok := room(from)
			return !ok
		}},
		{"front room → front room", "they meet in the browser or below", func(from, to string) bool {
			a, _, _ := room(from)
			b, _, _ := room(to)
			return on(from, front) && on(to, front) && a != b
		}},
		{"front room → store", "no row changes without a rule, a caller and an event", func(from, to string) bool {
			return on(from, front) && in(to, "internal/store")
		}},
		{"rule room → net/http, html/template, web", "rules are testable without a server", func(from, to string) bool {
			return on(from, rules) && (in(to, "html/template", "internal/web", "internal/words") || to == "net/http")
		}},
		{"method → identity, directory, session", "a method proves; it does not decide who that is", func(from, to string) bool {
			return in(from, "internal/method") && in(to, "internal/identity", "internal/directory", "internal/session")
		}},
		{"cert, iam, i18n, config, seal → anything of ours", "ground", func(from, to string) bool {
			a, _, _ := room(from)
			b, _, _ := room(to)
			return in(from, "internal/cert", "internal/iam", "internal/i18n", "internal/config", "internal/seal") && ours(to) && a != b
		}},
		{"store → anything but iam", "rows know nouns, not rules", func(from, to string) bool {
			return in(from, "internal/store") && ours(to) && !in(to, "internal/store", "internal/iam")
		}},
		{"anything but server, demo, cmd → config", "configuration arrives as fields", func(from, to string) bool {
			return in(to, "internal/config") && !in(from, "internal/config", "internal/server", "internal/demo", "cmd", "e2e", "bench")
		}},
		{"anything but oidc → zitadel/oidc", "one place changes when the library does", func(from, to string) bool {
			// The demo's and the tests' relying parties use its client, as others would.
			return in(to, "github.com/zitadel/oidc") && !in(from, "internal/oidc") &&
				!(in(from, "internal/demo", "e2e", "bench") && strings.Contains(to, "/pkg/client"))
		}},
		{"an import that goes up", "the floors", func(from, to string) bool {
			_, a, _ := room(from)
			_, b, known := room(to)
			return ours(to) && known && b > a
		}},
	}
}

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	GoFiles    []string
	Imports    []string
}

// violations returns a sentence for every line of the table that the graph
// breaks. Paths of ours are without the module's name.
func violations(graph []pkg) (found []string) {
	kits := map[string]bool{} // for tests only: they import testing
	for _, p := range graph {
		kits[p.ImportPath] = slices.Contains(p.Imports, "testing")
	}
	for _, p := range graph {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			found = append(found, p.ImportPath+" has no package comment: what does it own?")
		}
		for _, name := range []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "types", "manager"} {
			if p.Name == name {
				found = append(found, fmt.Sprintf("%s is called %s: a package is a noun that owns something", p.ImportPath, name))
			}
		}
		for _, to := range append(slices.Clone(p.Imports), "") { // "" so that a package without imports is looked at too
			for _, r := range table() {
				if r.breaks(p.ImportPath, to) {
					found = append(found, fmt.Sprintf("%s imports %q. Never: %s (%s)", p.ImportPath, to, r.never, r.why))
				}
			}
			if kits[to] && !kits[p.ImportPath] {
				found = append(found, fmt.Sprintf("%s imports %s, which is for tests only", p.ImportPath, to))
			}
		}
	}
	return found
}

func TestImportsGoDown(t *testing.T) {
	root := moduleRoot(t)
	out := goList(t, root, "-e", "-json=ImportPath,Name,Doc,GoFiles,Imports", "./...")
	var graph []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = relative(p.ImportPath)
		for i := range p.Imports {
			p.Imports[i] = relative(p.Imports[i])
		}
		graph = append(graph, p)
	}
	if len(graph) < 5 {
		t.Fatalf("only %d packages were found", len(graph))
	}
	for _, sentence := range violations(graph) {
		t.Error(sentence)
	}
}

// A checker that finds nothing proves nothing.
func TestCheckerFindsEveryViolation(t *testing.T) {
	for _, c := range []struct{ from, to, says string }{
		{"internal/newroom", "fmt", "without a place in the plan"},
		{"internal/signin", "internal/oidc", "front room → front room"},
		{"internal/method/certificate", "internal/method/password", "front room → front room"},
		{"internal/oidc", "internal/method/certificate", "front room → front room"},
		{"internal/console", "internal/store", "front room → store"},
		{"internal/method/certificate", "internal/store", "front room → store"},
		{"internal/login", "net/http", "rule room → net/http"},
		{"internal/session", "html/template", "rule room → net/http"},
		{"internal/directory", "internal/web", "rule room → net/http"},
		{"internal/audit", "internal/words", "rule room → net/http"},
		{"internal/method/certificate", "internal/identity", "method → identity"},
		{"internal/method/certificate", "internal/session", "method → identity"},
		{"internal/method/totp", "internal/directory", "method → identity"},
		{"internal/iam", "internal/i18n", "anything of ours"},
		{"internal/cert", "internal/iam", "anything of ours"},
		{"internal/i18n", "internal/web", "anything of ours"},
		{"internal/config", "internal/iam", "anything of ours"},
		{"internal/store", "internal/i18n", "store → anything but iam"},
		{"internal/store", "internal/audit", "store → anything but iam"},
		{"internal/login", "internal/config", "→ config"},
		{"internal/oidc", "internal/config", "→ config"},
		{"internal/login", "github.com/zitadel/oidc/v3/pkg/oidc", "zitadel/oidc"},
		{"internal/server", "github.com/zitadel/oidc/v3/pkg/op", "zitadel/oidc"},
		{"internal/demo", "github.com/zitadel/oidc/v3/pkg/op", "zitadel/oidc"},
		{"internal/session", "internal/signin", "goes up"},
		{"internal/web", "internal/session", "goes up"},
		{"internal/login", "internal/server", "goes up"},
		{"internal/signin", "cmd/signet", "goes up"},
		{"internal/server", "internal/store/storetest", "for tests only"},
	} {
		graph := []pkg{
			{ImportPath: c.from, Doc: "Package x", GoFiles: []string{"x.go"}, Imports: []string{"context", c.to}},
			{ImportPath: "internal/store/storetest", Doc: "Package storetest", GoFiles: []string{"x.go"}, Imports: []string{"testing"}},
		}
		if found := violations(graph); !strings.Contains(strings.Join(found, "\n"), c.says) {
			t.Errorf("%s → %s is not found: %q", c.from, c.to, found)
		}
	}
	for name, p := range map[string]pkg{
		"no doc":     {ImportPath: "internal/login", GoFiles: []string{"x.go"}},
		"a bad name": {ImportPath: "internal/login/util", Name: "util", Doc: "Package util", GoFiles: []string{"x.go"}},
	} {
		if len(violations([]pkg{p})) != 1 {
			t.Errorf("%s is not found", name)
		}
	}
	sound := []pkg{
		{ImportPath: "cmd/signet", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"internal/server", "internal/config"}},
		{ImportPath: "internal/server", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"net/http", "internal/store", "internal/oidc", "internal/config"}},
		{ImportPath: "internal/oidc", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"internal/login", "internal/web", "github.com/zitadel/oidc/v3/pkg/op"}},
		{ImportPath: "internal/login", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"internal/identity", "internal/store", "internal/iam"}},
		{ImportPath: "internal/store", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"internal/iam", "database/sql"}},
		{ImportPath: "internal/store/storetest", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"internal/store", "testing"}},
		{ImportPath: "internal/demo", Doc: "x", GoFiles: []string{"x.go"}, Imports: []string{"github.com/zitadel/oidc/v3/pkg/client/rp"}},
	}
	if found := violations(sound); len(found) > 0 {
		t.Errorf("a sound graph is refused: %q", found)
	}
}

// certificateHeader matches the name of a header in which proxies of any make
// deliver a client's certificate or what they think of it: nginx, HAProxy,
// Apache, Envoy, Traefik, IIS, and RFC 9440.
var certificateHeader = regexp.MustCompile(`(?i)^(x[-_](ssl|tls)[-_]|x[-_](ssl[-_])?client[-_](cert|verify|dn|s[-_]?dn)|x[-_]forwarded[-_](tls[-_])?client[-_]cert|x-arr-clientcert|(http[-_])?ssl[-_]client[-_]|client-cert)`)

// Reading a certificate from a header is the most attacked line of this field:
// it stands in one place, and nothing else knows a name to read.
func TestCertificateHeadersAreReadInOnePlace(t *testing.T) {
	root := moduleRoot(t)
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") && path != root {
			return filepath.SkipDir
		}
		name, _ := filepath.Rel(root, path)
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || mayReadCertificateHeaders(filepath.ToSlash(name)) {
			return nil
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, header := range certificateHeaders(file) {
			t.Errorf("%s knows the certificate header %q: only method/certificate/forwarded*.go may", name, header)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("only %d files were read", files)
	}
}

func mayReadCertificateHeaders(name string) bool {
	allowed, _ := filepath.Match("internal/method/certificate/forwarded*.go", name)
	return allowed
}

// certificateHeaders returns the literals that name one.
func certificateHeaders(file *ast.File) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil && certificateHeader.MatchString(text) {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

func TestCertificateHeadersAreKnownByName(t *testing.T) {
	for name, want := range map[string]bool{
		"X-SSL-Client-Cert": true, "x_ssl_client_verify": true, "X-SSL-CERT": true, "X-Client-Cert": true, "X-Client-Verify": true, "X-Client-DN": true,
		"X-Forwarded-Client-Cert": true, "X-Forwarded-Tls-Client-Cert-Info": true, "X-ARR-ClientCert": true, "SSL_CLIENT_CERT": true, "HTTP_SSL_CLIENT_VERIFY": true,
		"Client-Cert": true, "Client-Cert-Chain": true,
		"tls_client_auth": false, "self_signed_tls_client_auth": false, "client_certificate": false, "X-Forwarded-For": false, "certificate": false,
	} {
		if certificateHeader.MatchString(name) != want {
			t.Errorf("%s: a certificate header = %v, want %v", name, !want, want)
		}
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", fmt.Sprintf("package x\nvar name = r.Header.Get(%q)", name), 0)
		if err != nil {
			t.Fatal(err)
		}
		if (len(certificateHeaders(file)) == 1) != want {
			t.Errorf("%s is not found in a file", name)
		}
	}
	if mayReadCertificateHeaders("internal/web/forwarded.go") || !mayReadCertificateHeaders("internal/method/certificate/forwarded_nginx.go") {
		t.Error("the wrong files may read certificate headers")
	}
}

// CVE-2025-68121: older releases of Go resume TLS sessions of a client whose CA
// is no longer trusted.
func TestMinimumGoVersion(t *testing.T) {
	const minimum = "go1.26"
	got := "go" + strings.TrimSpace(string(goList(t, ".", "-m", "-f", "{{.GoVersion}}")))
	if version.Compare(got, minimum) < 0 {
		t.Errorf("go.mod allows %s, the minimum is %s", got, minimum)
	}
}

func relative(path string) string { return strings.TrimPrefix(path, "signet/") }

func moduleRoot(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(string(goList(t, ".", "-m", "-f", "{{.Dir}}")))
}

func goList(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list %v: %v\n%s", args, err, exit.Stderr)
		}
		t.Fatalf("go list %v: %v", args, err)
	}
	return out
}

// TestRoomsAreOnPaper holds the list of rooms in ARCHITECTURE.md to the plan, and
// the plan to the folders that there are.
func TestRoomsAreOnPaper(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## Rooms")
	rooms, _, _ := strings.Cut(rest, "\nDirection:")
	for name := range plan {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Errorf("the plan has a room that is not there: %v", err)
		}
		name := strings.TrimPrefix(name, "internal/")
		listed := slices.ContainsFunc(strings.Split(rooms, "\n"), func(line string) bool {
			return strings.HasPrefix(strings.TrimSpace(line), name+"/")
		})
		if !listed {
			t.Errorf("ARCHITECTURE.md does not list %s/", name)
		}
	}
}
