package cert

import (
	"cmp"
	linked "container/list"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

// Paths remembers the paths of certificates that were accepted, so that a person
// who signs in every day costs the signatures of their path once. What is
// remembered is that the signatures are good and that Go's verifier accepts the
// path, for exactly these bytes: the certificate, all that came with it, the
// CAs of the policy and the purpose. Dates are looked at every time, and every
// check of ours is made every time. The zero value is ready.
type Paths struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]*linked.Element // under mu
	used  linked.List                           // of remembered, used last first; under mu
	most  int                                   // maxRemembered where 0
}

// maxRemembered bounds what is remembered: some hundred bytes each, since the CAs
// are those that the policy holds anyway.
const maxRemembered = 4096

type remembered struct {
	key     [sha256.Size]byte
	issuers []*x509.Certificate // of the path, without its leaf
}

// path returns the path that was remembered under the key, if every certificate of
// it is in its time.
func (p *Paths) path(key [sha256.Size]byte, leaf *x509.Certificate, now time.Time) []*x509.Certificate {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	e, ok := p.known[key]
	if !ok {
		return nil
	}
	p.used.MoveToFront(e)
	chain := append([]*x509.Certificate{leaf}, e.Value.(remembered).issuers...)
	if slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return now.Before(c.NotBefore) || now.After(c.NotAfter) }) {
		return nil
	}
	return chain
}

// remember keeps an accepted path.
func (p *Paths) remember(key [sha256.Size]byte, chain []*x509.Certificate) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.known[key]; ok {
		return
	}
	if p.known == nil {
		p.known = map[[sha256.Size]byte]*linked.Element{}
	}
	p.known[key] = p.used.PushFront(remembered{key, slices.Clone(chain[1:])})
	if len(p.known) > cmp.Or(p.most, maxRemembered) {
		oldest := p.used.Back()
		delete(p.known, p.used.Remove(oldest).(remembered).key)
	}
}

// pathKey is a hash of all that Go's verifier goes by but the time.
func (f *finder) pathKey() (key [sha256.Size]byte) {
	h := sha256.New()
	number := func(n int) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	for _, group := range [][]*x509.Certificate{{f.leaf}, f.policy.Anchors, f.candidates} {
		number(len(group)) // so that no certificate can pass from one group to the next
		for _, c := range group {
			number(len(c.Raw))
			h.Write(c.Raw)
		}
	}
	for _, purpose := range f.policy.verifierPurposes() {
		number(int(purpose))
	}
	h.Sum(key[:0])
	return key
}
