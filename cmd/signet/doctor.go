package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"signet/internal/config"
	"signet/internal/doctor"
	"signet/internal/fetch"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/trust"
	"signet/internal/words"
)

// doctorCommand examines the installation that runs with the same settings.
type doctorCommand struct {
	config.Server `embed:""`

	JSON   bool   `name:"json" help:"Print what was found as JSON."`
	Strict bool   `help:"End with 1 for warnings too."`
	Lang   string `default:"en" enum:"en,fr" help:"Language of the findings: ${enum} (default: ${default})."`
}

// Run examines. It ends with 1 where something is wrong that keeps people from
// signing in, or lets strangers.
func (c *doctorCommand) Run(ctx context.Context, s streams) error {
	if err := c.Check(); err != nil {
		return hint(err, "give it the settings of `signet serve`, by the same file, environment or flags")
	}
	db, err := openExisting(ctx, c.Store)
	if err != nil {
		return err
	}
	defer db.Close()
	installation := doctor.Installation{
		Issuer: string(c.Issuer), DB: db, Trust: &trust.Service{DB: db, Fetch: (&fetch.Client{Allowed: c.Private()}).Get}, Now: time.Now,
		Hosts: certificate.Hosts{Wildcard: string(c.CertificateWildcard), Fixed: c.FixedHost(), Pool: c.Pool()},
		Proxy: doctor.Proxy{
			On:          c.ProxyListen != "",
			AddressOnly: c.ProxyListen != "" && !c.ProxyListen.IsSocket() && c.ProxySecret == "" && c.ProxySecretFile == "" && len(c.ProxyKeyPin) == 0,
			Form:        certificate.Form(c.ProxyHeaders),
		},
	}
	found := installation.Examine(ctx)
	worst := doctor.Worst(found)
	arrived, err := installation.Headers(ctx)
	if err != nil && worst != iam.FindingError {
		return err // of a database that does not answer the findings speak
	}
	if err := c.print(s, found, worst, arrived); err != nil {
		return err
	}
	if worst == iam.FindingError || c.Strict && worst == iam.FindingWarning {
		return errRefused
	}
	return nil
}

func (c *doctorCommand) print(s streams, found []iam.Finding, worst iam.FindingLevel, arrived []iam.Arrival) error {
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		return out.Encode(struct {
			Worst    iam.FindingLevel `json:"worst"`
			Findings []iam.Finding    `json:"findings"`
			Headers  []iam.Arrival    `json:"headers"`
		}{worst, found, append([]iam.Arrival{}, arrived...)})
	}
	catalogues, err := i18n.Load()
	if err != nil {
		return err
	}
	p, _ := catalogues.In(c.Lang)
	for _, f := range found {
		text := words.FindingOf(p, f)
		line := text.Level + ": " + text.What
		if text.About != "" {
			line += " (" + text.About + ")"
		}
		fmt.Fprintln(s.out, line)
		if text.Bad {
			fmt.Fprintf(s.out, "    %s\n    → %s\n", text.Why, text.Mend)
		}
	}
	if len(arrived) == 0 {
		return nil
	}
	fmt.Fprintf(s.out, "\n%s\n", p.T("doctor.page.headers_lead"))
	for _, a := range arrived {
		text := words.ArrivalOf(p, a)
		fmt.Fprintf(s.out, "%s: %s\n    %s · %s", text.Outcome, text.Title, text.Listener, text.Node)
		if text.Form != "" {
			fmt.Fprintf(s.out, " · %s", text.Form)
		}
		fmt.Fprintf(s.out, "\n    %s\n    %s %s\n", text.Headers, text.Cause, text.Last)
	}
	return nil
}
