package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"signet/internal/cert"
	"signet/internal/config"
)

// certificateExplain judges files, with the judge that the certificate listener
// asks.
type certificateExplain struct {
	File string `arg:"" optional:"" help:"Certificate to judge, PEM or DER; the first of a file. It stands before the flags."`

	Chain wordList `placeholder:"FILE ..." help:"Certificates as a client sends them, PEM or DER. The first is judged, unless FILE is given; the others help to build its path."`
	CA    wordList `name:"ca" placeholder:"FILE ..." help:"CAs that are trusted, by their keys. The system's never are."`
	CRL   wordList `name:"crl" placeholder:"FILE ..." help:"Revocation lists. Every certificate of the path must then be covered."`
	OCSP  wordList `name:"ocsp" placeholder:"FILE ..." help:"OCSP answers in DER. The certificate must then be covered."`
	At    string   `placeholder:"TIME" help:"Judge as of this time (RFC 3339 or Unix seconds) instead of now."`

	Method       string `placeholder:"NAME" help:"Judge as this login method of the installation does (name or id): with its CAs, its checks and what is known of revocation. Say whom it would sign in, and every way in which they were looked for."`
	config.Store `embed:""`
	config.Fetch `embed:""`

	Purpose        string   `enum:"clientAuth,any" default:"clientAuth" help:"clientAuth: as a login method does. any: path validation of RFC 5280 alone, also of servers and CAs."`
	AllowNoPurpose bool     `help:"Accept a certificate without extendedKeyUsage for clientAuth."`
	Policy         wordList `placeholder:"OID ..." help:"Acceptable certificate policy (user-initial-policy-set)."`
	ExplicitPolicy bool     `help:"Demand that the path is valid for a policy (initial-explicit-policy)."`

	InhibitMapping   bool `help:"Allow no policy mapping (initial-policy-mapping-inhibit)."`
	InhibitAnyPolicy bool `help:"Do not let anyPolicy stand for others (initial-any-policy-inhibit)."`
	WeakOK           bool `name:"weak-ok" help:"Accept RSA from 1024 bits and SHA-1, as in certificates of the past."`
	Depth            int  `default:"14" placeholder:"N" help:"Intermediate CAs that are allowed, 0 to 14."`

	JSON bool `name:"json" help:"Print the verdict as JSON."`
}

// Run judges the files. It fails with errRefused where the answer is no.
func (c *certificateExplain) Run(ctx context.Context, s streams) error {
	at, err := moment(c.At, time.Now())
	if err != nil {
		return fmt.Errorf("%w: --at: %w", errUnusable, err)
	}
	if c.Depth < 0 || c.Depth > 14 {
		return fmt.Errorf("%w: --depth is %d, 0 to 14 are possible", errUnusable, c.Depth)
	}
	for _, text := range c.Policy {
		if _, err := x509.ParseOID(text); err != nil {
			return fmt.Errorf("%w: --policy %s is no object identifier", errUnusable, text)
		}
	}
	if c.Method != "" {
		return c.explainMethod(ctx, s, at)
	}
	in, err := c.read()
	if err != nil {
		return err
	}
	lists := cert.NewLists(in.crls, in.ocsp)
	for _, why := range lists.Unusable() {
		in.notes = append(in.notes, "a CRL says nothing: "+why)
	}
	in.notes = append(in.notes, lists.Remarks()...)
	told := explained{Verdict: c.judge(in, lists, at), at: at, notes: in.notes}
	if len(c.CRL)+len(c.OCSP) == 0 && told.Accepted() {
		told.Checks = append(told.Checks, cert.Check{
			Name: "revocation", OK: true, Detail: "not checked: neither --crl nor --ocsp was given", Source: "RFC 5280, section 6.3",
		})
	}
	told.Checks = append(told.Checks, cert.Remarks(told.Tried)...)
	return c.tell(s, told)
}

// tell prints the verdict. It fails with errRefused where the answer is no.
func (c *certificateExplain) tell(s streams, told explained) error {
	write := told.write
	if c.JSON {
		write = told.writeJSON
	}
	if err := write(s.out); err != nil {
		return err
	}
	if !told.Accepted() || told.SignIn != nil && !told.SignIn.Would {
		return errRefused
	}
	return nil
}

func (c *certificateExplain) policy() cert.Policy {
	p := cert.Policy{
		MaxDepth: c.Depth, AllowNoPurpose: c.AllowNoPurpose, AnyPurpose: c.Purpose == "any", AcceptWeak: c.WeakOK,
		PolicyOIDs: c.Policy, PoliciesOptional: !c.ExplicitPolicy, ExplicitPolicy: c.ExplicitPolicy,
		InhibitMapping: c.InhibitMapping, InhibitAnyPolicy: c.InhibitAnyPolicy,
	}
	if c.Depth == 0 {
		p.MaxDepth = -1
	}
	return p
}

func (c *certificateExplain) judge(in judged, lists *cert.Lists, at time.Time) cert.Verdict {
	if in.refusal != nil {
		return *in.refusal
	}
	p := c.policy()
	p.Anchors, p.Intermediates = in.anchors, in.links
	var revoked cert.Revoked
	if len(c.CRL)+len(c.OCSP) > 0 {
		revoked = lists.Revoked(p, nil, at)
	}
	return cert.JudgeRaw(p, [][]byte{in.leaf}, at, revoked)
}

// moment reads a time as people and programs write it.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC(), nil
	}
	return time.Parse(time.RFC3339, text)
}

// wordList is a flag that takes every argument up to the next flag, and may be
// repeated.
type wordList []string

// Decode implements kong.MapperValue.
func (l *wordList) Decode(ctx *kong.DecodeContext) error {
	for first := true; ; first = false {
		next := ctx.Scan.Peek()
		name := next.String()
		if next.IsEOL() || !first && strings.HasPrefix(name, "-") {
			if first {
				return errors.New("expected something behind the flag")
			}
			return nil
		}
		*l = append(*l, name)
		ctx.Scan.Pop()
		if next.Type == kong.FlagValueToken { // --chain=FILE takes one
			return nil
		}
	}
}

// explained is a verdict to tell.
type explained struct {
	cert.Verdict
	SignIn *signIn // by a login method; nil without one
	at     time.Time
	notes  []string
}

func (e explained) writeJSON(w io.Writer) error {
	type link struct {
		Subject   string    `json:"subject"`
		Issuer    string    `json:"issuer"`
		Serial    string    `json:"serial"`
		NotBefore time.Time `json:"not_before"`
		NotAfter  time.Time `json:"not_after"`
		SHA256    string    `json:"sha256"`
	}
	chain := []link{}
	for _, c := range e.Tried {
		f := cert.Read(c)
		chain = append(chain, link{f.Subject, f.Issuer, f.Serial, f.NotBefore, f.NotAfter, f.SHA256})
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		Valid  bool         `json:"valid"`
		Cause  cert.Cause   `json:"cause"`
		Checks []cert.Check `json:"checks"`
		Chain  []link       `json:"chain"`
		At     time.Time    `json:"at"`
		Notes  []string     `json:"notes,omitempty"`
		SignIn *signIn      `json:"sign_in,omitempty"`
	}{e.Accepted(), e.Cause, e.Checks, chain, e.at.UTC().Truncate(time.Second), e.notes, e.SignIn})
}

func (e explained) write(w io.Writer) error {
	answer := "valid"
	if !e.Accepted() {
		answer = "refused: " + string(e.Cause)
	}
	if _, err := fmt.Fprintf(w, "%s\n", answer); err != nil {
		return err
	}
	fmt.Fprintf(w, "as of %s\n\n", e.at.UTC().Format(time.RFC3339))
	switch {
	case len(e.Tried) > 0:
		for i, c := range e.Tried {
			e.writeLink(w, i, cert.Read(c))
		}
	case e.Leaf != nil:
		e.writeLink(w, 0, *e.Leaf)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table)
	for _, c := range e.Checks {
		state := "ok"
		if !c.OK {
			state = "REFUSED"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n\t\t%s\n", state, c.Name, c.Detail, c.Source)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if e.SignIn != nil {
		if err := e.SignIn.write(w); err != nil {
			return err
		}
	}
	for _, note := range e.notes {
		fmt.Fprintf(w, "\nnote: %s\n", note)
	}
	return nil
}

// writeLink draws a certificate of the chain, each below what it was issued by.
func (e explained) writeLink(w io.Writer, i int, f cert.Facts) {
	name, branch := f.Subject, ""
	if i > 0 {
		branch = strings.Repeat("   ", i-1) + "└─ "
	}
	if name == "" {
		name = "(no name)"
	}
	trusted := ""
	if i > 0 && i == len(e.Tried)-1 {
		trusted = ", trusted"
	}
	fmt.Fprintf(w, "%s%s\n", branch, name)
	fmt.Fprintf(w, "%s%s, %s to %s%s\n", strings.Repeat("   ", i), f.KeyType, f.NotBefore.Format(time.DateOnly), f.NotAfter.Format(time.DateOnly), trusted)
}
