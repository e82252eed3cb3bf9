package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/fetch"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/provider"
	"signet/internal/trust"
)

// signIn is what a login method of the installation would do with a certificate.
type signIn struct {
	Method string   `json:"method"`
	Would  bool     `json:"would_sign_in"`
	Cause  string   `json:"cause"`            // of a refusal
	Person string   `json:"person,omitempty"` // whose it is: their login, also of an account that would be made
	By     string   `json:"by,omitempty"`     // how they were found
	Tried  []tried  `json:"tried"`
	ACR    string   `json:"acr,omitempty"`
	AMR    []string `json:"amr,omitempty"`

	Factors    int               `json:"factors,omitempty"`
	Revocation []revocationFacts `json:"revocation"`
}

type tried struct {
	Rule  string `json:"rule"`
	Found int    `json:"found"`
}

type revocationFacts struct {
	Subject string            `json:"subject"`
	Facts   map[string]string `json:"facts"`
}

// decidedByMethod lists the flags that were given although a login method decides
// what they say.
func (c *certificateExplain) decidedByMethod() (given []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"--ca", len(c.CA) > 0}, {"--crl", len(c.CRL) > 0}, {"--ocsp", len(c.OCSP) > 0}, {"--purpose", c.Purpose != "clientAuth"},
		{"--allow-no-purpose", c.AllowNoPurpose}, {"--policy", len(c.Policy) > 0}, {"--explicit-policy", c.ExplicitPolicy},
		{"--inhibit-mapping", c.InhibitMapping}, {"--inhibit-any-policy", c.InhibitAnyPolicy}, {"--weak-ok", c.WeakOK}, {"--depth", c.Depth != 14},
	} {
		if f.set {
			given = append(given, f.name)
		}
	}
	return given
}

// explainMethod judges the files as a login method of the installation does.
func (c *certificateExplain) explainMethod(ctx context.Context, s streams, at time.Time) error {
	if given := c.decidedByMethod(); len(given) > 0 {
		return fmt.Errorf("%w: with --method the login method decides, without %s", errUnusable, strings.Join(given, ", "))
	}
	in, err := c.readSent()
	if err != nil {
		return err
	}
	db, err := openMigrated(ctx, c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
	log := &audit.Log{DB: db}
	method, err := certificateMethod(ctx, &provider.Service{DB: db, Log: log}, c.Method)
	if err != nil {
		return err
	}
	told, presented := explained{at: at, notes: in.notes}, in.presented()
	if in.refusal != nil {
		j := trust.Judged{Verdict: *in.refusal}
		told.Verdict, told.SignIn = j.Verdict, signInOf(method, j, login.Fate{Cause: string(j.Verdict.Cause)})
		return c.tell(s, told)
	}
	rules := &trust.Service{DB: db, Log: log, Fetch: (&fetch.Client{Allowed: c.Private()}).Get}
	j, err := rules.Judge(ctx, method, presented, at)
	if err != nil {
		return err
	}
	fate, err := (&login.Service{DB: db, Log: log, Trust: rules}).Fate(ctx, iam.Program("signet certificate"), method, j)
	if err != nil {
		return err
	}
	told.Verdict, told.SignIn = j.Verdict, signInOf(method, j, fate)
	told.Checks = append(told.Checks, cert.Remarks(told.Tried)...)
	return c.tell(s, told)
}

// certificateMethod finds a login method by its id or, where only one has it, its name.
func certificateMethod(ctx context.Context, providers *provider.Service, name string) (iam.Provider, error) {
	all, err := providers.All(ctx, iam.Program("signet certificate"))
	if err != nil {
		return iam.Provider{}, err
	}
	all = slices.DeleteFunc(all, func(p iam.Provider) bool { return p.Type != iam.ProviderCertificate || p.Settings.Certificate == nil })
	var named []iam.Provider
	var known []string
	for _, p := range all {
		if string(p.ID) == name {
			return p, nil
		}
		if p.Name == name {
			named = append(named, p)
		}
		known = append(known, fmt.Sprintf("%s (%s)", p.Name, p.ID))
	}
	switch {
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		return iam.Provider{}, hint(fmt.Errorf("%w: %d login methods are called %s", errUnusable, len(named), name), "name one by its id: %s", strings.Join(known, ", "))
	case len(known) == 0:
		return iam.Provider{}, fmt.Errorf("%w: the installation has no login method that takes certificates", errUnusable)
	default:
		return iam.Provider{}, hint(fmt.Errorf("%w: no login method that takes certificates is called %s", errUnusable, name), "there are: %s", strings.Join(known, ", "))
	}
}

func signInOf(method iam.Provider, j trust.Judged, f login.Fate) *signIn {
	s := &signIn{Method: method.Name, Would: f.Cause == "", Cause: f.Cause, Person: f.User.Login, By: f.By, Tried: []tried{}, Revocation: []revocationFacts{}}
	for _, t := range f.Tried {
		s.Tried = append(s.Tried, tried{t.Rule, t.Found})
	}
	for _, a := range j.Answers {
		s.Revocation = append(s.Revocation, revocationFacts{a.Subject, a.Facts()})
	}
	if j.Evidence != nil {
		s.ACR, s.AMR, s.Factors = f.Assurance.ACR, f.Assurance.AMR, f.Assurance.Strength.Factors()
	}
	return s
}

func (s signIn) write(w io.Writer) error {
	answer := "would sign in " + s.Person
	switch {
	case s.Would && s.By == iam.TriedCreation:
		answer = "would offer a new account: " + s.Person
	case !s.Would && s.Person != "":
		answer = fmt.Sprintf("would be refused: %s (%s)", s.Cause, s.Person)
	case !s.Would:
		answer = "would be refused: " + s.Cause
	}
	fmt.Fprintf(w, "\n%s: %s\n", s.Method, answer)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range s.Tried {
		fmt.Fprintf(table, "looked for by\t%s\tfound %d\n", t.Rule, t.Found)
	}
	if s.ACR != "" {
		fmt.Fprintf(table, "counts for\tacr %s\tamr %s, %d factor(s)\n", s.ACR, strings.Join(s.AMR, " "), s.Factors)
	}
	for _, r := range s.Revocation {
		var facts []string
		for _, name := range []string{"source", "from", "as_of", "revoked_at", "revocation_reason", "unknown"} {
			if r.Facts[name] != "" {
				facts = append(facts, name+" "+r.Facts[name])
			}
		}
		fmt.Fprintf(table, "revocation\t%s\t%s\n", r.Subject, strings.Join(facts, ", "))
	}
	return table.Flush()
}
