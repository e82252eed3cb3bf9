package words_test

import (
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/words"
)

func printer(t *testing.T, lang string) *i18n.Printer {
	t.Helper()
	catalogues, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := catalogues.In(lang)
	if !ok {
		t.Fatalf("no language %s", lang)
	}
	return p
}

func TestDevice(t *testing.T) {
	for name, c := range map[string]struct{ header, want, icon string }{
		"Firefox on Linux":  {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux", "device"},
		"Chrome on Windows": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Chrome on Windows", "device"},
		"headless Chrome":   {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36", "Chrome on Linux", "device"},
		"Edge on Windows":   {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows", "device"},
		"Safari on a Mac":   {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15", "Safari on macOS", "device"},
		"Safari, telephone": {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone", "phone"},
		"Chrome on Android": {"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android", "phone"},
		"nothing":           {"", "Unknown device", "device"},
		"a program":         {"curl/8.5.0", "curl", "device"},
		"a long text":       {strings.Repeat("é", 500), strings.Repeat("é", 39) + "…", "device"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := words.Device(printer(t, "en"), c.header); got != c.want {
				t.Errorf("Device = %q, want %q", got, c.want)
			}
			if got := words.DeviceIcon(c.header); got != c.icon {
				t.Errorf("DeviceIcon = %q, want %q", got, c.icon)
			}
		})
	}
}

func TestIssuer(t *testing.T) {
	for issuer, want := range map[string]string{
		"CN=Test CA,O=Example":         "Test CA",
		"O=Example, CN=Test CA":        "Test CA",
		`CN=Test\, the CA,O=Example`:   "Test, the CA",
		`O=CN\=not this,OU=Users`:      `O=CN\=not this,OU=Users`,
		"CN=,O=Example":                "CN=,O=Example",
		"OU=Users+CN=Test CA,O=Exampl": "Test CA",
		`CN=back\\slash`:               `back\slash`,
		"":                             "",
	} {
		if got := words.Issuer(iam.Certificate{Issuer: issuer}); got != want {
			t.Errorf("Issuer of %q = %q, want %q", issuer, got, want)
		}
	}
}

func TestEveryKindOfEventHasWordsAndAnIcon(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		p := printer(t, lang)
		var seen []string
		for _, kind := range iam.EventKinds() {
			told := words.Of(p, iam.Event{Kind: kind}, words.Names{}, time.Time{})
			if strings.HasPrefix(told.What, "[") || told.Icon == "" || slices.Contains(seen, told.What) {
				t.Errorf("%s in %s: %q, icon %q", kind, lang, told.What, told.Icon)
			}
			seen = append(seen, told.What)
		}
	}
}

func names(login func(iam.UserID) string) words.Names {
	return words.Names{
		App: func(id iam.AppID) string { return map[iam.AppID]string{"wiki": "Wiki"}[id] },
		Method: func(id iam.ProviderID) iam.Provider {
			return map[iam.ProviderID]iam.Provider{
				"mtls": {Type: iam.ProviderCertificate, Name: "mTLS"}, "password": {Type: iam.ProviderPassword, Name: iam.PasswordName},
				"named": {Type: iam.ProviderPassword, Name: "Staff password"},
			}[id]
		},
		Login: login,
	}
}

func TestWhoDidIt(t *testing.T) {
	logins := func(id iam.UserID) string { return map[iam.UserID]string{"admin": "ada"}[id] }
	for name, c := range map[string]struct {
		event iam.Event
		login func(iam.UserID) string
		want  string
	}{
		"the person":               {iam.Event{Actor: "bob", User: "bob", Address: "192.0.2.1"}, logins, ""},
		"a visitor":                {iam.Event{User: "bob", Address: "192.0.2.1"}, logins, ""},
		"an administrator":         {iam.Event{Actor: "admin", User: "bob", Address: "192.0.2.1"}, logins, "ada"},
		"in one's own log":         {iam.Event{Actor: "admin", User: "bob", Address: "192.0.2.1"}, nil, "an administrator"},
		"somebody who is gone":     {iam.Event{Actor: "gone", User: "bob", Address: "192.0.2.1"}, logins, "an administrator"},
		"the program or a command": {iam.Event{User: "bob", UserAgent: "user block"}, logins, "Signet itself"},
	} {
		t.Run(name, func(t *testing.T) {
			c.event.Kind = iam.EventUserBlocked
			told := words.Of(printer(t, "en"), c.event, names(c.login), time.Time{})
			if told.By != c.want {
				t.Errorf("By = %q, want %q", told.By, c.want)
			}
			if told.By == "Signet itself" && told.Device != "" {
				t.Errorf("Device = %q for the program", told.Device)
			}
		})
	}
}

func TestNamesCausesAndDetails(t *testing.T) {
	e := iam.Event{
		Kind: iam.EventSignInRefused, Outcome: iam.OutcomeRefused, Cause: "not_linked", App: "gone", Provider: "mtls", Address: "192.0.2.1",
		Details: map[string]string{"reason": "user_blocked", "unheard": "of", "role": "member"},
	}
	told := words.Of(printer(t, "fr"), e, names(nil), time.Time{})
	if told.Why != "Certificat lié à personne" || told.App != "gone" || told.Method != "mTLS" || !told.Refused {
		t.Errorf("told = %+v", told)
	}
	var facts []string
	for _, f := range told.Details {
		facts = append(facts, f.Term+"="+f.Text)
	}
	if want := []string{"Raison=l’utilisateur a été bloqué", "Rôle=Membre", "unheard=of"}; !slices.Equal(facts, want) {
		t.Errorf("details = %q, want %q", facts, want)
	}
	e.Cause = "never_heard_of"
	if told := words.Of(printer(t, "en"), e, names(nil), time.Time{}); told.Why != "Cause: never_heard_of" {
		t.Errorf("Why = %q: a cause without words is hidden", told.Why)
	}
	e.Provider, e.Details = "gone", map[string]string{"name": "Old card"}
	if told := words.Of(printer(t, "en"), e, names(nil), time.Time{}); told.Method != "Old card" {
		t.Errorf("Method = %q, want the name that it had", told.Method)
	}
}

// Issue 3: the event log tells in words what happened. A list that says "Login
// method switched" tells neither which nor to what.
func TestListsTellWhatWasChanged(t *testing.T) {
	for name, c := range map[string]struct {
		event iam.Event
		want  string
	}{
		"a switch":          {iam.Event{Kind: iam.EventProviderSwitched, Provider: "mtls", Details: map[string]string{"name": "mTLS", "change": "off"}}, "mTLS · désactivée"},
		"by a password":     {iam.Event{Kind: iam.EventSignedIn, Provider: "password"}, "Mot de passe"},
		"a password's name": {iam.Event{Kind: iam.EventProviderSwitched, Provider: "password", Details: map[string]string{"name": iam.PasswordName, "change": "on"}}, "Mot de passe · activée"},
		"a named password":  {iam.Event{Kind: iam.EventSignedIn, Provider: "named"}, "Staff password"},
		"a role":            {iam.Event{Kind: iam.EventRoleChanged, Details: map[string]string{"change": "given", "role": "member"}}, "Membre · attribué"},
		"an end":            {iam.Event{Kind: iam.EventSessionEnded, Details: map[string]string{"reason": "user_blocked"}}, "l’utilisateur a été bloqué"},
		"what was refused":  {iam.Event{Kind: iam.EventActionRefused, Details: map[string]string{"action": string(iam.BlockUser)}}, words.Value(printer(t, "fr"), "action", string(iam.BlockUser))},
		"what is gone":      {iam.Event{Kind: iam.EventProviderDeleted, Details: map[string]string{"name": "Carte"}}, "Carte"},
		"nothing to add":    {iam.Event{Kind: iam.EventUserCreated, Details: map[string]string{"times": "3"}}, ""},
		"the own name once": {iam.Event{Kind: iam.EventAppChanged, App: "gone", Details: map[string]string{"name": "gone", "change": "secret"}}, "nouveau secret"},
	} {
		if told := words.Of(printer(t, "fr"), c.event, names(nil), time.Time{}); told.Line != c.want {
			t.Errorf("%s: %q, want %q", name, told.Line, c.want)
		}
	}
}

func TestCertificate(t *testing.T) {
	now := time.Date(2031, time.March, 14, 9, 0, 0, 0, time.UTC)
	c := iam.Certificate{Subject: "CN=Alice,O=Example", CommonName: "Alice", Issuer: "CN=Test CA", Serial: "7F", SHA256: "ab", NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, 12)}
	card := words.Certificate(printer(t, "en"), c, now)
	if card.Name != "Alice" || card.Issuer != "Test CA" || card.State != "near" {
		t.Errorf("card = %+v", card)
	}
	for _, f := range card.Facts {
		if f.Text == "" || strings.HasPrefix(f.Term, "[") {
			t.Errorf("fact %+v", f)
		}
	}
	if card := words.Certificate(printer(t, "en"), c, now.AddDate(0, 1, 0)); card.State != "expired" {
		t.Errorf("state = %q, want expired", card.State)
	}
}

func TestPartsJoinToTheText(t *testing.T) {
	for _, text := range []string{"", "bob", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", strings.Repeat("é", 100), "a.b@example.org"} {
		e := words.Event{Person: text, Address: text}
		for _, parts := range [][]string{e.PersonParts(), e.AddressParts()} {
			if got := strings.Join(parts, ""); got != text {
				t.Errorf("parts of %q join to %q", text, got)
			}
			for _, part := range parts {
				if len([]rune(part)) > 16 {
					t.Errorf("part %q of %q is too long", part, text)
				}
			}
		}
	}
}

// TestEveryCheckHasAName: administrators read what was looked at, not what the
// program calls it.
func TestEveryCheckHasAName(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	leaf := ca.Issue(t, certtest.Spec{})
	now := leaf.Cert.NotBefore.Add(time.Hour)
	known := func([]*x509.Certificate) error { return nil }
	verdict := cert.Judge(cert.Policy{Anchors: []*x509.Certificate{ca.Cert}}, []*x509.Certificate{leaf.Cert}, now, known)
	if len(verdict.Checks) < 12 {
		t.Fatalf("checks: %+v", verdict.Checks)
	}
	for _, lang := range []string{"en", "fr"} {
		for _, c := range verdict.Checks {
			if told := words.Checks(printer(t, lang), []iam.Check{{Name: c.Name}}); told[0].Name == c.Name {
				t.Errorf("%s: %s", lang, c.Name)
			}
		}
	}
}
