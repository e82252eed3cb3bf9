package doctor_test

import (
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/store"
)

// method changes how the authority's revocations are looked for.
func (i *installation) method(t *testing.T, change func(tx *store.Tx, p iam.Provider, r *iam.CARevocation) error) {
	t.Helper()
	if err := i.db.Update(t.Context(), func(tx *store.Tx) error {
		methods, err := tx.Providers()
		if err != nil {
			return err
		}
		if err := change(tx, methods[0], &methods[0].Settings.Certificate.Revocation[0]); err != nil {
			return err
		}
		return tx.UpdateProvider(methods[0])
	}); err != nil {
		t.Fatal(err)
	}
}

// TestListsOutOfReach: where certificates name LDAP alone, nobody gets in, and nothing
// else says why.
func TestListsOutOfReach(t *testing.T) {
	for what, c := range map[string]struct {
		by     func(i *installation) *certtest.CA
		points []string
		change func(r *iam.CARevocation)
		want   iam.FindingLevel
	}{
		"LDAP":                           {nil, []string{"ldap://pki.example/cn=ca"}, nil, iam.FindingError},
		"LDAP, where it need not be":     {nil, []string{"ldap://pki.example/cn=ca"}, func(r *iam.CARevocation) { r.Mode = iam.RevocationBestEffort }, iam.FindingWarning},
		"LDAP beside a list that is set": {nil, []string{"ldap://pki.example/cn=ca"}, func(r *iam.CARevocation) { r.Lists = []string{"http://pki.example/ca.crl"} }, ""},
		"a web address":                  {nil, []string{"ldap://pki.example/cn=ca", "http://pki.example/ca.crl"}, nil, ""},
		"a stranger's certificate": {func(i *installation) *certtest.CA { return certtest.NewCA(t, certtest.CASpec{Now: i.ca.Now}) },
			[]string{"ldap://pki.example/cn=ca"}, nil, ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			i := sound(t)
			ca := i.ca
			if c.by != nil {
				ca = c.by(i)
			}
			leaf := ca.Issue(t, certtest.Spec{CN: "alice"}, certtest.Points(c.points...))
			i.method(t, func(tx *store.Tx, p iam.Provider, r *iam.CARevocation) error {
				r.Mode = iam.RevocationRequired
				if c.change != nil {
					c.change(r)
				}
				return tx.RememberShown(iam.Shown{Provider: p.ID, SHA256: cert.Read(leaf.Cert).SHA256, Chain: [][]byte{leaf.Cert.Raw}, Refused: true})
			})
			var level iam.FindingLevel
			for _, f := range i.examine(t) {
				if f.Check == "revocation" && f.Case == "out_of_reach" {
					level = f.Level
				}
			}
			if level != c.want {
				t.Errorf("found %q, want %q", level, c.want)
			}
		})
	}
}

// TestDeltasThatNobodyFetches: a list that names its changes is told of, until they
// are a source too.
func TestDeltasThatNobodyFetches(t *testing.T) {
	i := sound(t)
	point := certtest.PointName("http://pki.example/delta.crl")
	point = append([]byte{0x30, byte(len(point))}, point...)
	base := i.ca.CRL(t, certtest.CRLSpec{ThisUpdate: time.Now().Add(-time.Minute), Extensions: []pkix.Extension{
		{Id: asn1.ObjectIdentifier{2, 5, 29, 46}, Value: append([]byte{0x30, byte(len(point))}, point...)},
	}})
	sum := sha256.Sum256(base)
	keep := func(source string, kind cert.Kind) {
		i.method(t, func(tx *store.Tx, p iam.Provider, r *iam.CARevocation) error {
			r.Mode = iam.RevocationRequired
			row := iam.RevocationList{
				Provider: p.ID, Authority: r.CA, Source: source, Certificate: i.ca.Cert.Raw, Kind: string(kind), DataHash: sum[:],
				ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
			}
			if _, err := tx.AddRevocationList(row); err != nil {
				return err
			}
			return tx.KeepRevocationList(row, base)
		})
	}
	told := func() bool {
		return slices.ContainsFunc(i.examine(t), func(f iam.Finding) bool {
			return f.Check == "revocation" && f.Case == "deltas" && f.Params["Address"] == "http://pki.example/delta.crl"
		})
	}
	keep("http://pki.example/ca.crl", "")
	if !told() {
		t.Error("nothing tells of the changes")
	}
	keep("http://pki.example/delta.crl", cert.KindDelta)
	if told() {
		t.Error("told although they are fetched")
	}
}
