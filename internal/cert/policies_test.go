package cert_test

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// The policies of these tests.
const (
	gold, silver, foreign, everyPolicy = "1.2.3.1", "1.2.3.2", "1.9.9.1", "2.5.29.32.0"
)

// policed changes a CA: its policies, and what it demands about those below.
type policed struct {
	policies             []string
	maps                 [][2]string
	explicit, noMap, any *int
}

func (p policed) change(t *testing.T) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Policies = oids(t, p.policies...)
		if len(p.maps) > 0 {
			c.ExtraExtensions = append(c.ExtraExtensions, certtest.PolicyMappings(t, p.maps...))
		}
		or := func(n *int) int {
			if n == nil {
				return -1
			}
			return *n
		}
		if p.explicit != nil || p.noMap != nil {
			c.ExtraExtensions = append(c.ExtraExtensions, certtest.PolicyConstraints(or(p.explicit), or(p.noMap)))
		}
		if p.any != nil {
			c.ExtraExtensions = append(c.ExtraExtensions, certtest.InhibitAnyPolicy(*p.any))
		}
	}
}

// Policy processing (RFC 5280, section 6.1, by RFC 9618). The same by NIST's
// suite in TestPKITS, where that is at hand.
func TestPolicyProcessing(t *testing.T) {
	zero, one, two := new(int), new(int), new(int)
	*one, *two = 1, 2
	root := newCA(t, "Root")
	for _, c := range []struct {
		what   string
		cas    []policed
		leaf   []string
		policy cert.Policy // without anchors
		want   bool
	}{
		{"none, none demanded", []policed{{}}, nil, cert.Policy{}, true},
		{"none, one required by a CA", []policed{{policies: []string{gold}, explicit: zero}}, nil, cert.Policy{}, false},
		{"another, one required by a CA", []policed{{policies: []string{gold}, explicit: zero}}, []string{silver}, cert.Policy{}, false},
		{"the same, one required by a CA", []policed{{policies: []string{gold}, explicit: zero}}, []string{gold}, cert.Policy{}, true},
		{"any, one required by a CA", []policed{{policies: []string{gold}, explicit: zero}}, []string{everyPolicy}, cert.Policy{}, true},
		{"required further down than anything is", []policed{{explicit: two}}, nil, cert.Policy{}, true},
		{"required after a CA", []policed{{policies: []string{gold}, explicit: one}, {policies: []string{gold}}}, nil, cert.Policy{}, false},

		{"a set, not demanded", []policed{{policies: []string{gold}}}, []string{gold}, cert.Policy{PolicyOIDs: []string{silver}, PoliciesOptional: true}, true},
		{"a set, required by a CA", []policed{{policies: []string{gold, silver}, explicit: zero}}, []string{gold}, cert.Policy{PolicyOIDs: []string{silver}, PoliciesOptional: true}, false},
		{"a set with any", []policed{{policies: []string{gold}, explicit: zero}}, []string{gold}, cert.Policy{PolicyOIDs: []string{silver, everyPolicy}, PoliciesOptional: true}, true},
		{"any demanded, none there", []policed{{}}, nil, cert.Policy{ExplicitPolicy: true}, false},
		{"any demanded, one there", []policed{{policies: []string{gold}}}, []string{gold}, cert.Policy{ExplicitPolicy: true}, true},

		{"mapped", []policed{{policies: []string{gold}}, {policies: []string{gold}, maps: [][2]string{{gold, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{gold}}, true},
		{"mapped, the foreign one demanded", []policed{{policies: []string{gold}}, {policies: []string{gold}, maps: [][2]string{{gold, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{foreign}}, false},
		{"mapped, named by its old name", []policed{{policies: []string{gold}}, {policies: []string{gold}, maps: [][2]string{{gold, foreign}}}}, []string{gold}, cert.Policy{PolicyOIDs: []string{gold}}, false},
		{"mapped twice", []policed{{policies: []string{gold}, maps: [][2]string{{gold, silver}}}, {policies: []string{silver}, maps: [][2]string{{silver, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{gold}}, true},
		{"mapped under any", []policed{{policies: []string{everyPolicy}, maps: [][2]string{{gold, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{gold}}, true},
		{"mapped, forbidden above", []policed{{policies: []string{gold}, noMap: zero}, {policies: []string{gold}, maps: [][2]string{{gold, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{gold}}, false},
		{"mapped, forbidden one further down", []policed{{policies: []string{gold}, noMap: one}, {policies: []string{gold}, maps: [][2]string{{gold, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{gold}}, true},
		{"mapped, forbidden by the caller", []policed{{policies: []string{gold}, maps: [][2]string{{gold, foreign}}}}, []string{foreign}, cert.Policy{PolicyOIDs: []string{gold}, InhibitMapping: true}, false},
		{"any mapped", []policed{{policies: []string{everyPolicy}, maps: [][2]string{{everyPolicy, foreign}}}}, []string{foreign}, cert.Policy{}, false},
		{"mapped to any", []policed{{policies: []string{gold}, maps: [][2]string{{gold, everyPolicy}}}}, []string{foreign}, cert.Policy{}, false},

		{"any, which is inhibited", []policed{{policies: []string{gold}, any: zero}}, []string{everyPolicy}, cert.Policy{PolicyOIDs: []string{gold}}, false},
		{"any, which is inhibited further down", []policed{{policies: []string{gold}, any: one}, {policies: []string{everyPolicy}}}, []string{gold}, cert.Policy{PolicyOIDs: []string{gold}}, true},
		{"any, inhibited by the caller", []policed{{policies: []string{everyPolicy}}}, []string{gold}, cert.Policy{PolicyOIDs: []string{gold}, InhibitAnyPolicy: true}, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			ca := root
			for i, change := range c.cas {
				ca = ca.Sub(t, certtest.CASpec{Name: fmt.Sprint("CA ", i), Change: change.change(t)})
			}
			p := c.policy
			p.Anchors = trusting(root).Anchors
			v := cert.Judge(p, ca.Issue(t, certtest.Spec{Policies: c.leaf}).Chain, at(), nil)
			if c.want {
				mustAccept(t, v)
			} else {
				mustRefuse(t, v, cert.CauseConstraint, cert.CausePolicyMissing)
			}
			if check, _ := checkNamed(v, "policies"); check.OK != c.want {
				t.Errorf("another check decided: %+v", v.Checks)
			}
		})
	}
}

// T30: mappings in which each policy becomes each other multiply in the tree of
// RFC 5280 with every CA (CVE-2023-0464); in the graph of RFC 9618 they do not.
func TestT30CostOfPolicyMappingsIsBounded(t *testing.T) {
	root := newCA(t, "Root")
	var policies []string
	var maps [][2]string
	for i := range 12 {
		policies = append(policies, fmt.Sprint("1.2.3.", i))
	}
	for _, from := range policies {
		for _, to := range policies {
			maps = append(maps, [2]string{from, to})
		}
	}
	ca := root
	for i := range 8 {
		ca = ca.Sub(t, certtest.CASpec{Name: fmt.Sprint("CA ", i), Change: policed{policies: policies, maps: maps}.change(t)})
	}
	p := cert.Policy{Anchors: trusting(root).Anchors, MaxDepth: 10, PolicyOIDs: policies[:1]}
	mustAccept(t, cert.Judge(p, ca.Issue(t, certtest.Spec{Policies: policies}).Chain, at(), nil)) // 12^8 nodes of a tree
	p.PolicyOIDs = []string{gold + ".1"}
	mustRefuse(t, cert.Judge(p, ca.Issue(t, certtest.Spec{Policies: policies}).Chain, at(), nil), cert.CausePolicyMissing)
}

// CAs that roll over: a self-issued certificate is one for the CA's new key, and
// takes no place in the path length nor in the skips of policies.
func TestSelfIssuedCAs(t *testing.T) {
	root := newCA(t, "Root")
	limited := root.Sub(t, certtest.CASpec{Name: "Limited", Change: func(c *x509.Certificate) { c.MaxPathLenZero = true }})
	rolled := limited.Sub(t, certtest.CASpec{Name: "new key", Change: func(c *x509.Certificate) { c.RawSubject = limited.Cert.RawSubject }})
	mustAccept(t, cert.Judge(trusting(root), rolled.Issue(t, certtest.Spec{}).Chain, at(), nil))
	// Written in other letters it is the same CA still.
	name := certtest.Name(t, []certtest.Attribute{certtest.Organization("SIGNET test")}, []certtest.Attribute{certtest.CommonName("limited")})
	other := limited.Sub(t, certtest.CASpec{Change: func(c *x509.Certificate) { c.RawSubject = name }})
	mustAccept(t, cert.Judge(trusting(root), other.Issue(t, certtest.Spec{}).Chain, at(), nil))
	below := rolled.Sub(t, certtest.CASpec{Name: "below"})
	mustRefuse(t, cert.Judge(trusting(root), below.Issue(t, certtest.Spec{}).Chain, at(), nil), cert.CauseConstraint)

	// New key under the old one, and the old one under the new (RFC 4210, section
	// 4.4): whoever trusts either takes the people of both.
	old, young := newCA(t, "Rolling"), newCA(t, "Rolling")
	oldPerson, newPerson := old.Issue(t, certtest.Spec{CN: "old"}), young.Issue(t, certtest.Spec{CN: "new"})
	links := []*x509.Certificate{old.Cross(t, young).Cert, young.Cross(t, old).Cert}
	for what, trusted := range map[string]*certtest.CA{"old": old, "new": young} {
		for _, person := range []certtest.Leaf{oldPerson, newPerson} {
			v := cert.Judge(cert.Policy{Anchors: trusting(trusted).Anchors, Intermediates: links}, person.Chain, at(), nil)
			if !v.Accepted() {
				t.Errorf("trusting the %s key, %s: %s %+v", what, person.Cert.Subject, v.Cause, failures(v))
			}
		}
	}
}

// A bridge between two PKIs, as governments have: each trusts its own root, and
// both reach the other's people through the bridge, by their own policies and
// under the names that the bridge lets the other give.
func TestBridgeCAs(t *testing.T) {
	home, away, bridge := newCA(t, "Home Root"), newCA(t, "Away Root"), newCA(t, "Bridge")
	awayName := certtest.Name(t, []certtest.Attribute{certtest.Organization("Away")})
	limit := certtest.Extended(certtest.NameConstraints(t, [][]byte{certtest.GeneralName(t, 4, awayName)}, nil))
	// What the home root says of the bridge, and the bridge of the other root.
	bridgePolicy := policed{policies: []string{gold}, maps: [][2]string{{gold, silver}}}.change(t)
	awayPolicy := policed{policies: []string{silver}, maps: [][2]string{{silver, foreign}}}.change(t)
	toBridge := home.SubWithKey(t, certtest.CASpec{Name: "Bridge", Change: bridgePolicy}, bridge.Key)
	toAway := bridge.SubWithKey(t, certtest.CASpec{Name: "Away Root", Change: func(c *x509.Certificate) { limit(c); awayPolicy(c) }}, away.Key)
	people := away.Sub(t, certtest.CASpec{Name: "Away People", Change: func(c *x509.Certificate) {
		c.RawSubject = certtest.Name(t, []certtest.Attribute{certtest.Organization("Away")}, []certtest.Attribute{certtest.CommonName("People")})
		c.Policies = oids(t, foreign)
	}})
	inside := func(o string) []byte {
		return certtest.Name(t, []certtest.Attribute{certtest.Organization(o)}, []certtest.Attribute{certtest.CommonName("alice")})
	}
	alice := people.Issue(t, certtest.Spec{RawSubject: inside("AWAY"), Policies: []string{foreign}})
	p := cert.Policy{Anchors: trusting(home).Anchors, Intermediates: []*x509.Certificate{toBridge.Cert, toAway.Cert, people.Cert}, PolicyOIDs: []string{gold}}
	mustAccept(t, cert.Judge(p, alice.Chain[:1], at(), nil))
	// In any order, from the client, among those that lead nowhere.
	noise := []*x509.Certificate{bridge.Cert, away.Cert, away.Cross(t, bridge).Cert, people.Cert, toAway.Cert, toBridge.Cert}
	mustAccept(t, cert.Judge(cert.Policy{Anchors: p.Anchors, PolicyOIDs: p.PolicyOIDs}, append(slices.Clone(alice.Chain[:1]), noise...), at(), nil))

	mallory := people.Issue(t, certtest.Spec{RawSubject: inside("Home"), Policies: []string{foreign}})
	mustRefuse(t, cert.Judge(p, mallory.Chain[:1], at(), nil), cert.CauseConstraint)
	unvetted := people.Issue(t, certtest.Spec{RawSubject: inside("Away")})
	mustRefuse(t, cert.Judge(p, unvetted.Chain[:1], at(), nil), cert.CausePolicyMissing)
}

// Of many ways through a mesh of CAs one is good; it is found within the bounds,
// whatever stands before it.
func TestOneGoodWayThroughAMesh(t *testing.T) {
	root, target := newCA(t, "Root"), newCA(t, "Target")
	var offered []*x509.Certificate
	names := strings.Fields("A B C D E")
	var layer []*certtest.CA
	for _, name := range names {
		layer = append(layer, newCA(t, name))
	}
	spoiled := func(c *x509.Certificate) { c.NotAfter = at().AddDate(0, 0, -1) }
	for i, from := range layer {
		offered = append(offered, root.SubWithKey(t, certtest.CASpec{Name: names[i], Change: spoiled}, from.Key).Cert)
		for j, to := range layer {
			if i != j {
				offered = append(offered, from.SubWithKey(t, certtest.CASpec{Name: names[j]}, to.Key).Cert)
			}
		}
		change := spoiled
		if i == 3 {
			change = nil
		}
		offered = append(offered, from.SubWithKey(t, certtest.CASpec{Name: "Target", Change: change}, target.Key).Cert)
	}
	offered = append(offered, root.SubWithKey(t, certtest.CASpec{Name: "E"}, layer[4].Key).Cert)
	leaf := target.Issue(t, certtest.Spec{})
	mustAccept(t, cert.Judge(cert.Policy{Anchors: trusting(root).Anchors, Intermediates: offered}, leaf.Chain, at(), nil))

	// The same where Go's verifier cannot help: names are written otherwise.
	shout := certtest.Name(t, []certtest.Attribute{certtest.Organization("SIGNET TEST")}, []certtest.Attribute{certtest.CommonName("target")})
	alias := &certtest.CA{Cert: target.Renewed(t, func(c *x509.Certificate) { c.RawSubject = shout }).Cert, Key: target.Key, Now: at()}
	mustAccept(t, cert.Judge(cert.Policy{Anchors: trusting(root).Anchors, Intermediates: offered}, alias.Issue(t, certtest.Spec{}).Chain, at(), nil))
}
