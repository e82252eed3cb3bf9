package e2e

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the demo's database
)

// TestAttemptThatCannotCountHasItsPage shows attempts that are no browser's any
// more: their pages name the cause and nothing of a certificate, because whoever
// opens them has not proved to be the one who was refused.
func TestAttemptThatCannotCountHasItsPage(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()
	// started stops just before the certificate host and returns the attempt's
	// address there.
	widget := ""
	started := func(p *person) string {
		p.t.Helper()
		p.stop = ""
		p.open(a.request().url)
		widget = p.page.url.String()
		p.stop = "/api/mtls/"
		p.press(map[string]string{"en": "Sign in with mTLS", "fr": "Se connecter avec mTLS"}[p.language])
		p.stop = ""
		return p.stopped.String()
	}
	for name, c := range map[string]struct {
		cheat  func(*person)
		en, fr words3
		logged string
	}{
		"used": {
			func(p *person) {
				at := started(p)
				p.open(at)
				p.open(at)
			},
			words3{"This attempt was already used", "Every attempt works once.", "Start again"},
			words3{"Cette tentative a déjà servi", "Chaque tentative ne sert qu’une fois.", "Recommencer"},
			"The attempt was used already",
		},
		"used, on the way back": {
			func(p *person) {
				at := started(p)
				p.stop = "/return/"
				p.open(at)
				back := p.stopped.String()
				p.stop = ""
				p.open(back)
				p.stands(map[string]string{"en": "Demo application would like to know who you are", "fr": "Demo application souhaite savoir qui vous êtes"}[p.language])
				p.open(back)
			},
			words3{"This attempt was already used", "Every attempt works once.", "Go on with the sign-in"},
			words3{"Cette tentative a déjà servi", "Chaque tentative ne sert qu’une fois.", "Poursuivre la connexion"},
			"The attempt was used already",
		},
		"expired": {
			func(p *person) {
				at := started(p)
				d.age(p.t)
				p.open(at)
			},
			words3{"This attempt has expired", "has to be finished within five minutes", "Start again"},
			words3{"Cette tentative a expiré", "doit être terminée en cinq minutes", "Recommencer"},
			"The attempt has expired",
		},
		"expired, on the way back": {
			func(p *person) {
				at := started(p)
				p.stop = "/return/"
				p.open(at)
				back := p.stopped.String()
				p.stop = ""
				d.age(p.t)
				p.open(back)
			},
			words3{"This attempt has expired", "has to be finished within five minutes", "Go on with the sign-in"},
			words3{"Cette tentative a expiré", "doit être terminée en cinq minutes", "Poursuivre la connexion"},
			"The attempt has expired",
		},
		"of another browser": {
			// The attacker began it and lured alice there; she must not be signed in
			// at the attacker's, nor the attacker as her.
			func(p *person) {
				attacker := d.personIn(p.language, nil)
				at := started(attacker)
				p.open(at)
				attacker.open(widget)
				if !attacker.can("Sign in with mTLS") && !attacker.can("Se connecter avec mTLS") {
					p.t.Errorf("the attacker's sign-in went on:\n%s", attacker.page)
				}
			},
			words3{"This attempt began in another browser", "If somebody sent you this link, do not trust it.", "Start again"},
			words3{"Cette tentative a commencé dans un autre navigateur", "Si quelqu’un vous a envoyé ce lien, ne vous y fiez pas.", "Recommencer"},
			"The attempt began in another browser",
		},
		"unknown": {
			func(p *person) {
				at := started(p)
				p.open(at[:strings.LastIndex(at, "/")+1] + strings.Repeat("a", 52))
			},
			words3{"This attempt is not known", "belongs to no attempt with a certificate", "Start again"},
			words3{"Cette tentative est inconnue", "ne correspond à aucune tentative avec un certificat", "Recommencer"},
			"Unknown attempt",
		},
	} {
		// One after the other: ageing ages all that wait.
		t.Run(name, func(t *testing.T) {
			for language, in := range map[string]words3{"en": c.en, "fr": c.fr} {
				p := d.personIn(language, d.certificate("alice"))
				p.t = t
				c.cheat(p)
				p.stands(in.title)
				p.sees(in.why)
				if p.page.lang != language || p.page.status != http.StatusOK || !strings.HasPrefix(p.page.url.Path, "/signin/refused/") {
					t.Errorf("%d in %q at %s", p.page.status, p.page.lang, p.page.url)
				}
				if strings.Contains(p.page.text, "Alice") {
					t.Errorf("the page tells of the certificate:\n%s", p.page)
				}
				if !p.can(in.next) {
					t.Errorf("there is no %q:\n%s", in.next, p.page)
				}
				admin.finds(t, p.page.attempt, c.logged)
			}
		})
	}
}

// TestMethodThatIsNotSwitchedOnIsRefused sends the form of a method that the
// application does not offer, as a page does that was open while an
// administrator switched it off.
func TestMethodThatIsNotSwitchedOnIsRefused(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	admin := d.administrator()
	admin.switchOff(d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`))
	for language, in := range map[string]words3{
		"en": {"This login method is not switched on here", "The application does not offer this way to sign in.", "Sign in another way"},
		"fr": {"Cette méthode de connexion n’est pas activée ici", "L’application ne propose pas cette façon de se connecter.", "Se connecter autrement"},
	} {
		p := d.personIn(language, d.certificate("alice"))
		p.open(a.request().url)
		if p.can("Sign in with mTLS") || p.can("Se connecter avec mTLS") {
			t.Fatalf("the button is still there:\n%s", p.page)
		}
		old := form{method: http.MethodPost, values: url.Values{"provider": {d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`)}}}
		old.action = p.page.loginPath(t).JoinPath("certificate")
		p.send(old)
		p.stands(in.title)
		p.sees(in.why)
		if len(p.hosts) != 0 {
			t.Errorf("a certificate was asked for: %v", p.hosts)
		}
		admin.finds(t, p.page.attempt, "The login method is not switched on for the application", "Demo application")
		p.press(in.next)
		p.stands(map[string]string{"en": "Sign in to Demo application", "fr": "Se connecter à Demo application"}[language])
	}
}

// switchOff switches a login method off for the demo application.
func (p *person) switchOff(method string) {
	p.t.Helper()
	p.open(p.d.Issuer + "/applications/" + p.d.Client.ID + "/methods")
	p.send(form{method: http.MethodPost, action: p.page.url.JoinPath(method, "switch"), values: url.Values{}})
}

// age makes every attempt that waits as old as one that took five minutes.
func (d *demo) age(t *testing.T) {
	t.Helper()
	d.change(t, `UPDATE attempts SET created_at = created_at - 300000001, expires_at = expires_at - 300000001`)
}

// change changes a row of the demo's database, where waiting would take minutes
// and no page does it yet.
func (d *demo) change(t *testing.T, statement string) {
	t.Helper()
	if _, err := d.database(t).ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (d *demo) query(t *testing.T, statement string) (text string) {
	t.Helper()
	if err := d.database(t).QueryRowContext(t.Context(), statement).Scan(&text); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return text
}

func (d *demo) database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.dir, "signet.db")+"?_pragma=busy_timeout(30000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
