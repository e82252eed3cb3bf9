package trust_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// newService returns a trust service on a store of its own.
func newService(t *testing.T) (*trust.Service, *storetest.Clock) {
	t.Helper()
	clock := new(storetest.Clock)
	db := storetest.New(t, storetest.On(clock))
	return &trust.Service{DB: db, Log: &audit.Log{DB: db}}, clock
}

// authority makes a CA certificate that lives for ten years around the test's
// present, changed by the functions.
func authority(t *testing.T, name string, changes ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return selfSigned(t, name, &key.PublicKey, key, changes...)
}

func selfSigned(t *testing.T, name string, public, private any, changes ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, NotBefore: storetest.Start().AddDate(-5, 0, 0), NotAfter: storetest.Start().AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	for _, change := range changes {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	must(t, err)
	c, err := x509.ParseCertificate(der)
	must(t, err)
	return c
}

func pemOf(all ...*x509.Certificate) string {
	var b bytes.Buffer
	for _, c := range all {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return b.String()
}

func method(s iam.CertificateSettings) iam.Provider {
	s = trust.Choose(s, iam.RevocationNone)
	return iam.Provider{
		ID: "m", Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Version: 1, Settings: iam.ProviderSettings{Certificate: &s},
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestT19 is CVE-2026-27586: a CA file that cannot be used is refused with its
// reason and never becomes "trust whatever the system trusts".
func TestT19UnusableSettingsAreRefused(t *testing.T) {
	s, _ := newService(t)
	good := authority(t, "Good CA")
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(ecKey)
	must(t, err)
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
	oldKeyDER, err := x509.MarshalECPrivateKey(ecKey)
	must(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	person := authority(t, "Person", func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature })
	noSign := authority(t, "CRL only", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	expired := authority(t, "Old CA", func(c *x509.Certificate) { c.NotAfter = storetest.Start().Add(-time.Second) })
	early := authority(t, "New CA", func(c *x509.Certificate) { c.NotBefore = storetest.Start().AddDate(0, 1, 0) })
	weak := selfSigned(t, "Weak CA", &small.PublicKey, small)
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, ecKey)
	must(t, err)
	cut := pemOf(good)
	cut = cut[:len(cut)/2]
	mapped := func(rules ...iam.MappingRule) iam.CertificateSettings {
		return iam.CertificateSettings{Anchors: pemOf(good), Mapping: rules, NamesAccepted: true}
	}

	for name, c := range map[string]struct {
		settings iam.CertificateSettings
		field    string
		cause    string // "" where it is accepted
		called   string // the CA that is named
	}{
		"one CA":                   {settings: iam.CertificateSettings{Anchors: pemOf(good)}},
		"a CA of next month":       {settings: iam.CertificateSettings{Anchors: pemOf(good, early)}},
		"text around a CA":         {settings: iam.CertificateSettings{Anchors: "Our CA:\n" + pemOf(good) + "\nThe end.\n"}},
		"all limits":               {settings: iam.CertificateSettings{Anchors: pemOf(good), MaxDepth: 10, MinRSABits: 4096, MaxAgeDays: 365, PolicyOIDs: []string{"2.16.756.1.17.3"}}},
		"an intermediate":          {settings: iam.CertificateSettings{Anchors: pemOf(good), Intermediates: pemOf(authority(t, "Sub CA"))}},
		"empty":                    {settings: iam.CertificateSettings{}, field: "anchors", cause: "anchors_missing"},
		"only spaces":              {settings: iam.CertificateSettings{Anchors: " \n\t"}, field: "anchors", cause: "anchors_missing"},
		"words":                    {settings: iam.CertificateSettings{Anchors: "the CA of our company"}, field: "anchors", cause: "anchors_garbled"},
		"the name of a file":       {settings: iam.CertificateSettings{Anchors: "/etc/ssl/certs/ca.pem"}, field: "anchors", cause: "anchors_garbled"},
		"a cut file":               {settings: iam.CertificateSettings{Anchors: cut}, field: "anchors", cause: "anchors_garbled"},
		"a good CA, then a cut":    {settings: iam.CertificateSettings{Anchors: pemOf(good) + cut}, field: "anchors", cause: "anchors_garbled"},
		"changed base64":           {settings: iam.CertificateSettings{Anchors: strings.Replace(pemOf(good), "MII", "AAA", 1)}, field: "anchors", cause: "anchors_garbled"},
		"a certificate request":    {settings: iam.CertificateSettings{Anchors: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}))}, field: "anchors", cause: "anchors_garbled"},
		"a private key":            {settings: iam.CertificateSettings{Anchors: keyPEM}, field: "anchors", cause: "anchors_private_key"},
		"an EC private key":        {settings: iam.CertificateSettings{Anchors: string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: oldKeyDER}))}, field: "anchors", cause: "anchors_private_key"},
		"a CA with its key":        {settings: iam.CertificateSettings{Anchors: pemOf(good) + keyPEM}, field: "anchors", cause: "anchors_private_key"},
		"a person":                 {settings: iam.CertificateSettings{Anchors: pemOf(person)}, field: "anchors", cause: "anchor_not_ca", called: "CN=Person"},
		"a good CA and a person":   {settings: iam.CertificateSettings{Anchors: pemOf(good, person)}, field: "anchors", cause: "anchor_not_ca", called: "CN=Person"},
		"a CA that may not sign":   {settings: iam.CertificateSettings{Anchors: pemOf(noSign)}, field: "anchors", cause: "anchor_not_ca", called: "CN=CRL only"},
		"an expired CA":            {settings: iam.CertificateSettings{Anchors: pemOf(expired)}, field: "anchors", cause: "anchor_expired", called: "CN=Old CA"},
		"a weak CA":                {settings: iam.CertificateSettings{Anchors: pemOf(weak)}, field: "anchors", cause: "anchor_too_weak", called: "CN=Weak CA"},
		"words as intermediates":   {settings: iam.CertificateSettings{Anchors: pemOf(good), Intermediates: "none"}, field: "intermediates", cause: "intermediates_garbled"},
		"spaces as intermediates":  {settings: iam.CertificateSettings{Anchors: pemOf(good), Intermediates: " "}, field: "intermediates", cause: "intermediates_garbled"},
		"a key as intermediate":    {settings: iam.CertificateSettings{Anchors: pemOf(good), Intermediates: keyPEM}, field: "intermediates", cause: "intermediates_private_key"},
		"a person as intermediate": {settings: iam.CertificateSettings{Anchors: pemOf(good), Intermediates: pemOf(person)}, field: "intermediates", cause: "intermediate_not_ca", called: "CN=Person"},
		"an expired intermediate":  {settings: iam.CertificateSettings{Anchors: pemOf(good), Intermediates: pemOf(expired)}, field: "intermediates", cause: "intermediate_expired", called: "CN=Old CA"},
		"a negative depth":         {settings: iam.CertificateSettings{Anchors: pemOf(good), MaxDepth: -1}, field: "max_depth", cause: "depth_out_of_range"},
		"too much depth":           {settings: iam.CertificateSettings{Anchors: pemOf(good), MaxDepth: 11}, field: "max_depth", cause: "depth_out_of_range"},
		"RSA of 1024 bits":         {settings: iam.CertificateSettings{Anchors: pemOf(good), MinRSABits: 1024}, field: "min_rsa_bits", cause: "rsa_bits_out_of_range"},
		"a hash of MD5's size":     {settings: iam.CertificateSettings{Anchors: pemOf(good), MinHashBits: 128}, field: "min_hash_bits", cause: "unknown_hash_size"},
		"a negative age":           {settings: iam.CertificateSettings{Anchors: pemOf(good), MaxAgeDays: -1}, field: "max_age_days", cause: "age_out_of_range"},
		"no OID":                   {settings: iam.CertificateSettings{Anchors: pemOf(good), PolicyOIDs: []string{"card"}}, field: "policy_oids", cause: "policy_oid_malformed"},
		"rule of nothing":          {settings: mapped(iam.MappingRule{}), field: "mapping", cause: "mapping_rule_unknown"},
		"rule of no OID":           {settings: mapped(iam.MappingRule{Source: iam.NameSubject, Attribute: "uid", Field: iam.FieldLogin}), field: "mapping", cause: "mapping_attribute_malformed"},
		"rule with an OID":         {settings: mapped(iam.MappingRule{Source: iam.NameUPN, Attribute: "2.5.4.5", Field: iam.FieldLogin}), field: "mapping", cause: "mapping_attribute_unused"},
		"URI as an address":        {settings: mapped(iam.MappingRule{Source: iam.NameURI, Field: iam.FieldEmail}), field: "mapping", cause: "mapping_uri_is_no_address"},
		"name of any domain":       {settings: mapped(iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal}), field: "mapping", cause: "mapping_domain_missing"},
		"domain of nothing":        {settings: mapped(iam.MappingRule{Source: iam.NameUPN, Field: iam.FieldLocal, Domain: "corp..example"}), field: "mapping", cause: "mapping_domain_malformed"},
		"rule that is there":       {settings: mapped(iam.MappingRule{Source: iam.NameEmail, Field: iam.FieldEmail}, iam.MappingRule{Source: iam.NameEmail, Field: iam.FieldEmail}), field: "mapping", cause: "mapping_rule_twice"},
		"rules without a yes":      {settings: iam.CertificateSettings{Anchors: pemOf(good), Mapping: []iam.MappingRule{{Source: iam.NameEmail, Field: iam.FieldEmail}}}, field: "names_accepted", cause: "names_not_accepted"},
		"many OIDs":                {settings: iam.CertificateSettings{Anchors: pemOf(good), PolicyOIDs: slices.Repeat([]string{"1.2"}, 21)}, field: "policy_oids", cause: "too_many_policy_oids"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.CheckSettings(method(c.settings))
			if c.cause == "" {
				must(t, err)
				return
			}
			var refused *iam.Error
			if !errors.As(err, &refused) || refused.Kind != iam.KindInvalid || refused.Cause != c.cause || refused.Field != c.field {
				t.Fatalf("refused with %v, want %s of the field %s", err, c.cause, c.field)
			}
			if refused.Params["Name"] != c.called {
				t.Errorf("names the CA %q, want %q", refused.Params["Name"], c.called)
			}
		})
	}
	if err := s.CheckSettings(iam.Provider{Type: iam.ProviderCertificate}); iam.AsError(err) == nil || iam.AsError(err).Cause != "anchors_missing" {
		t.Errorf("a method without settings is refused with %v", err)
	}
	must(t, s.CheckSettings(iam.Provider{Type: iam.ProviderPassword}))
}

// What came into the store past CheckSettings is no policy either.
func TestT19UnusableSettingsAreNoPolicy(t *testing.T) {
	s, _ := newService(t)
	good := pemOf(authority(t, "Good CA"))
	for name, p := range map[string]iam.Provider{
		"no anchors":             method(iam.CertificateSettings{}),
		"garbled anchors":        method(iam.CertificateSettings{Anchors: "x"}),
		"a good CA, then a cut":  method(iam.CertificateSettings{Anchors: good + good[:200]}),
		"garbled intermediates":  method(iam.CertificateSettings{Anchors: good, Intermediates: "x"}),
		"no settings":            {Type: iam.ProviderCertificate},
		"another type of method": {Type: iam.ProviderPassword, Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: good}}},
	} {
		if policy, err := s.Policy(t.Context(), p); err == nil || len(policy.Anchors) > 0 {
			t.Errorf("%s: policy with %d anchors, error %v; want an error", name, len(policy.Anchors), err)
		}
	}
}

func TestPolicyFollowsTheSettings(t *testing.T) {
	s, _ := newService(t)
	a, b := authority(t, "A"), authority(t, "B")
	settings := iam.CertificateSettings{Anchors: pemOf(a), MaxDepth: 2, MinRSABits: 3072, MaxAgeDays: 30, PolicyOIDs: []string{"1.2.3"}}
	policy, err := s.Policy(t.Context(), method(settings))
	must(t, err)
	if len(policy.Anchors) != 1 || !policy.Anchors[0].Equal(a) || len(policy.Intermediates) != 0 || policy.MaxDepth != 2 ||
		policy.MinRSABits != 3072 || policy.MaxAge != 30*24*time.Hour || !slices.Equal(policy.PolicyOIDs, []string{"1.2.3"}) {
		t.Errorf("policy = %+v", policy)
	}
	// The same id and the same version: only the text differs, as after a restore.
	settings.Anchors, settings.Intermediates, settings.MaxDepth = pemOf(b), pemOf(a), 1
	policy, err = s.Policy(t.Context(), method(settings))
	must(t, err)
	if len(policy.Anchors) != 1 || !policy.Anchors[0].Equal(b) || len(policy.Intermediates) != 1 || policy.MaxDepth != 1 {
		t.Errorf("after the change the policy is %+v", policy)
	}
	// A text that became unreadable is not answered from the cache.
	settings.Anchors = "x"
	if _, err = s.Policy(t.Context(), method(settings)); !errors.Is(err, cert.ErrBundleGarbled) {
		t.Errorf("a garbled text gives %v", err)
	}
}

func subjects(t *testing.T, s *trust.Service, id iam.ProviderID) []string {
	t.Helper()
	pool, err := s.Subjects(t.Context(), id)
	must(t, err)
	if pool == nil {
		return nil
	}
	var names []string
	//lint:ignore SA1019 it leaves out the system's roots only, which are not in this pool
	for _, der := range pool.Subjects() {
		names = append(names, cert.Read(&x509.Certificate{RawSubject: der}).Subject)
	}
	slices.Sort(names)
	return names
}

func TestSubjectsNameTheMethodsCAs(t *testing.T) {
	s, clock := newService(t)
	providers := &provider.Service{DB: s.DB, Log: s.Log, CheckSettings: s.CheckSettings}
	program := iam.Program("test")
	create := func(settings iam.CertificateSettings) iam.Provider {
		p := method(settings)
		p, err := providers.Create(t.Context(), program, p)
		must(t, err)
		return p
	}
	hospital := create(iam.CertificateSettings{Anchors: pemOf(authority(t, "Hospital Root")), Intermediates: pemOf(authority(t, "Hospital Staff"))})
	clinic := create(iam.CertificateSettings{Anchors: pemOf(authority(t, "Clinic Root"))})
	_, err := providers.Create(t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderPassword, Name: "Password"})
	must(t, err)

	want := func(id iam.ProviderID, names ...string) {
		t.Helper()
		if got := subjects(t, s, id); !slices.Equal(got, names) {
			t.Errorf("subjects of %q = %q, want %q", id, got, names)
		}
	}
	want(hospital.ID, "CN=Hospital Root", "CN=Hospital Staff")
	want(clinic.ID, "CN=Clinic Root")
	want("", "CN=Clinic Root", "CN=Hospital Root", "CN=Hospital Staff")
	if _, err := s.Subjects(t.Context(), "nothing"); !iam.IsNotFound(err) {
		t.Errorf("subjects of an unknown method: %v", err)
	}

	// A change on another node is seen within two seconds.
	other := &provider.Service{DB: s.DB, Log: s.Log, CheckSettings: s.CheckSettings}
	clinic.Settings.Certificate.Anchors = pemOf(authority(t, "Clinic Root 2"))
	*clinic.Settings.Certificate = trust.Choose(*clinic.Settings.Certificate, iam.RevocationNone)
	must(t, other.Change(t.Context(), program, clinic))
	clock.Advance(2 * time.Second)
	want(clinic.ID, "CN=Clinic Root 2")
	want("", "CN=Clinic Root 2", "CN=Hospital Root", "CN=Hospital Staff")

	// A method that became unreadable names nothing and hides no other.
	broken := clinic
	broken.Version++
	broken.Settings.Certificate = &iam.CertificateSettings{Anchors: "x"}
	must(t, s.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateProvider(broken) }))
	clock.Advance(2 * time.Second)
	want("", "CN=Hospital Root", "CN=Hospital Staff")
	if _, err := s.Subjects(t.Context(), clinic.ID); err == nil {
		t.Error("an unreadable method has subjects")
	}
}

func TestMoreSubjectsThanAHandshakeBearsAreNotNamed(t *testing.T) {
	s, _ := newService(t)
	providers := &provider.Service{DB: s.DB, Log: s.Log}
	var many []*x509.Certificate
	for range 9 {
		many = append(many, authority(t, strings.Repeat("x", 2000)))
	}
	p, err := providers.Create(t.Context(), iam.Program("test"), method(iam.CertificateSettings{Anchors: pemOf(many...)}))
	must(t, err)
	if pool, err := s.Subjects(t.Context(), p.ID); err != nil || pool != nil {
		t.Errorf("subjects = %v, %v; want none named", pool, err)
	}
}
