package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// faults names, for every fault that others had, the tests that fail if Signet has it.
// The numbers are those of the security record.
func faults() map[string]string {
	return map[string]string{
		"1":  "TestT01HeadersFromUntrustedPeer TestT01HeadersOnPublicListenersAreTold TestT01ProofOfTheHop TestT01ProofByKey TestT01WhoeverHasNoProof",
		"2":  "TestT02NamesProveNothing TestProxyListenerUnderAttack",
		"3":  "TestT03NoProxyWithoutProof",
		"4":  "TestT04GeneratedConfigurationsUnderAttack TestT04DoctorTriesForgeries",
		"5":  "TestT05MethodThatIsOff TestT05EveryLocationClearsWhatClientsSend",
		"6":  "TestT06T07HeadersOfNginx TestT06NothingBehindSeesThem TestFormsRefuseWhatProxiesDoNotWrite TestProxyListenerUnderAttack",
		"7":  "TestT06T07HeadersOfNginx TestProxyListenerUnderAttack",
		"8":  "TestT08OtherFormsAreIgnored TestT04GeneratedConfigurationsUnderAttack",
		"9":  "TestT09WayBackIsNotTakenFromTheRequest TestProxyListenerUnderAttack",
		"10": "TestT10CertificateComesFromTheConnectionOnly",
		"11": "TestT11TicketOfAnotherHost TestVersionsAndTickets",
		"12": "TestT12RevokedWhileSignedIn TestT12WithdrawnBetweenTwoVisits TestT12ListEndsSessions TestT12ResponderEndsSessions",
		"13": "TestT13RemovedCA",
		"14": "TestT14VerifyPeerCertificateIsForbidden",
		"15": "TestT15ServerNameAndHostMustAgree",
		"16": "TestT16CaseAndProtocols",
		"17": "TestT17FragmentedClientHello",
		"18": "TestT18NoCoalescing",
		"19": "TestT19BrokenBundles TestT19UnusableSettingsAreRefused TestT19UnusableSettingsAreNoPolicy",
		"20": "TestT20SystemRootsAreNeverTrusted TestT20SystemStoreIsNotTrusted TestT20EveryVerifierIsGivenRoots",
		"21": "TestT21AnchorsArePinnedByKey TestT21AnotherCAOfTheSameName",
		"22": "TestT22SameNamesOtherKey TestT22CopiedCertificateWithAnotherKey TestT22NameOfACAIsWorthNothingBesideOthers",
		"23": "TestT23RefreshKeepsItsCertificate TestT23SessionIsRaisedByItsPersonOnly TestT23RenewedCertificateOfSomebodyElseRaisesNothing",
		"24": "TestT24CertificateWithoutProofOfItsKey",
		"25": "TestT25OnlyTheFirstCertificateSpeaks TestT25AppendedCertificateOfAVictim",
		"26": "TestT26HostileNames",
		"27": "TestT27NamesAreComparedAsDER",
		"28": "TestT28CAsOfOneUseSignNobodyInForAnother TestT28CAOfAnotherPurpose",
		"29": "TestT29RevocationIsAskedOnlyOfVerifiedPaths TestT29DistributionPointsOfCertificates TestT29LimitsOfAFetch TestT29PrivateAddressesAreNotReached",
		"30": "TestT30Limits TestT30Limbo TestT30Frankencerts TestT30ManyIntermediates TestT30FloodsOfCertificates TestT30WorkOfPathBuildingIsBounded",
		"31": "TestT31AlwaysClientAuth TestT31AnyPurposeStandsOnlyWhereItIsExplained",
		"32": "TestT32NothingReceivedYet",
		"33": "TestT33OCSPIsRefused TestT33FaultsOfRealResponders TestT33RealResponder",
		"34": "TestT34NetworkFaultsAndPolicies TestT34FaultsOfResponders TestT34RealListServer TestT33AndT34Responder TestRevocationPolicies",
		"35": "TestT35CRLIsRefused TestT35CRLSaysNothing TestT35OlderCRL TestT35RollbackIsRefused TestT35AListOfAnotherKindIsRefused TestT35DeltaListsAtASignIn",
		"36": "TestT36EqualSerials TestT36TwoCAsOfOneMethod TestT36ListOfAnotherCAEndsNothing",
		"37": "TestT37WithdrawnStaysWithdrawn",
		"38": "TestT38CrossSiteRequests TestT38TicketsBelongToTheBrowserThatAsked",
		"39": "TestT39BlockedPeopleHoldNothing TestT39CookieOfBlockedPeople TestT39BlockedPersonAtEveryEndpoint TestT39BlockedPersonEntersByNoMethod",
		"40": "TestT40NewSessionAtSignIn",
		// Signet makes the key and takes no request that could say anything of the holder.
		"41": "TestCertificateNamesWhatIsKnown TestIssuedCertificateStaysTheirs TestT42NoEnrolmentProtocol",
		"42": "TestT42NoEnrolmentProtocol TestNobodyIssuesForOthers",
		"43": "TestBlocks TestOwnCertificateIsBlocked TestBlocksOnThePages",
		// Nothing reads an attestation; what is read of strangers is fuzzed.
		"44": "TestT42NoEnrolmentProtocol FuzzParse FuzzJudgeRaw FuzzCRL FuzzOCSP",
	}
}

const lastFault = 44

// TestEveryFaultHasATest keeps the table above true, as TestEveryRowHasATest does, and
// no test is named after a fault that is none.
func TestEveryFaultHasATest(t *testing.T) {
	t.Parallel()
	tests, named := testsOf(t, ".."), map[string]bool{}
	for n := 1; n <= lastFault; n++ {
		if faults()[strconv.Itoa(n)] == "" {
			t.Errorf("T%d: no test fails by it", n)
		}
	}
	for number, names := range faults() {
		for name := range strings.FieldsSeq(names) {
			named[name] = true
			if !tests[name] {
				t.Errorf("T%s: there is no %s", number, name)
			}
		}
	}
	of := regexp.MustCompile(`^TestT(\d\d)`)
	for name := range tests {
		if m := of.FindStringSubmatch(name); m != nil && !named[name] {
			if n, _ := strconv.Atoi(m[1]); n < 1 || n > lastFault {
				t.Errorf("%s is named after no fault", name)
			}
		}
	}
	if len(faults()) != lastFault {
		t.Errorf("%d faults, want %d", len(faults()), lastFault)
	}
}

// TestT05MethodThatIsOff (GHSA-4w7q-wwx4-6973): where nobody signs in with certificates, the
// headers of the proxy itself are worth nothing, also those of an attempt that has begun.
func TestT05MethodThatIsOff(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	method := d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`)
	p := d.newPerson(nil).delivering(verified(d.certificate("alice")))
	p.open(a.request().url)
	begun := form{method: http.MethodPost, values: url.Values{"provider": {method}}, action: p.page.loginPath(t).JoinPath("certificate")}

	d.administrator().switchOff(method)
	p.open(a.request().url)
	p.stands("Sign in to Demo application")
	if p.can("Sign in with mTLS") {
		t.Fatal("the method is still offered")
	}
	p.send(begun)
	p.stands("This login method is not switched on here")
	p.open(d.Issuer + "/profile")
	p.stands("Sign in to Signet")
	if n := d.query(t, `SELECT COUNT(*) FROM sessions WHERE user_id IN (SELECT id FROM users WHERE login = 'alice')`); n != "0" {
		t.Errorf("alice has %s sessions", n)
	}
}

// TestT42NoEnrolmentProtocol (CVE-2025-44005, CVE-2026-30836, CVE-2026-40097): there is no
// door by which a program could ask for a certificate, and so nothing that could forget
// to ask who it is, or trip over what it attests.
func TestT42NoEnrolmentProtocol(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	client := &http.Client{Transport: d.transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{
		"/.well-known/est/simpleenroll", "/.well-known/est/simplereenroll", "/.well-known/est/cacerts", "/acme/directory", "/directory", "/acme/new-order",
		"/scep", "/scep?operation=PKIOperation", "/cgi-bin/pkiclient.exe", "/.well-known/cmp", "/1.0/sign", "/1.0/renew", "/1.0/revoke", "/api/issue", "/issue", "/revoke",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r, err := http.NewRequestWithContext(t.Context(), method, d.Issuer+path, strings.NewReader("MIIB"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/pkcs10")
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s answers %d", method, path, answer.StatusCode)
			}
		}
	}
}
