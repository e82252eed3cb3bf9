package notify

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/store"
)

// Told writes the message that an event is worth, in the transaction of the event
// (audit.Log.Told). Of the events of an ordinary sign-in none is, so that none
// costs a statement.
func (s *Service) Told(tx *store.Tx, caller iam.Caller, e iam.Event) error {
	if e.Outcome != iam.OutcomeDone || e.User == "" {
		return nil
	}
	d := draft{path: "/profile"}
	switch e.Kind {
	case iam.EventIdentityLinked:
		d.kind = iam.MessageIdentityLinked
	case iam.EventIdentityRenewed:
		// Linking it has told already that there is a new one; this says more.
		if err := tx.ReplaceMessage(e.User, iam.MessageIdentityLinked); err != nil {
			return err
		}
		d.kind = iam.MessageIdentityRenewed
	case iam.EventIdentityFirstUsed:
		d.kind = iam.MessageIdentityUsed
		if e.Details["updated"] != "" && e.Certificate != nil {
			d.kind = iam.MessageIdentityUpdated
			// Whoever uses two certificates of one key in turn is told of each once.
			if fresh, err := tx.KeepReminder("used:" + string(e.Identity) + ":" + e.Certificate.SHA256); err != nil || !fresh {
				return err
			}
		}
	case iam.EventIdentityRemoved:
		d.kind = iam.MessageIdentityRemoved
	case iam.EventPasswordChanged:
		d.kind, d.path = iam.MessagePasswordChanged, "/profile/sessions"
	default:
		return nil
	}
	user, err := tx.User(e.User)
	if iam.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if user.Status != iam.UserActive {
		return nil
	}
	d.facts = func(p *i18n.Printer) []iam.LetterFact { return happened(p, tx, caller, e) }
	return s.post(tx, to(user), d)
}

// happened are the facts of an event. The address is told of what the person's
// own browser did only: where administrators sit is not everybody's business.
func happened(p *i18n.Printer, tx *store.Tx, caller iam.Caller, e iam.Event) (facts []iam.LetterFact) {
	fact := func(key, text string) { facts = append(facts, iam.LetterFact{Term: p.T(key), Text: text}) }
	facts = append(facts, certificateFacts(p, e.Certificate)...)
	fact("notify.fact.when", p.DateTime(tx.Now()))
	actor := e.Actor
	if actor == "" {
		actor = caller.User
	}
	switch {
	case caller.Program:
		fact("notify.fact.by", p.T("notify.by_program"))
	case actor != "" && actor != e.User:
		fact("notify.fact.by", p.T("notify.by_administrator"))
	case caller.Address.IsValid():
		fact("notify.fact.address", caller.Address.String())
	}
	return facts
}

func certificateFacts(p *i18n.Printer, c *iam.Certificate) []iam.LetterFact {
	if c == nil {
		return nil
	}
	facts := []iam.LetterFact{
		{Term: p.T("notify.fact.certificate"), Text: c.Name()},
		{Term: p.T("notify.fact.issuer"), Text: c.IssuedBy()},
	}
	if !c.Described {
		facts = append(facts, iam.LetterFact{Term: p.T("notify.fact.until"), Text: p.Date(c.NotAfter)})
	}
	return facts
}
