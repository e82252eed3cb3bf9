package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// What this package exports is tried on both engines by this package: a function
// of one engine's dialect only would be found by the wrong people.
func TestEveryExportedFunctionIsTried(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	declared, used := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.IsExported() && !strings.HasSuffix(e.Name(), "_test.go") && n.Name.Name != "Scan" {
					declared[n.Name.Name] = true
				}
			case *ast.SelectorExpr:
				if strings.HasSuffix(e.Name(), "_test.go") {
					used[n.Sel.Name] = true
				}
			}
			return true
		})
	}
	if len(declared) < 50 {
		t.Errorf("only %d functions were found", len(declared))
	}
	for name := range declared {
		if !used[name] {
			t.Errorf("no test of this package calls %s", name)
		}
	}
}
