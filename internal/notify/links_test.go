package notify_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// linkIn is the link of the last message that the server took.
func linkIn(t *testing.T, d *smtpd, prefix string) iam.Secret {
	t.Helper()
	got := d.took()
	if len(got) == 0 {
		t.Fatal("no mail came")
	}
	_, plain, _ := read(t, got[len(got)-1])
	_, after, ok := strings.Cut(plain, "https://id.example"+prefix)
	if !ok {
		t.Fatalf("no link in %s", plain)
	}
	return iam.Secret(strings.Fields(after)[0])
}

// confirm says that the address of a person is theirs.
func (h *house) confirm(u iam.User) {
	h.t.Helper()
	u.EmailVerified, u.Version = true, 0
	h.must(h.directory.EditUser(h.ctx(), h.admin, u))
}

func TestPasswordLinkIsMailed(t *testing.T) {
	each(t, func(h *house) {
		h.directory.Mail = h.mail
		bob, eve := h.person("bob", "fr"), h.person("eve", "")
		secret, err := h.directory.MakePasswordLink(h.ctx(), h.admin, bob.ID)
		h.must(err)
		if _, err := h.directory.MailPasswordLink(h.ctx(), h.admin, bob.ID, secret); iam.AsError(err) == nil || iam.AsError(err).Cause != "mail_not_set_up" {
			t.Errorf("without a mail server: %v", err)
		}
		d := h.server("localhost", &smtpd{implicit: true})
		h.use(d, nil)
		if _, err := h.directory.MailPasswordLink(h.ctx(), iam.Caller{User: eve.ID}, bob.ID, secret); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("by somebody who may not: %v", err)
		}
		if _, err := h.directory.MailPasswordLink(h.ctx(), h.admin, eve.ID, secret); !iam.IsNotFound(err) {
			t.Errorf("the link of another person: %v", err)
		}
		if _, err := h.directory.MailPasswordLink(h.ctx(), h.admin, bob.ID, secret); iam.AsError(err) == nil || iam.AsError(err).Cause != "email_not_confirmed" {
			t.Errorf("to an address that nobody confirmed: %v", err)
		}
		h.confirm(bob)
		_, err = h.directory.MailPasswordLink(h.ctx(), h.admin, bob.ID, secret)
		h.must(err)
		if _, err := h.directory.MailPasswordLink(h.ctx(), h.admin, bob.ID, secret); iam.KindOf(err) != iam.KindConflict {
			t.Errorf("sent twice: %v", err)
		}
		// Nobody reads the link in the outbox or in the database.
		m := h.last()
		whole, err := h.mail.Message(h.ctx(), h.admin, m.ID)
		h.must(err)
		for _, text := range []string{m.Letter.Link, m.Letter.Lead, m.Subject, whole.Letter.Link, string(whole.Sealed)} {
			if strings.Contains(text, string(secret)) {
				t.Errorf("the secret stands in %q", text)
			}
		}
		h.deliver()
		if got := linkIn(t, d, "/password/"); got != secret {
			t.Error("another link was sent")
		}
		if whole, err = h.mail.Message(h.ctx(), h.admin, m.ID); err != nil || len(whole.Sealed) != 0 {
			t.Errorf("after it was sent the link is still kept: %v", err)
		}
	})
}

// A message whose link is over is not sent.
func TestLinkThatIsOverIsNotSent(t *testing.T) {
	h := newHouse(t)
	h.directory.Mail = h.mail
	d := h.server("localhost", &smtpd{implicit: true})
	h.use(d, nil)
	bob := h.person("bob", "")
	h.confirm(bob)
	secret, err := h.directory.MakePasswordLink(h.ctx(), h.admin, bob.ID)
	h.must(err)
	_, err = h.directory.MailPasswordLink(h.ctx(), h.admin, bob.ID, secret)
	h.must(err)
	h.clock.Advance(25 * time.Hour)
	h.deliver()
	if m := h.last(); m.State != iam.MessageFailed || m.Fault != "expired" || len(d.took()) != 0 {
		t.Errorf("message: %+v", m)
	}
	if err := h.mail.Retry(h.ctx(), h.admin, h.last().ID); iam.AsError(err) == nil || iam.AsError(err).Cause != "message_secret_gone" {
		t.Errorf("tried again: %v", err)
	}
}

func TestInvitationIsMailed(t *testing.T) {
	each(t, func(h *house) {
		h.directory.Mail = h.mail
		d := h.server("localhost", &smtpd{implicit: true})
		h.use(d, nil)
		acme, err := h.directory.CreateOrg(h.ctx(), h.admin, iam.Org{Name: "Acme", Handle: "acme"})
		h.must(err)
		other, err := h.directory.CreateOrg(h.ctx(), h.admin, iam.Org{Name: "Other", Handle: "other"})
		h.must(err)
		in := iam.Organization(acme.ID)
		_, secret, err := h.directory.Invite(h.ctx(), h.admin, in, "new@example.org", iam.RoleMember)
		h.must(err)
		if _, err := h.directory.MailInvitation(h.ctx(), h.admin, iam.Organization(other.ID), secret); !iam.IsNotFound(err) {
			t.Errorf("from another organization: %v", err)
		}
		manager := iam.Membership{User: "m", Scope: iam.Organization(other.ID), Role: iam.RoleOrganizationManager}
		if _, err := h.directory.MailInvitation(h.ctx(), iam.Caller{User: "m", Memberships: []iam.Membership{manager}}, in, secret); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("by the manager of another organization: %v", err)
		}
		_, err = h.directory.MailInvitation(h.ctx(), h.admin, in, secret)
		h.must(err)
		h.deliver()
		if got := linkIn(t, d, "/invitations/"); got != secret {
			t.Error("another link was sent")
		}
		_, open, err := h.directory.Invite(h.ctx(), h.admin, in, "", iam.RoleMember)
		h.must(err)
		if _, err := h.directory.MailInvitation(h.ctx(), h.admin, in, open); iam.AsError(err) == nil || iam.AsError(err).Cause != "address_unusable" {
			t.Errorf("one for nobody in particular: %v", err)
		}
	})
}

// Whoever manages an organization chooses whom it writes to and what it is called:
// neither may one sender fill the mail server's queue, nor several one mailbox.
func TestInvitationMailsAreBound(t *testing.T) {
	each(t, func(h *house) {
		h.directory.Mail = h.mail
		h.use(h.server("localhost", &smtpd{implicit: true}), nil)
		acme, err := h.directory.CreateOrg(h.ctx(), h.admin, iam.Org{Name: "Acme", Handle: "acme"})
		h.must(err)
		in := iam.Organization(acme.ID)
		sender := func(name string) iam.Caller {
			id := h.person(name, "").ID
			return iam.Caller{User: id, Memberships: []iam.Membership{{User: id, Scope: in, Role: iam.RoleOrganizationManager}}}
		}
		send := func(by iam.Caller, to string) (sent bool) {
			t.Helper()
			i, secret, err := h.directory.Invite(h.ctx(), by, in, to, iam.RoleMember)
			h.must(err)
			defer func() { h.must(h.directory.Uninvite(h.ctx(), by, in, i.ID)) }() // another hundred may wait
			_, err = h.directory.MailInvitation(h.ctx(), by, in, secret)
			if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindLimited && refused.Cause == "too_many_invitation_mails" {
				return false
			}
			h.must(err)
			return true
		}
		one, two := sender("one"), sender("two")
		sent := 0
		for n := range 60 {
			if send(one, fmt.Sprintf("person%d@example.org", n)) {
				sent++
			}
		}
		if sent != 50 {
			t.Errorf("%d invitations of one sender were mailed within an hour", sent)
		}
		for n := range 6 {
			if ok := send(two, []string{"Victim@example.org", "victim@example.org"}[n%2]); ok != (n < 5) {
				t.Errorf("invitation %d to one address: sent %v", n+1, ok)
			}
		}
		if !send(two, "another@example.org") {
			t.Error("another address, and another sender, are refused too")
		}
	})
}

func TestAddressIsConfirmedOnceByItsAccount(t *testing.T) {
	each(t, func(h *house) {
		h.directory.Mail = h.mail
		d := h.server("localhost", &smtpd{implicit: true})
		h.use(d, nil)
		bob, eve := h.person("bob", ""), h.person("eve", "")
		// Eve says that Bob's address is hers.
		h.must(h.db.Update(h.ctx(), func(tx *store.Tx) error { eve.Email = bob.Email; return tx.UpdateUser(eve) }))
		me, she := iam.Caller{User: bob.ID}, iam.Caller{User: eve.ID}
		ask := func(c iam.Caller) iam.Secret {
			t.Helper()
			_, err := h.directory.AskConfirmation(h.ctx(), c)
			h.must(err)
			h.deliver()
			return linkIn(t, d, "/email/")
		}
		hers := ask(she) // it comes to Bob, who presses the button in his own account
		if _, err := h.directory.ConfirmEmail(h.ctx(), me, hers); !iam.IsNotFound(err) {
			t.Errorf("the link of another account: %v", err)
		}
		first, second := ask(me), ask(me)
		if _, err := h.directory.ConfirmEmail(h.ctx(), me, first); !iam.IsNotFound(err) {
			t.Errorf("a link after a newer one: %v", err)
		}
		if _, err := h.directory.ConfirmEmail(h.ctx(), iam.Caller{}, second); iam.KindOf(err) != iam.KindUnauthenticated {
			t.Errorf("by a visitor: %v", err)
		}
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() { _, errs[i] = h.directory.ConfirmEmail(h.ctx(), me, second) })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !iam.IsNotFound(err) {
				t.Error(err)
			}
		}
		u, err := h.directory.Person(h.ctx(), bob.ID)
		h.must(err)
		if done != 1 || !u.EmailVerified {
			t.Errorf("confirmed %d times, is %v", done, u.EmailVerified)
		}
		if _, err := h.directory.AskConfirmation(h.ctx(), me); iam.AsError(err) == nil || iam.AsError(err).Cause != "email_confirmed_already" {
			t.Errorf("asked again: %v", err)
		}
	})
}

func TestLinkConfirmsOnlyTheAddressThatItWasSentTo(t *testing.T) {
	h := newHouse(t)
	h.directory.Mail = h.mail
	d := h.server("localhost", &smtpd{implicit: true})
	h.use(d, nil)
	bob := h.person("bob", "")
	me := iam.Caller{User: bob.ID}
	_, err := h.directory.AskConfirmation(h.ctx(), me)
	h.must(err)
	h.deliver()
	secret := linkIn(t, d, "/email/")
	bob.Email = "victim@example.org"
	h.must(h.directory.EditUser(h.ctx(), me, bob))
	if _, err := h.directory.ConfirmEmail(h.ctx(), me, secret); !iam.IsNotFound(err) {
		t.Errorf("another address was confirmed: %v", err)
	}
	limited := 0
	for range 8 {
		if _, err := h.directory.AskConfirmation(h.ctx(), me); iam.KindOf(err) == iam.KindLimited {
			limited++
		}
	}
	if limited != 4 { // one was asked for before the address changed
		t.Errorf("%d of 8 were refused", limited)
	}
}

// To Unicode the Kelvin sign is a k of another case: the mailbox with it is not the
// one with the k, and its link confirms nothing else.
func TestLinkConfirmsNoAddressThatOnlyFoldsAlike(t *testing.T) {
	h := newHouse(t)
	h.directory.Mail = h.mail
	d := h.server("localhost", &smtpd{implicit: true, utf8: true})
	h.use(d, nil)
	eve := h.person("eve", "")
	me := iam.Caller{User: eve.ID}
	eve.Email = "mi\u212ae@example.org"
	h.must(h.directory.EditUser(h.ctx(), me, eve))
	_, err := h.directory.AskConfirmation(h.ctx(), me)
	h.must(err)
	h.deliver()
	secret := linkIn(t, d, "/email/")
	eve.Email, eve.Version = "mike@example.org", 0
	h.must(h.directory.EditUser(h.ctx(), me, eve))
	if _, err := h.directory.ConfirmEmail(h.ctx(), me, secret); !iam.IsNotFound(err) {
		t.Errorf("%s was confirmed by a link that was sent elsewhere: %v", eve.Email, err)
	}
}
