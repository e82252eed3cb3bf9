package app

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// session is somebody who is signed in.
type session struct {
	idToken  string
	claims   map[string]any // of the ID token
	userInfo map[string]any
	until    time.Time
}

// begun is a sign-in that Signet has not answered yet.
type begun struct {
	key      string // the state parameter
	browser  string // the cookie of the browser that began it
	nonce    string
	verifier string // PKCE
	until    time.Time
}

// How long things are kept, and how many at the most: anyone can begin.
const (
	begunLife   = time.Hour
	sessionLife = 8 * time.Hour
	maxKept     = 1000
)

// memory keeps sessions and sign-ins.
type memory struct {
	now func() time.Time

	mu       sync.Mutex // guards what follows
	sessions map[string]session
	begun    map[string]begun
}

func newMemory(now func() time.Time) *memory {
	return &memory{now: now, sessions: map[string]session{}, begun: map[string]begun{}}
}

func (m *memory) begin(browser string) begun {
	b := begun{key: rand.Text(), browser: browser, nonce: rand.Text(), verifier: oauth2.GenerateVerifier(), until: m.now().Add(begunLife)}
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, other := range m.begun {
		if len(m.begun) >= maxKept || other.until.Before(m.now()) {
			delete(m.begun, key)
		}
	}
	m.begun[b.key] = b
	return b
}

// take returns what was begun under the key, once, to the browser that began it.
func (m *memory) take(key, browser string) (begun, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.begun[key]
	if !ok || b.browser != browser || b.until.Before(m.now()) {
		return begun{}, false
	}
	delete(m.begun, key)
	return b, true
}

func (m *memory) open(s session) string {
	s.until = m.now().Add(sessionLife)
	id := rand.Text()
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, other := range m.sessions {
		if len(m.sessions) >= maxKept || other.until.Before(m.now()) {
			delete(m.sessions, key)
		}
	}
	m.sessions[id] = s
	return id
}

func (m *memory) session(id string) (session, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	return s, ok && s.until.After(m.now())
}

func (m *memory) drop(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, id)
}

// The cookies; __Host- keeps other names and plain http from setting them
// (RFC 6265bis, section 4.1.3.2).
const (
	sessionCookie = "__Host-demo-session"
	browserCookie = "__Host-demo-browser"
)

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func clearCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: -1})
}

// browserOf recognises a browser, so that an answer of Signet is taken only by
// the one that asked (RFC 6749, section 10.12).
func browserOf(w http.ResponseWriter, r *http.Request) string {
	if known := cookie(r, browserCookie); known != "" {
		return known
	}
	fresh := rand.Text()
	setCookie(w, browserCookie, fresh)
	return fresh
}
