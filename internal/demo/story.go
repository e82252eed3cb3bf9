package demo

import (
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"
)

// Tell prints what a newcomer does now: what to open, which file to import with
// which password, and what will happen.
func (f *Folder) Tell(w io.Writer, running Running, trusted bool) error {
	places, d := running.Places, running.Description
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(what, format string, args ...any) {
		fmt.Fprintf(out, "  %s\t%s\n", what, fmt.Sprintf(format, args...))
	}
	fmt.Fprint(out, "\nSignet demo: everything on this machine, nothing to configure.\n\n")
	line("Import", "%s   password: %s", f.file("alice.p12"), P12Password)
	line("", "Chromium, Chrome: chrome://certificate-manager/clientcerts")
	line("", "Firefox: Settings › Privacy & Security › View Certificates › Your Certificates")
	line("Open", "%s   and sign in with %s: you are Alice, without a password.", places.App, MethodName)
	if !trusted {
		line("", "The browser does not know the demo's server: let it go on, once for each of three addresses,")
		line("", "or end the warnings with `signet demo --trust` (`--untrust` takes it back).")
		line("", "By hand: trust %s for websites.", f.Server.File())
	}
	for _, u := range d.Users {
		switch u.Login {
		case "bob":
			if u.Linked {
				line("Then try", "bob.p12: linked, like Alice's.")
			} else {
				line("Then try", "bob.p12: valid, but linked to nobody. Signet says how to link it; his password: %s", u.Password)
				line("", "The browser goes on showing Alice's until you press “Use another certificate” where you sign in.")
			}
		case "carol":
			line("", "carol.p12: she is blocked.   dave.p12: it has expired.")
		}
	}
	line("Manage", "%s   as %s, password: %s", places.Issuer+"/admin", d.Admin.Login, d.Admin.Password)
	line("Data", "%s   (%s describes the demo to other programs)", f.Dir, filepath.Base(DescriptionFile))
	fmt.Fprint(out, "\nCtrl-C ends it. What you did stays for the next start; `signet demo --reset` forgets it.\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("tell the story: %w", err)
	}
	return nil
}
