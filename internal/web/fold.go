package web

import (
	"bytes"
	"html/template"
	"reflect"
	"strconv"
	"text/template/parse"
)

// folder computes what does not change from one request to the next, once at
// start: sentences without places, icons, addresses of static files, and whole
// components whose arguments are all constant. The sign-in page is drawn for
// every sign-in, and most of it is the same each time.
//
// What it writes into the template is treated as markup, so texts are escaped
// here for the contexts that templates use them in: text and quoted attributes.
type folder struct {
	funcs     template.FuncMap
	component *template.Template // draws components; another set than the one that is folded
}

// pure are the functions whose result depends on their arguments alone.
// Builders of components are pure too.
func (f folder) pure(name string) bool {
	switch name {
	case "n", "date", "datetime", "short", "ago", "number":
		return false // never constant in practice, or of the time
	default:
		return f.funcs[name] != nil
	}
}

// fold rewrites all templates of a set that has not been drawn yet.
func (f folder) fold(set *template.Template) {
	for _, t := range set.Templates() {
		if t.Tree != nil && t.Tree.Root != nil {
			f.list(t.Tree.Root)
		}
	}
}

func (f folder) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	for i, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.ActionNode:
			if text, ok := f.action(n); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: text}
			}
		case *parse.TemplateNode:
			if text, ok := f.template(n); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: text}
			}
		case *parse.IfNode:
			f.branch(&n.BranchNode)
		case *parse.RangeNode:
			f.branch(&n.BranchNode)
		case *parse.WithNode:
			f.branch(&n.BranchNode)
		}
	}
}

func (f folder) branch(b *parse.BranchNode) {
	f.arguments(b.Pipe)
	f.list(b.List)
	f.list(b.ElseList)
}

// action returns the text of {{t "key"}} and its like.
func (f folder) action(n *parse.ActionNode) ([]byte, bool) {
	f.arguments(n.Pipe)
	switch value, _ := f.pipe(n.Pipe); v := value.(type) {
	case string:
		return []byte(template.HTMLEscapeString(v)), true
	case template.HTML:
		return []byte(v), true
	default:
		return nil, false
	}
}

// template returns the markup of a component with constant arguments.
func (f folder) template(n *parse.TemplateNode) ([]byte, bool) {
	if n.Pipe == nil {
		return nil, false
	}
	f.arguments(n.Pipe)
	value, ok := f.pipe(n.Pipe)
	if !ok {
		return nil, false
	}
	var b bytes.Buffer
	if err := f.component.ExecuteTemplate(&b, n.Name, value); err != nil {
		return nil, false
	}
	return b.Bytes(), true
}

// arguments replaces constant texts inside a call that is not constant itself.
func (f folder) arguments(pipe *parse.PipeNode) {
	for _, command := range pipe.Cmds {
		for i, argument := range command.Args {
			inner, ok := argument.(*parse.PipeNode)
			if !ok {
				continue
			}
			f.arguments(inner)
			if value, ok := f.pipe(inner); ok {
				if text, ok := value.(string); ok {
					command.Args[i] = &parse.StringNode{NodeType: parse.NodeString, Pos: inner.Pos, Quoted: strconv.Quote(text), Text: text}
				}
			}
		}
	}
}

// pipe returns the value of a constant pipe of one command.
func (f folder) pipe(pipe *parse.PipeNode) (any, bool) {
	if len(pipe.Cmds) != 1 || len(pipe.Decl) != 0 {
		return nil, false
	}
	args := pipe.Cmds[0].Args
	function, ok := args[0].(*parse.IdentifierNode)
	if !ok || !f.pure(function.Ident) {
		return nil, false
	}
	values := make([]reflect.Value, 0, len(args)-1)
	for _, argument := range args[1:] {
		value, ok := f.constant(argument)
		if !ok {
			return nil, false
		}
		values = append(values, reflect.ValueOf(value))
	}
	call := reflect.ValueOf(f.funcs[function.Ident])
	if kind := call.Type(); len(values) < kind.NumIn() && !kind.IsVariadic() {
		return nil, false
	}
	results := call.Call(values)
	if len(results) == 2 && !results[1].IsNil() {
		return nil, false // the trial of Define has said so already
	}
	return results[0].Interface(), true
}

// constant returns the value of an argument that is written out.
func (f folder) constant(node parse.Node) (any, bool) {
	switch n := node.(type) {
	case *parse.StringNode:
		return n.Text, true
	case *parse.BoolNode:
		return n.True, true
	case *parse.NumberNode:
		return int(n.Int64), n.IsInt
	case *parse.PipeNode:
		return f.pipe(n)
	default:
		return nil, false
	}
}
