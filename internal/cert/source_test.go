package cert_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// With ExtKeyUsageAny, Go before 1.24.4 skipped policy validation
// (CVE-2025-22874), and a certificate for mail would sign in. It stands only
// where it is told apart from the others.
func TestT31AnyPurposeStandsOnlyWhereItIsExplained(t *testing.T) {
	explained := map[string]string{
		"internal/cert/policy.go":               "the zero value, which is replaced by client authentication, and AnyPurpose, which no login method sets",
		"internal/cert/check_issuer_purpose.go": "what CAs may issue for",
		"internal/cert/check_purpose.go":        "what Go's verifier lets pass and checkPurpose does not",
		"internal/cert/certtest/defect.go":      "the defect of a test certificate",
	}
	for path, file := range sources(t, filepath.Join("..", "..")) {
		ast.Inspect(file, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok && x.Sel.Name == "ExtKeyUsageAny" {
				if _, ok := explained[path]; !ok {
					t.Errorf("%s uses ExtKeyUsageAny", path)
				}
				explained[path] = ""
			}
			return true
		})
	}
	for path, why := range explained {
		if why != "" {
			t.Errorf("%s is listed (%s) and does not use ExtKeyUsageAny", path, why)
		}
	}
}

// Nil roots mean the system's (T20): whoever verifies says which.
func TestT20EveryVerifierIsGivenRoots(t *testing.T) {
	found := 0
	for path, file := range sources(t, ".") {
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.SelectorExpr:
				if x.Sel.Name == "SystemCertPool" {
					t.Errorf("%s asks for the system's roots", path)
				}
			case *ast.CompositeLit:
				// One without fields is returned where nothing is to be verified.
				kind, ok := x.Type.(*ast.SelectorExpr)
				if !ok || kind.Sel.Name != "VerifyOptions" || len(x.Elts) == 0 {
					return true
				}
				found++
				if !setsRoots(x) {
					t.Errorf("%s verifies without roots of its own", path)
				}
			}
			return true
		})
	}
	if found == 0 {
		t.Error("nothing verifies: this test looks for something that has gone")
	}
}

// setsRoots reports whether the options get their roots from the function pool,
// which never returns nil.
func setsRoots(options *ast.CompositeLit) bool {
	for _, e := range options.Elts {
		field, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		name, _ := field.Key.(*ast.Ident)
		call, _ := field.Value.(*ast.CallExpr)
		if name == nil || name.Name != "Roots" || call == nil {
			continue
		}
		function, ok := call.Fun.(*ast.Ident)
		return ok && function.Name == "pool"
	}
	return false
}

// sources parses the program's own files below the folder, by their path in it.
func sources(t *testing.T, root string) map[string]*ast.File {
	t.Helper()
	all := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name := d.Name(); name == "node_modules" || name == "testdata" || path != root && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(root, path)
		all[filepath.ToSlash(inside)] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
