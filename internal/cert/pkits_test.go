package cert_test

import (
	"archive/zip"
	"bufio"
	"crypto/x509"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"signet/internal/cert"
)

// maxPKITSListed is how many lines testdata/pkits.txt has; lower it with the
// file.
const maxPKITSListed = 2

// TestPKITS judges the whole of NIST's Public Key Interoperability Test Suite
// (sections 4.1 to 4.16) with all its certificates and CRLs in one heap, so that
// paths are found and not given. What is expected stands in the names of the end
// certificates, and where inputs are set in testdata/pkits_inputs.txt.
// testdata/pkits.txt lists the deviations, and testdata/pkits.zip holds NIST's
// files as published, a work of the United States government without copyright.
func TestPKITS(t *testing.T) {
	suite := readPKITS(t)
	listed := readDeviations(t, "pkits.txt")
	if len(listed) > maxPKITSListed {
		t.Errorf("%d tests are listed, there were %d", len(listed), maxPKITSListed)
	}
	judged, deviating := 0, 0
	for _, c := range suite.tests(t) {
		entry, isListed := listed[c.name]
		delete(listed, c.name)
		t.Run(c.name, func(t *testing.T) {
			judged++
			v := suite.judge(t, c)
			got := "valid"
			if !v.Accepted() {
				got = string(v.Cause)
			}
			switch right := v.Accepted() == c.valid; {
			case right && isListed:
				t.Errorf("is as it should be: take it out of testdata/pkits.txt")
			case !right && isListed:
				if deviating++; got != entry.got {
					t.Errorf("listed with %s, is %s", entry.got, got)
				}
			case !right:
				t.Errorf("%s, want valid %v: %+v", got, c.valid, failures(v))
			}
		})
	}
	for name := range listed {
		t.Errorf("testdata/pkits.txt lists %s, which is no test", name)
	}
	t.Logf("PKITS: %d tests, %d deviate", judged, deviating)
}

type pkitsTest struct {
	name, leaf string
	inputs     []string
	valid      bool
}

type pkitsSuite struct {
	files  fs.FS
	anchor *x509.Certificate
	heap   []*x509.Certificate
	lists  *cert.Lists
}

func (s *pkitsSuite) judge(t *testing.T, c pkitsTest) cert.Verdict {
	t.Helper()
	der, err := fs.ReadFile(s.files, "certs/"+c.leaf+".crt")
	if err != nil {
		t.Fatal(err)
	}
	p := cert.Policy{Anchors: []*x509.Certificate{s.anchor}, Intermediates: s.heap, AnyPurpose: true, MaxDepth: 16, PoliciesOptional: true}
	for _, input := range c.inputs {
		switch input {
		case "explicit":
			p.ExplicitPolicy = true
		case "no-mapping":
			p.InhibitMapping = true
		case "no-any":
			p.InhibitAnyPolicy = true
		default:
			p.PolicyOIDs = append(p.PolicyOIDs, "2.16.840.1.101.3.2.1.48."+input)
		}
	}
	now := time.Date(2012, 6, 1, 0, 0, 0, 0, time.UTC)
	return cert.JudgeRaw(p, [][]byte{der}, now, s.lists.Revoked(p, nil, now))
}

// tests are those of the names and those with inputs.
func (s *pkitsSuite) tests(t *testing.T) (all []pkitsTest) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "pkits_inputs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	given := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != 4 {
			t.Fatalf("testdata/pkits_inputs.txt: %q", line)
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		c := pkitsTest{name: parts[0], leaf: parts[1], inputs: strings.Fields(parts[2]), valid: parts[3] == "valid"}
		given[c.leaf] = c.leaf != "ValidCertificatePathTest1EE" // which is 4.1.1 too
		all = append(all, c)
	}
	files, err := fs.Glob(s.files, "certs/*EE.crt")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`^(Valid|Invalid).*Test\d+EE$`)
	for _, file := range files {
		leaf := strings.TrimSuffix(path.Base(file), ".crt")
		if m := named.FindStringSubmatch(leaf); m != nil && !given[leaf] {
			all = append(all, pkitsTest{name: strings.TrimSuffix(leaf, "EE"), leaf: leaf, valid: m[1] == "Valid"})
		} else if !given[leaf] {
			t.Errorf("%s: nothing says what is expected of it", leaf)
		}
	}
	if len(all) < 230 {
		t.Fatalf("only %d tests: not the suite that we know", len(all))
	}
	return all
}

func readPKITS(t *testing.T) *pkitsSuite {
	t.Helper()
	archive, err := zip.OpenReader(filepath.Join("testdata", "pkits.zip"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = archive.Close() })
	s := &pkitsSuite{files: archive}
	der, err := fs.ReadFile(s.files, "certs/TrustAnchorRootCertificate.crt")
	if err != nil {
		t.Fatal(err)
	}
	if s.anchor, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	var crls [][]byte
	for _, pattern := range []string{"certs/*.crt", "crls/*.crl"} {
		files, err := fs.Glob(s.files, pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			data, err := fs.ReadFile(s.files, file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, ".crl") {
				crls = append(crls, data)
			} else if c, err := cert.Parse(data); err == nil {
				s.heap = append(s.heap, c)
			}
		}
	}
	s.lists = cert.NewLists(crls, nil)
	return s
}
