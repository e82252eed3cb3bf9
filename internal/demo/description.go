package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"signet/internal/ca"
	"signet/internal/demo/app"
)

// DescriptionFile is the file in which a running demo describes itself.
const DescriptionFile = "demo.json"

// Description is what a running demo tells other programs about itself. Its
// form is stable. Names of files are relative to the folder that it lies in.
type Description struct {
	Issuer string `json:"issuer"`
	// CertificateHost has "*" where the label of an attempt stands.
	CertificateHost      string `json:"certificate_host"`
	CertificateHostFixed string `json:"certificate_host_fixed"`
	// ProxyListener is host:port where a local proxy may deliver certificate
	// headers; empty where there is none.
	ProxyListener string            `json:"proxy_listener"`
	AppURL        string            `json:"app_url"`
	ServerCA      string            `json:"server_ca"`
	ClientCA      string            `json:"client_ca"`
	ClientCAKey   string            `json:"client_ca_key"`
	Client        DescribedClient   `json:"client"`
	Admin         DescribedAdmin    `json:"admin"`
	Users         []DescribedPerson `json:"users"`
}

// DescribedClient is the demo's application.
type DescribedClient struct {
	ID          string `json:"id"`
	Secret      string `json:"secret"`
	RedirectURI string `json:"redirect_uri"`
}

// DescribedAdmin is who administers the demo.
type DescribedAdmin struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// DescribedPerson is a person of the demo with their certificate.
type DescribedPerson struct {
	Login       string `json:"login"`
	Password    string `json:"password"`
	P12         string `json:"p12"`
	P12Password string `json:"p12_password"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Linked tells whether the certificate was linked when the demo started.
	Linked bool `json:"linked"`
}

// Tries are the certificates that the demo's application offers for trying.
func (d Description) Tries() []app.Try {
	var tries []app.Try
	for _, u := range d.Users {
		p := Cast()[slices.IndexFunc(Cast(), func(p Person) bool { return p.Login == u.Login })]
		t := app.Try{Name: p.Name, File: u.P12, Login: u.Login, Outcome: "works"}
		switch {
		case p.Blocked:
			t.Outcome = "blocked"
		case p.Expired:
			t.Outcome = "expired"
		case !u.Linked:
			t.Outcome, t.Password = "unlinked", u.Password
		}
		tries = append(tries, t)
	}
	return tries
}

// Describe puts together what a demo tells about itself.
func (f *Folder) Describe(places Places, client Client, linked map[string]bool) Description {
	d := Description{
		Issuer: places.Issuer, CertificateHost: "https://" + places.Pattern, CertificateHostFixed: "https://" + places.Fixed,
		ProxyListener: places.Proxy, AppURL: places.App,
		ServerCA: f.relative(f.Server.File()), ClientCA: clientCAFile, ClientCAKey: clientCAKeyFile,
		Client: DescribedClient{string(client.ID), client.Secret, client.RedirectURI},
	}
	for _, p := range Cast() {
		if p.Admin {
			d.Admin = DescribedAdmin{p.Login, f.Password(p.Login)}
			continue
		}
		d.Users = append(d.Users, DescribedPerson{
			Login: p.Login, Password: f.Password(p.Login), P12: p.Login + ".p12", P12Password: P12Password,
			Certificate: p.Login + ".pem", Key: p.Login + "-key.pem", Linked: linked[p.Login],
		})
	}
	return d
}

func (f *Folder) relative(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, f.Dir), string(os.PathSeparator))
}

// Announce writes the description. It is whole or not there: other programs
// wait for the file, and everything listens once it is there.
func (f *Folder) Announce(d Description) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", DescriptionFile, err)
	}
	return ca.WriteFile(f.file(DescriptionFile), append(text, '\n'))
}

// Withdraw removes the description.
func (f *Folder) Withdraw() error {
	if err := os.Remove(f.file(DescriptionFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", DescriptionFile, err)
	}
	return nil
}
