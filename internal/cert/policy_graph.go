package cert

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// anyPolicy stands for every certificate policy (RFC 5280, section 4.2.1.4).
const anyPolicy = "2.5.29.32.0"

// policyNode is a policy at a depth of the path.
type policyNode struct {
	expected []string // what the certificate below may name for it
	parents  []string // policies of the depth above
}

// policyGraph is the valid_policy_graph of RFC 9618, which replaces the tree of
// RFC 5280: each policy stands once at each depth, so that policy mappings cannot
// multiply the work by every certificate (section 3 there). A nil graph is NULL.
type policyGraph struct {
	depths []map[string]*policyNode
}

func newPolicyGraph() *policyGraph {
	return &policyGraph{depths: []map[string]*policyNode{{anyPolicy: {expected: []string{anyPolicy}}}}}
}

func (g *policyGraph) last() map[string]*policyNode { return g.depths[len(g.depths)-1] }

// descend adds the policies of the next certificate (section 6.1.3 (d)); anyCounts
// says whether anyPolicy still counts in it. It returns nil where no policy is left.
func (g *policyGraph) descend(policies []string, anyCounts bool) *policyGraph {
	parents := map[string][]string{} // by expected policy
	for policy, node := range g.last() {
		for _, expected := range node.expected {
			parents[expected] = append(parents[expected], policy)
		}
	}
	_, aboveAny := g.last()[anyPolicy]
	next := map[string]*policyNode{}
	for _, policy := range policies {
		switch {
		case policy == anyPolicy:
		case len(parents[policy]) > 0:
			next[policy] = &policyNode{expected: []string{policy}, parents: parents[policy]}
		case aboveAny:
			next[policy] = &policyNode{expected: []string{policy}, parents: []string{anyPolicy}}
		}
	}
	if anyCounts && slices.Contains(policies, anyPolicy) {
		for policy, above := range parents {
			if next[policy] == nil {
				next[policy] = &policyNode{expected: []string{policy}, parents: above}
			}
		}
	}
	g.depths = append(g.depths, next)
	return g.pruned()
}

// mapped applies the policy mappings of a CA to the depth that was added for it
// (section 6.1.4 (b)); allowed says whether mapping still is.
func (g *policyGraph) mapped(mappings []x509.PolicyMapping, allowed bool) *policyGraph {
	if len(mappings) == 0 || g == nil {
		return g
	}
	last := g.last()
	to := map[string][]string{}
	for _, m := range mappings {
		from := m.IssuerDomainPolicy.String()
		to[from] = append(to[from], m.SubjectDomainPolicy.String())
	}
	if !allowed {
		for from := range to {
			delete(last, from)
		}
		return g.pruned()
	}
	for from, subjects := range to {
		slices.Sort(subjects)
		subjects = slices.Compact(subjects)
		if node := last[from]; node != nil {
			node.expected = subjects
		} else if last[anyPolicy] != nil {
			last[from] = &policyNode{expected: subjects, parents: []string{anyPolicy}}
		}
	}
	return g
}

// pruned takes out the nodes that nothing leads on from, and returns nil where
// none is left (section 6.1.3 (d)(3)).
func (g *policyGraph) pruned() *policyGraph {
	needed := g.last()
	for i := len(g.depths) - 2; i >= 0; i-- {
		used := map[string]bool{}
		for _, node := range needed {
			for _, p := range node.parents {
				used[p] = true
			}
		}
		for policy := range g.depths[i] {
			if !used[policy] {
				delete(g.depths[i], policy)
			}
		}
		needed = g.depths[i]
	}
	if len(g.last()) == 0 {
		return nil
	}
	return g
}

// constrained returns the policies that the path is valid for, in the terms of
// the CA at its top (section 6.1.5 (g), authorities-constrained-policy-set);
// anyPolicy is among them where it is valid for every one.
func (g *policyGraph) constrained() (all []string) {
	if g == nil {
		return nil
	}
	for i, depth := range g.depths {
		for policy, node := range depth {
			if policy != anyPolicy && slices.Contains(node.parents, anyPolicy) || policy == anyPolicy && i == len(g.depths)-1 {
				all = append(all, policy)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// policyInputs are what section 6.1.1 (c), (e), (f) and (g) let the caller choose.
type policyInputs struct {
	wanted                                 []string // none means any
	explicit, inhibitMapping, inhibitedAny bool
}

// processPolicies decides by section 6.1 whether the path keeps the rules of its
// CAs about policies, and returns the policies that it is valid for. The text
// says why not. The anchor is no part of the path (section 6.1).
func processPolicies(chain []*x509.Certificate, in policyInputs) (valid []string, refusal string) {
	path := chain[:len(chain)-1]
	n := len(path)
	first := func(now bool) int {
		if now {
			return 0
		}
		return n + 1
	}
	explicit, mapping, inhibit := first(in.explicit), first(in.inhibitMapping), first(in.inhibitedAny)
	graph := newPolicyGraph()
	for i := n - 1; i >= 0; i-- {
		c, final := path[i], i == 0
		own := selfIssued(c)
		if graph != nil {
			if policies := policiesOf(c); len(policies) > 0 {
				graph = graph.descend(policies, inhibit > 0 || !final && own)
			} else {
				graph = nil
			}
		}
		if explicit == 0 && graph == nil {
			return nil, "a policy is required, and the path is valid for none from " + nameText(c.RawSubject) + " on"
		}
		if final {
			break
		}
		for _, m := range c.PolicyMappings {
			if m.IssuerDomainPolicy.String() == anyPolicy || m.SubjectDomainPolicy.String() == anyPolicy {
				return nil, nameText(c.RawSubject) + " maps anyPolicy"
			}
		}
		graph = graph.mapped(c.PolicyMappings, mapping > 0)
		if !own {
			explicit, mapping, inhibit = max(explicit-1, 0), max(mapping-1, 0), max(inhibit-1, 0)
		}
		explicit = lower(explicit, c.RequireExplicitPolicy, c.RequireExplicitPolicyZero)
		mapping = lower(mapping, c.InhibitPolicyMapping, c.InhibitPolicyMappingZero)
		inhibit = lower(inhibit, c.InhibitAnyPolicy, c.InhibitAnyPolicyZero)
	}
	explicit = max(explicit-1, 0)
	if leaf := path[0]; leaf.RequireExplicitPolicyZero && leaf.RequireExplicitPolicy == 0 {
		explicit = 0
	}
	valid = graph.constrained()
	if len(in.wanted) > 0 {
		switch {
		case slices.Contains(valid, anyPolicy):
			valid = in.wanted
		default:
			valid = slices.DeleteFunc(valid, func(p string) bool { return !slices.Contains(in.wanted, p) })
		}
	}
	if explicit == 0 && len(valid) == 0 {
		if len(in.wanted) > 0 {
			return nil, fmt.Sprintf("not valid for any of %v", in.wanted)
		}
		return nil, "a policy is required, and the path is valid for none"
	}
	return valid, ""
}

// lower takes a limit of a certificate, where it has one and it is stricter.
func lower(now, limit int, zero bool) int {
	if limit > 0 || zero {
		return min(now, limit)
	}
	return now
}

func policiesOf(c *x509.Certificate) []string {
	all := make([]string, 0, len(c.Policies))
	for _, oid := range c.Policies {
		all = append(all, oid.String())
	}
	return all
}

// touchesPolicies reports whether section 6.1 has anything to decide: without a
// demand, or a CA that makes one, every path is valid for "no policy in
// particular".
func touchesPolicies(chain []*x509.Certificate) bool {
	return slices.ContainsFunc(chain, func(c *x509.Certificate) bool {
		return c.RequireExplicitPolicy > 0 || c.RequireExplicitPolicyZero || len(c.PolicyMappings) > 0
	})
}
