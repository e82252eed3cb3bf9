package i18n

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// scan reads every Go file and template below the root.
func scan(root fs.FS) (*uses, error) {
	u := &uses{mentioned: map[string]bool{}, constants: map[string][]string{}}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"testdata", "node_modules", "vendor"}, entry.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(name, "_test.go"):
			return nil // tests ask for keys that are not there
		case path.Ext(name) == ".go":
			return u.readGo(root, name)
		case path.Ext(name) == ".html":
			return u.readTemplate(root, name)
		}
		return nil
	})
	return u, err
}

// readGo notes what a Go file asks for. It reads syntax only, so that a room
// that does not compile yet is read too.
func (u *uses) readGo(root fs.FS, name string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		u.problems = append(u.problems, fmt.Sprintf("%s: %v", name, err))
		return nil
	}
	place := func(n ast.Node) string { return fmt.Sprintf("%s:%d", name, files.Position(n.Pos()).Line) }
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, "//i18n:keys") {
				u.readDirective(comment.Text, place(comment))
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, ok := literal(n); ok && keyPattern.MatchString(s) {
				u.mentioned[s] = true
			}
		case *ast.CallExpr:
			u.readCall(n, place(n))
		case *ast.CompositeLit:
			u.readComposite(n, place(n))
		case *ast.GenDecl:
			u.readConstants(n, file.Name.Name)
		}
		return true
	})
	return nil
}

// readCall notes the keys and causes that a call hands over.
func (u *uses) readCall(call *ast.CallExpr, place string) {
	function, of := "", ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		function = f.Sel.Name
		if x, ok := f.X.(*ast.Ident); ok {
			of = x.Name
		}
	case *ast.Ident:
		function = f.Name
	}
	key := func(i int) {
		if i >= len(call.Args) {
			return
		}
		if s, ok := literal(call.Args[i]); ok && keyPattern.MatchString(s) {
			u.asked = append(u.asked, use{key: s, place: place})
		} else if prefix, ok := leading(call.Args[i]); ok {
			u.built = append(u.built, use{key: prefix, place: place})
		}
	}
	cause := func(i int, suffix string, optional bool) {
		if i >= len(call.Args) {
			return
		}
		if s, ok := literal(call.Args[i]); ok && s != "" {
			u.asked = append(u.asked, use{key: "error." + s + suffix, place: place, optional: optional})
		}
	}
	switch {
	case of != "" && (function == "T" || function == "N"):
		key(0)
	case function == "Notify":
		key(2)
	case of == "iam" && function == "Invalid":
		cause(1, "", false)
	case of == "iam" && (function == "Conflict" || function == "Forbidden"):
		cause(0, "", false)
	case of == "iam" && function == "NotFound":
		cause(0, "_not_found", true) // the kind has a sentence too
	}
}

// readComposite notes keys in fields such as TitleKey, and causes of errors.
func (u *uses) readComposite(composite *ast.CompositeLit, place string) {
	isError := false
	switch t := composite.Type.(type) {
	case *ast.SelectorExpr:
		x, ok := t.X.(*ast.Ident)
		isError = ok && x.Name == "iam" && t.Sel.Name == "Error"
	case *ast.Ident:
		isError = t.Name == "Error" && strings.Contains(place, "iam/")
	}
	for _, element := range composite.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		field, ok := pair.Key.(*ast.Ident)
		if !ok {
			continue
		}
		s, isLiteral := literal(pair.Value)
		switch {
		case strings.HasSuffix(field.Name, "Key") && isLiteral && keyPattern.MatchString(s):
			u.asked = append(u.asked, use{key: s, place: place})
		case strings.HasSuffix(field.Name, "Key"):
			if prefix, ok := leading(pair.Value); ok {
				u.built = append(u.built, use{key: prefix, place: place})
			}
		case isError && field.Name == "Cause" && isLiteral && s != "":
			u.asked = append(u.asked, use{key: "error." + s, place: place})
		}
	}
}

// readConstants notes the values of constants that have a named type.
func (u *uses) readConstants(decl *ast.GenDecl, pkg string) {
	if decl.Tok != token.CONST {
		return
	}
	for _, spec := range decl.Specs {
		values, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for _, value := range values.Values {
			kind, expression := values.Type, value
			if call, ok := value.(*ast.CallExpr); ok && len(call.Args) == 1 {
				kind, expression = call.Fun, call.Args[0]
			}
			name, ok := kind.(*ast.Ident)
			if !ok {
				continue
			}
			if s, ok := literal(expression); ok {
				u.constants[pkg+"."+name.Name] = append(u.constants[pkg+"."+name.Name], s)
			}
		}
	}
}

func literal(e ast.Expr) (string, bool) {
	basic, ok := e.(*ast.BasicLit)
	if !ok || basic.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(basic.Value)
	return s, err == nil
}

// leading returns the constant beginning of a key that is put together.
func leading(e ast.Expr) (string, bool) {
	binary, ok := e.(*ast.BinaryExpr)
	if !ok || binary.Op != token.ADD {
		return "", false
	}
	if s, ok := literal(binary.X); ok {
		return s, strings.Contains(s, ".")
	}
	return leading(binary.X)
}

// readTemplate notes what a template asks for.
func (u *uses) readTemplate(root fs.FS, name string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	u.readDirective(string(text), name)
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(string(text), "", "", trees); err != nil {
		u.problems = append(u.problems, err.Error())
		return nil
	}
	for _, t := range trees {
		if t.Root != nil {
			u.readNode(name, t, t.Root)
		}
	}
	return nil
}

// readNode walks a template.
func (u *uses) readNode(name string, tree *parse.Tree, node parse.Node) {
	list := func(l *parse.ListNode) {
		if l != nil {
			for _, n := range l.Nodes {
				u.readNode(name, tree, n)
			}
		}
	}
	branch := func(b *parse.BranchNode) {
		u.readNode(name, tree, b.Pipe)
		list(b.List)
		list(b.ElseList)
	}
	switch n := node.(type) {
	case *parse.ListNode:
		list(n)
	case *parse.ActionNode:
		u.readNode(name, tree, n.Pipe)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			u.readNode(name, tree, n.Pipe)
		}
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			u.readNode(name, tree, command)
		}
	case *parse.CommandNode:
		u.readCommand(name, tree, n)
		for _, argument := range n.Args {
			u.readNode(name, tree, argument)
		}
	case *parse.StringNode:
		if keyPattern.MatchString(n.Text) {
			u.mentioned[n.Text] = true
		}
	}
}

// readCommand notes the key of {{t …}} and {{n …}}.
func (u *uses) readCommand(name string, tree *parse.Tree, command *parse.CommandNode) {
	function, ok := command.Args[0].(*parse.IdentifierNode)
	if !ok || len(command.Args) < 2 || (function.Ident != "t" && function.Ident != "n") {
		return
	}
	location, _ := tree.ErrorContext(command)
	switch key := command.Args[1].(type) {
	case *parse.StringNode:
		u.asked = append(u.asked, use{key: key.Text, place: location})
	case *parse.PipeNode:
		if len(key.Cmds) == 1 && len(key.Cmds[0].Args) > 1 {
			if prefix, ok := key.Cmds[0].Args[1].(*parse.StringNode); ok {
				u.built = append(u.built, use{key: prefix.Text, place: location})
			}
		}
	}
}

func TestScanFindsEveryUse(t *testing.T) {
	root := fstest.MapFS{
		"a/a.go": {Data: []byte(`package a

//i18n:keys a.state.* a.State none
type State string
const On State = "on"
const Off = State("off")

func f(p printer, cause string) {
	p.T("a.title", "Name", "x")
	p.N("a.count", 3)
	p.T("a.state." + cause)
	p.T("a.unannounced." + cause)
	web.Notify(w, "success", "a.saved")
	_ = web.View{TitleKey: "a.view"}
	_ = iam.Invalid("name", "name_taken")
	_ = iam.NotFound("thing")
	_ = &iam.Error{Kind: k, Cause: "blocked"}
	s := "a.mentioned"
}`)},
		"a/page.html":     {Data: []byte(`{{define "x"}}{{if t "a.condition"}}{{range .L}}{{template "field" (field "Label" (t "a.label"))}}{{end}}{{end}}{{end}}{{n "a.pages" 2}}{{t (print "a.built." .X)}}{{/* i18n:keys a.built.* one */}}`)},
		"a/a_test.go":     {Data: []byte(`package a; func g() { p.T("a.only_in_a_test") }`)},
		"testdata/b.go":   {Data: []byte(`package b; func g() { p.T("a.only_in_testdata") }`)},
		".hidden/page.go": {Data: []byte(`not even Go`)},
	}
	found, err := scan(root)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]*i18n.Message{}
	for _, key := range []string{
		"a.title", "a.count", "a.state.on", "a.state.off", "a.state.none", "a.saved", "a.view", "error.name_taken", "error.blocked",
		"a.mentioned", "a.condition", "a.label", "a.pages", "a.built.one",
	} {
		written[key] = &i18n.Message{ID: key, Other: key}
	}
	unannounced := []string{"a/a.go:12: keys a.unannounced.… are built here and no i18n:keys announces them"}
	if got := found.check(written); !slices.Equal(got, unannounced) {
		t.Errorf("problems = %q, want %q", got, unannounced)
	}
	for key := range written {
		if key == "a.mentioned" {
			continue // standing somewhere makes a key used, not asked for
		}
		less := map[string]*i18n.Message{}
		for other, m := range written {
			if other != key {
				less[other] = m
			}
		}
		if got := found.check(less); len(got) != 2 {
			t.Errorf("without %s: problems = %q", key, got)
		}
	}
	written["a.old"] = &i18n.Message{ID: "a.old"}
	if got := found.check(written); !slices.Contains(got, "key a.old is written and never used") {
		t.Errorf("with a key that nobody uses: problems = %q", got)
	}
}
