package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// rows names, for every row of the requirements, the tests that show it: those of
// this package first, from the outside; then those that try out the corners.
func rows() map[string]string {
	return map[string]string{
		"1 7 65":      "TestSignInWithACertificate TestMission TestChromiumThroughNginx",
		"2":           "TestVersionsAndTickets TestSignInWithACertificate TestMissionOfAnApplication",
		"3 4 5":       "TestUnfitCertificateIsRefusedWithItsCause TestSeedNginxThatForwardsTheCertificate TestT20SystemRootsAreNeverTrusted TestT30Limbo TestPKITS",
		"6":           "TestAdministratorMakesALoginMethod TestUnfitCertificateIsRefusedWithItsCause TestRevocationPolicies TestChecks TestMethodAsTheMissionSays",
		"8 9":         "TestUnfitCertificateIsRefusedWithItsCause TestRefusalsInABrowser TestAttemptThatCannotCountHasItsPage",
		"10 11":       "TestVersionsAndTickets",
		"12":          "TestAdministratorConnectsAnApplication TestS12CertificateOfAcceptedAuthorities",
		"13":          "TestWrongChoiceCanBeCorrected TestWrongChoiceIsForgotten TestGeneratedConfigurations",
		"14 15 17 27": "TestSeedNginx TestUnfitCertificateIsRefusedWithItsCause TestCertificatesChangeBehindNginx",
		"16":          "TestSeedNginx TestUnfitCertificateIsRefusedWithItsCause TestRefusalsInABrowser",
		"18":          "TestVersionsAndTickets TestSeedNginx TestGeneratedConfigurations TestDoctor",
		"20":          "TestCertificateHostServesNothingElse TestGeneratedConfigurations",
		"21":          "TestMainSiteHasNoCertificateEndpoint",
		"22":          "TestPROXYProtocol TestProxyListenerUnderAttack TestGeneratedConfigurations",
		"23":          "TestSeedNginx TestSeedNginxThatForwardsTheCertificate TestGeneratedConfigurations TestT04GeneratedConfigurationsUnderAttack",
		"24":          "TestSeedNginx TestChromiumThroughNginx",
		"25":          "TestCertificatesChangeBehindNginx TestAdministratorMakesALoginMethod TestChangeReachesEveryNode",
		"26":          "TestGeneratedConfigurations TestEveryConfigurationIsWhole TestProxiesUnderstandThem TestDoctor",
		"28":          "TestUnfitCertificateIsRefusedWithItsCause TestT01WhoeverHasNoProof TestMethodThatIsNotSwitchedOnIsRefused TestMethodThatWantsTheCertificateItself",
		"29 30 31":    "TestMission TestMissionOfAnOrganization TestMissionOfAnApplication",
		"32 33":       "TestMission TestTemplatesAreFound",
		"34 35 36":    "TestMission TestMethodAsTheMissionSays TestLogoOfAMethod TestWhatIsNoPicture",
		"37":          "TestOrganization TestMissionOfAnOrganization TestNoLongerPublicLeavesOtherWidgets TestWhoMaySwitchOnWhat",
		"38":          "TestCertificateClaims TestPublicityHoldsInUserInfo TestPublicity",
		"39 40":       "TestMission TestCreatedIsOffAndPrivate",
		"41":          "TestMethodAsTheMissionSays TestCertificateHosts",
		"42":          "TestDeleteMethod TestCopiedSettingsArePasted TestRequiredIsAskedFirst TestRequiredIdentifierIsAdded",
		"43 44 46 47": "TestMission TestMethodThatIsNotSwitchedOnIsRefused TestAdministratorMakesALoginMethod",
		"45 50":       "TestAdministratorTriesTheSignInForm TestMission",
		"48":          "TestMethodByKeyboard TestOrderAtOnce TestArrange",
		"49":          "TestLastWayInIsKept TestSwitchKeepsOneWayIn TestCertificateOnlyKeepsItsCertificate",
		"51":          "TestSignetIssuesCertificates TestPKCS12 TestChromiumThroughNginx TestFirefoxThroughNginx",
		"52 53 54":    "TestHelpOpensTheWayForTheBrowser TestIdentifiersInTheProfile",
		"55 66 67":    "TestWrongChoiceCanBeCorrected TestMission TestAccountIsMadeFromACertificate",
		"56 57 58":    "TestIdentifiersInTheProfile TestChromiumThroughNginx TestFirefoxThroughNginx",
		"59 60 61":    "TestIdentifiersInTheProfile TestCertificateOfTwoPeopleAtOnce TestOneCertificateOnePersonUnderConcurrency",
		"62 64":       "TestIdentifiersInTheProfile TestRemovingAnIdentifierEndsItsSessions TestPublicity",
		"63":          "TestPersonFromCreationToBlock TestCertificateIsFoundByItsNames TestCertificateIsAddedByUpload",
		"68":          "TestSeveralCertificatesOfOnePerson",
		"69":          "TestUnlinkedCertificateIsLinkedAtSignIn TestStrangerCreatesAnAccount TestAccountIsMadeFromACertificate",
		"70 71":       "TestBlockedPersonIsOutAtOnce TestPersonFromCreationToBlock TestS71DeletedPersonIsOfferedRecovery",
		"72":          "TestRenewedCertificate TestJustExpired TestRenewalByPolicy",
	}
}

// lastRow is the last row of the requirements; one number names none.
const lastRow, noRow = 72, 19

// TestEveryRowHasATest keeps the table above true: each row has a test, and each
// test that it names exists.
func TestEveryRowHasATest(t *testing.T) {
	t.Parallel()
	shown := map[int]bool{}
	tests := testsOf(t, "..")
	for numbers, names := range rows() {
		for text := range strings.FieldsSeq(numbers) {
			n, err := strconv.Atoi(text)
			if err != nil || shown[n] {
				t.Errorf("row %s: is there twice, or is none (%v)", text, err)
			}
			shown[n] = true
		}
		for name := range strings.FieldsSeq(names) {
			if !tests[name] {
				t.Errorf("row %s: there is no %s", numbers, name)
			}
		}
	}
	for n := 1; n <= lastRow; n++ {
		if !shown[n] && n != noRow {
			t.Errorf("row %d: no test shows it", n)
		}
	}
}

// testsOf returns the names of all tests below a folder.
func testsOf(t *testing.T, root string) map[string]bool {
	t.Helper()
	declared, tests := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\([tf] \*testing\.[TF]\)`), map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(text, -1) {
			tests[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
