package notify_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/store"
)

// of counts the messages of a kind by address.
func (h *house) of(kind iam.MessageKind) map[string]int {
	n := map[string]int{}
	for _, m := range h.outbox() {
		if m.Kind == kind {
			n[m.To]++
		}
	}
	return n
}

func TestPeopleAreRemindedOnceAtEachStep(t *testing.T) {
	each(t, func(h *house) {
		bob := h.person("bob", "fr")
		h.link(bob, "card", 40)
		blocked := h.person("carl", "")
		h.link(blocked, "card of Carl", 20)
		h.must(h.directory.Block(h.ctx(), program, blocked.ID))
		other := &notify.Service{DB: h.db, Log: h.log, Box: h.mail.Box, Trust: h.trust, Catalogues: h.mail.Catalogues, Issuer: h.mail.Issuer}
		total := 0
		for hour := 0; hour < 41*24; hour += 12 {
			var wg sync.WaitGroup
			for _, node := range []*notify.Service{h.mail, other} { // a second node, or the same after a restart
				wg.Go(func() {
					if err := node.Remind(h.ctx()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := h.of(iam.MessageCertificateExpires)["bob@example.org"]; n != total {
				total = n
				left := 40*24 - hour
				if want := map[int]int{1: 30 * 24, 2: 7 * 24, 3: 24}[n]; left != want {
					t.Errorf("reminder %d comes %d hours before the end, want %d", n, left, want)
				}
			}
			h.clock.Advance(12 * time.Hour)
		}
		if total != 3 {
			t.Errorf("Bob was reminded %d times", total)
		}
		if n := h.of(iam.MessageCertificateExpires)["carl@example.org"]; n != 0 {
			t.Errorf("who is blocked was reminded %d times", n)
		}
	})
}

func TestWhoWasAwayIsRemindedOfTheNearestStepOnly(t *testing.T) {
	h := newHouse(t)
	h.link(h.person("bob", ""), "card", 5)
	for range 3 {
		h.must(h.mail.Remind(h.ctx()))
	}
	if n := h.of(iam.MessageCertificateExpires)["bob@example.org"]; n != 1 {
		t.Errorf("reminded %d times", n)
	}
}

func TestShortCertificatesAreNotRemindedOfFromTheFirstDay(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob", "")
	_, err := h.identities.Add(h.ctx(), program, bob.ID, h.method, iam.Evidence{Type: iam.ProviderCertificate, Provider: h.method.ID, Key: "short", Certificate: &iam.Certificate{
		CommonName: "short", SHA256: "s", NotBefore: h.clock.Now(), NotAfter: h.clock.Now().Add(24 * time.Hour),
	}})
	h.must(err)
	h.must(h.mail.Remind(h.ctx()))
	if n := h.of(iam.MessageCertificateExpires); len(n) != 0 {
		t.Errorf("reminded: %v", n)
	}
}

func TestExpiringCertificatesAreListedForAdministrators(t *testing.T) {
	each(t, func(h *house) {
		for i, days := range []int{3, 20, 50, -2} {
			name := string(rune('a' + i))
			h.link(h.person(name, ""), name, days)
		}
		list, err := h.mail.Expiring(h.ctx(), h.admin, 30, "", 10)
		h.must(err)
		if len(list) != 2 || list[0].User.Login != "a" || list[1].User.Login != "b" {
			t.Errorf("within 30 days: %+v", list)
		}
		page, err := h.mail.Expiring(h.ctx(), h.admin, 30, list[0].Identity.ID, 10)
		h.must(err)
		if len(page) != 1 || page[0].User.Login != "b" {
			t.Errorf("the page after the first: %+v", page)
		}
		if _, err := h.mail.Expiring(h.ctx(), iam.Caller{User: list[0].User.ID}, 30, "", 10); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("for somebody who may not: %v", err)
		}
		for _, days := range []int{0, -1, 5000} {
			if _, err := h.mail.Expiring(h.ctx(), h.admin, days, "", 10); iam.KindOf(err) != iam.KindInvalid {
				t.Errorf("within %d days: %v", days, err)
			}
		}
	})
}

func TestAdministratorsAreWarnedOfAuthorities(t *testing.T) {
	each(t, func(h *house) {
		ca := certtest.NewCA(t, certtest.CASpec{Name: "Old CA", Now: h.clock.Now().AddDate(-5, 0, 50)}) // ends in about 50 days
		p := h.method
		p.Settings.Certificate = &iam.CertificateSettings{Anchors: string(ca.PEM())}
		id := cert.AuthorityID(ca.Cert)
		p.Settings.Certificate.Revocation = []iam.CARevocation{{CA: id, Mode: iam.RevocationRequired, Lists: []string{"http://crl.example/a.crl"}}}
		h.must(h.db.Update(h.ctx(), func(tx *store.Tx) error { return tx.UpdateProvider(p) }))

		found, err := h.mail.Warnings(h.ctx(), h.admin)
		h.must(err)
		if len(found) != 1 || found[0].Kind != iam.MessageAuthorityExpires || found[0].Authority != "Old CA" {
			t.Fatalf("warnings: %+v", found)
		}
		bob := h.person("bob", "")
		if found, err := h.mail.Warnings(h.ctx(), iam.Caller{User: bob.ID}); err != nil || len(found) != 0 {
			t.Errorf("for somebody who may not: %v, %v", found, err)
		}
		for range 2 {
			h.must(h.mail.Remind(h.ctx()))
		}
		if n := h.of(iam.MessageAuthorityExpires); n["ada@example.org"] != 1 || len(n) != 1 {
			t.Errorf("60 days before: %v", n)
		}
		h.clock.Advance(25 * 24 * time.Hour)
		h.must(h.mail.Remind(h.ctx()))
		if n := h.of(iam.MessageAuthorityExpires)["ada@example.org"]; n != 2 {
			t.Errorf("30 days before: %d", n)
		}
		h.clock.Advance(40 * 24 * time.Hour)
		for range 2 {
			h.must(h.mail.Remind(h.ctx()))
		}
		if n := h.of(iam.MessageAuthorityExpired)["ada@example.org"]; n != 1 {
			t.Errorf("after the end: %d", n)
		}
	})
}

func TestAdministratorsAreWarnedOfLists(t *testing.T) {
	each(t, func(h *house) {
		ca := certtest.NewCA(t, certtest.CASpec{Name: "CA", Now: h.clock.Now()})
		p := h.method
		id := cert.AuthorityID(ca.Cert)
		p.Settings.Certificate = &iam.CertificateSettings{Anchors: string(ca.PEM()), Revocation: []iam.CARevocation{{CA: id, Mode: iam.RevocationRequired}}}
		list := iam.RevocationList{Provider: p.ID, Authority: id, Source: iam.SourceUpload, Certificate: ca.Cert.Raw, DataHash: []byte("hash"), ThisUpdate: h.clock.Now(), NextUpdate: h.clock.Now().AddDate(0, 0, 10)}
		h.must(h.db.Update(h.ctx(), func(tx *store.Tx) error {
			if err := tx.UpdateProvider(p); err != nil {
				return err
			}
			if _, err := tx.AddRevocationList(list); err != nil {
				return err
			}
			return tx.KeepRevocationList(list, []byte("list"))
		}))
		h.must(h.mail.Remind(h.ctx()))
		if n := len(h.outbox()); n != 0 {
			t.Fatalf("ten days before there are %d messages", n)
		}
		h.clock.Advance(4 * 24 * time.Hour)
		h.must(h.mail.Remind(h.ctx()))
		if n := h.of(iam.MessageListExpires)["ada@example.org"]; n != 1 {
			t.Errorf("six days before the end of an uploaded list: %d", n)
		}
		h.clock.Advance(7 * 24 * time.Hour)
		for range 2 {
			h.must(h.mail.Remind(h.ctx()))
		}
		if n := h.of(iam.MessageListOutdated)["ada@example.org"]; n != 1 {
			t.Errorf("after the end: %d", n)
		}
		if m := h.last(); !strings.Contains(m.Subject, "CA") || !strings.HasSuffix(m.Letter.Link, "/admin/settings/trust") {
			t.Errorf("message: %+v", m)
		}
	})
}
