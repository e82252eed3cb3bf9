package cert_test

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
)

// limboCase is a case of C2SP/x509-limbo.
type limboCase struct {
	ID             string    `json:"id"`
	Features       []string  `json:"features"`
	Kind           string    `json:"validation_kind"`
	Trusted        []string  `json:"trusted_certs"`
	Intermediates  []string  `json:"untrusted_intermediates"`
	Peer           string    `json:"peer_certificate"`
	ValidationTime time.Time `json:"validation_time"`
	MaxDepth       *int      `json:"max_chain_depth"`
	CRLs           []string  `json:"crls"`
	Expected       string    `json:"expected_result"`
}

// TestT30Limbo judges the path-validation cases of C2SP/x509-limbo. Most of them
// are about servers: they are judged for that purpose, and without the name of
// the host, which a client certificate has none to match.
//
// testdata/limbo.txt lists the cases that do not apply and those in which we
// deviate, with the reason. It only shrinks: a case that is listed without need
// fails, as does one that is not listed.
func TestT30Limbo(t *testing.T) {
	cases := readLimbo(t)
	listed := readDeviations(t, "limbo.txt")
	if len(listed) > maxListed {
		t.Errorf("%d cases are listed, there were %d", len(listed), maxListed)
	}
	judged, deviating, inapplicable := 0, 0, 0
	for _, c := range cases {
		entry, isListed := listed[c.ID]
		delete(listed, c.ID)
		if entry.kind == "n/a" {
			inapplicable++
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			judged++
			v := judgeLimbo(t, c)
			want := c.Expected == "SUCCESS"
			switch {
			case v.Accepted() == want && isListed:
				t.Errorf("is as it should be: take it out of testdata/limbo.txt")
			case v.Accepted() != want && isListed:
				deviating++
				if got := string(v.Cause); got != entry.got && !(v.Accepted() && entry.got == "accepted") {
					t.Errorf("listed with %s, is %q", entry.got, got)
				}
			case v.Accepted() != want:
				t.Errorf("accepted %v (%s), want %s: %+v", v.Accepted(), v.Cause, c.Expected, failures(v))
			}
		})
	}
	for id := range listed {
		t.Errorf("testdata/limbo.txt lists %s, which is no case", id)
	}
	t.Logf("x509-limbo: %d cases, %d judged, of which %d deviate; %d do not apply", len(cases), judged, deviating, inapplicable)
}

// maxListed is how many lines testdata/limbo.txt has; lower it with the file.
const maxListed = 52

func judgeLimbo(t *testing.T, c limboCase) cert.Verdict {
	t.Helper()
	// The suite's own keys and depths: what we demand beyond RFC 5280 is tested
	// elsewhere.
	p := cert.Policy{MaxDepth: 20}
	if c.MaxDepth != nil {
		if p.MaxDepth = min(*c.MaxDepth, 20); p.MaxDepth == 0 {
			p.MaxDepth = -1
		}
	}
	if c.Kind == "SERVER" {
		p = p.For(x509.ExtKeyUsageServerAuth)
	}
	for _, text := range c.Trusted {
		// An anchor that cannot be read is refused when the administrator brings it.
		if ca, err := cert.ParseBundle([]byte(text)); err == nil {
			p.Anchors = append(p.Anchors, ca...)
		}
	}
	var presented [][]byte
	for _, text := range append([]string{c.Peer}, c.Intermediates...) {
		b, _ := pem.Decode([]byte(text))
		if b == nil {
			t.Fatal("no PEM")
		}
		presented = append(presented, b.Bytes)
	}
	now := c.ValidationTime
	if now.IsZero() {
		now = time.Date(2026, 6, 29, 0, 0, 0, 0, time.UTC) // the day of the suite
	}
	var revoked cert.Revoked
	if len(c.CRLs) > 0 {
		var lists [][]byte
		for _, text := range c.CRLs {
			lists = append(lists, []byte(text))
		}
		revoked = cert.NewLists(lists, nil).Revoked(p, nil, now)
	}
	return cert.JudgeRaw(p, presented, now, revoked)
}

func readLimbo(t *testing.T) []limboCase {
	t.Helper()
	folder := os.Getenv("SIGNET_TESTDATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "testdata") // beside the project
	}
	data, err := os.ReadFile(filepath.Join(folder, "x509-limbo-core.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("SKIPPED, the x509-limbo suite was not run: no x509-limbo-core.json in %s; SIGNET_TESTDATA says where it is", folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Version int         `json:"version"`
		Cases   []limboCase `json:"testcases"`
	}
	if err := json.Unmarshal(data, &suite); err != nil {
		t.Fatal(err)
	}
	if suite.Version != 1 || len(suite.Cases) < 200 || !slices.ContainsFunc(suite.Cases, func(c limboCase) bool { return c.Kind == "CLIENT" }) {
		t.Fatalf("version %d, %d cases: not the suite that we know", suite.Version, len(suite.Cases))
	}
	return suite.Cases
}

type deviation struct{ kind, got, reason string }

// readDeviations reads lines of "id | n/a or what we say | reason".
func readDeviations(t *testing.T, file string) map[string]deviation {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]deviation{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, "|", 3)
		if len(parts) != 3 || strings.TrimSpace(parts[2]) == "" {
			t.Fatalf("testdata/%s: %q", file, line)
		}
		id, got := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
		if _, twice := all[id]; twice {
			t.Fatalf("testdata/%s: %s twice", file, id)
		}
		d := deviation{kind: "deviates", got: got, reason: strings.TrimSpace(parts[2])}
		if got == "n/a" {
			d.kind = "n/a"
		}
		all[id] = d
	}
	return all
}
