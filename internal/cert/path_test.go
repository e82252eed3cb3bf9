package cert

import (
	"crypto/x509"
	"testing"
	"time"

	"signet/internal/cert/certtest"
)

// Everything a stranger sends may fit together in every order; the work is
// bounded whatever it is (CVE-2026-32280). Work is counted, not time: links that
// were tried.
func TestT30WorkOfPathBuildingIsBounded(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	newCA := func(s certtest.CASpec) *certtest.CA {
		s.Now = now
		return certtest.NewCA(t, s)
	}
	ours := newCA(certtest.CASpec{Name: "Ours"})

	// Every CA of a mesh has vouched for every other, and all have one name, so
	// that each order of them is a path by name.
	mesh := func(n int, s certtest.CASpec, change func(*x509.Certificate)) (*certtest.CA, []*x509.Certificate) {
		s.Name = "Mesh"
		top := newCA(s)
		var all []*x509.Certificate
		for range n {
			s.Change = change
			sub := top.Sub(t, s)
			all = append(all, sub.Cert)
		}
		return top, all
	}
	sha1 := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }

	for what, offered := range map[string]func() (certtest.Leaf, []*x509.Certificate){
		"signatures that do not fit": func() (certtest.Leaf, []*x509.Certificate) {
			top, all := mesh(MaxPresented-1, certtest.CASpec{}, nil)
			return top.Issue(t, certtest.Spec{}), all
		},
		"signatures too weak to be looked at": func() (certtest.Leaf, []*x509.Certificate) {
			top, all := mesh(MaxPresented-1, certtest.CASpec{}, sha1)
			return top.Issue(t, certtest.Spec{}, certtest.SHA1), all
		},
		"signatures that fit, crossed": func() (certtest.Leaf, []*x509.Certificate) {
			a, b, c := newCA(certtest.CASpec{Name: "Mesh"}), newCA(certtest.CASpec{Name: "Mesh"}), newCA(certtest.CASpec{Name: "Mesh"})
			var all []*x509.Certificate
			for _, by := range []*certtest.CA{a, b, c} {
				for _, of := range []*certtest.CA{a, b, c} {
					all = append(all, by.Cross(t, of).Cert)
				}
			}
			return a.Issue(t, certtest.Spec{}), all
		},
	} {
		t.Run(what, func(t *testing.T) {
			leaf, all := offered()
			p := Policy{Anchors: []*x509.Certificate{ours.Cert}}
			f := newFinder(p, leaf.Cert, all, now)
			if f.search(func(path) bool { return false }); f.found != 0 || f.signatures < 0 || f.steps < -maxPathLength {
				t.Fatalf("%d paths, %d links and %d steps left", f.found, f.signatures, f.steps)
			}
			if v := Judge(p, append([]*x509.Certificate{leaf.Cert}, all...), now, nil); v.Accepted() || v.Cause != f.failure(*v.Leaf).cause {
				t.Errorf("accepted %v, cause %q", v.Accepted(), v.Cause)
			}
			t.Logf("%d links tried, more wanted: %v", defaultSignatures-f.signatures, f.exhausted)
		})
	}
}

// Of many ways to an anchor a few are enough.
func TestT30FewOfManyPathsAreKept(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	ours := certtest.NewCA(t, certtest.CASpec{Name: "Ours", Now: now})
	var offered []*x509.Certificate
	sub := ours.Sub(t, certtest.CASpec{Name: "Sub"})
	for range MaxPresented - 1 {
		offered = append(offered, ours.Cross(t, sub).Cert)
	}
	leaf := sub.Issue(t, certtest.Spec{}, certtest.Expired) // found by the search that explains, not by Go's verifier
	p := Policy{}
	for i := range 5 {
		p.Anchors = append(p.Anchors, ours.Renewed(t, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(0, 0, i) }).Cert)
	}
	f := newFinder(p, leaf.Cert, offered, now)
	judged := 0
	f.search(func(path) bool {
		judged++
		return false
	})
	if judged == 0 || judged > maxPaths+maxPaths/4 || f.signatures < 0 {
		t.Errorf("%d paths, %d links left", judged, f.signatures)
	}
	if v := Judge(p, append([]*x509.Certificate{leaf.Cert}, offered...), now, nil); v.Cause != CauseExpired {
		t.Errorf("cause %q", v.Cause)
	}
}
