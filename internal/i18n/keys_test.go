package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// The test over the whole repository. A key is asked for where it is written
// in a call (p.T, p.N, web.Notify, {{t …}}, {{n …}}), in a struct field whose
// name ends in Key, as the cause of an iam.Error, or by a directive beside the
// code that builds keys while it runs:
//
//	//i18n:keys refusal.*.why cert.Cause       every constant of a type
//	//i18n:keys locale.month.* 1 2 3           these values
//	{{/* i18n:keys web.state.* ok near */}}    the same in a template

// keyPattern is what a key looks like.
var keyPattern = regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`)

// use is one place that asks for a key.
type use struct {
	key, place string
	optional   bool // the program lives without this key
}

// uses is what a repository asks for.
type uses struct {
	asked      []use
	mentioned  map[string]bool     // strings that stand somewhere and may be keys
	directives []directive         // patterns of keys that are built
	built      []use               // prefixes of keys that are built; key holds the prefix
	constants  map[string][]string // values of named string types, by "package.Type"
	problems   []string
}

// directive announces keys that are built while the program runs.
type directive struct {
	pattern string
	values  []string
	place   string
}

var directivePattern = regexp.MustCompile(`i18n:keys +(\S+) +([^\n]*?) *(\*/|\n|$)`)

func (u *uses) readDirective(text, place string) {
	for _, m := range directivePattern.FindAllStringSubmatch(text, -1) {
		u.directives = append(u.directives, directive{pattern: m[1], values: strings.Fields(m[2]), place: place})
	}
}

// expand returns the keys of a directive, or says what is wrong with it.
func (u *uses) expand(d directive) ([]string, error) {
	before, after, ok := strings.Cut(d.pattern, "*")
	if !ok || len(d.values) == 0 {
		return nil, fmt.Errorf("%s: i18n:keys wants a pattern with * and values", d.place)
	}
	var keys []string
	for _, value := range d.values {
		values := []string{value}
		if strings.Contains(value, ".") {
			values = u.constants[value]
			if len(values) == 0 {
				return nil, fmt.Errorf("%s: i18n:keys names %s, which has no constants", d.place, value)
			}
		}
		for _, v := range values {
			if v != "" {
				keys = append(keys, before+v+after)
			}
		}
	}
	return keys, nil
}

// check compares what is asked for with what is written in one language and
// returns the differences. Keys of the other languages are compared with those
// of the default one elsewhere.
func (u *uses) check(written map[string]*i18n.Message) []string {
	problems := slices.Clone(u.problems)
	used := map[string]bool{}
	for key := range written {
		if u.mentioned[key] {
			used[key] = true
		}
	}
	ask := func(key, place string, optional bool) {
		used[key] = true
		if written[key] == nil && !optional {
			problems = append(problems, fmt.Sprintf("%s: key %s is not written", place, key))
		}
	}
	for _, a := range u.asked {
		ask(a.key, a.place, a.optional)
	}
	for _, d := range u.directives {
		keys, err := u.expand(d)
		if err != nil {
			problems = append(problems, err.Error())
		}
		for _, key := range keys {
			ask(key, d.place, false)
		}
	}
	for _, b := range u.built {
		announced := slices.ContainsFunc(u.directives, func(d directive) bool {
			prefix, _, _ := strings.Cut(d.pattern, "*")
			return strings.HasPrefix(prefix, b.key) || strings.HasPrefix(b.key, prefix)
		})
		if !announced && !strings.HasPrefix(b.key, "error.") { // causes are found one by one
			problems = append(problems, fmt.Sprintf("%s: keys %s… are built here and no i18n:keys announces them", b.place, b.key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(written)) {
		if !used[key] {
			problems = append(problems, fmt.Sprintf("key %s is written and never used", key))
		}
	}
	slices.Sort(problems)
	return slices.Compact(problems)
}

// repository returns the root of the module.
func repository(t *testing.T) fs.FS {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return os.DirFS(dir)
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		break
	}
	t.Fatal("no go.mod above this folder")
	return nil
}

// readWritten reads the messages of every language, and the file of each key.
func readWritten(t *testing.T) map[string]map[string]*i18n.Message {
	t.Helper()
	paths, err := fs.Glob(embedded, "catalogue/*.json")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]map[string]*i18n.Message{}
	for _, path := range paths {
		text, err := fs.ReadFile(embedded, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range twice(text) {
			t.Errorf("%s: key %s stands twice", path, key)
		}
		file, err := i18n.ParseMessageFileBytes(text, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		lang := file.Tag.String()
		if written[lang] == nil {
			written[lang] = map[string]*i18n.Message{}
		}
		for _, m := range file.Messages {
			if !keyPattern.MatchString(m.ID) {
				t.Errorf("%s: %q is no key: small letters, then dots, letters, digits and _", path, m.ID)
			}
			written[lang][m.ID] = m
		}
	}
	return written
}

// twice returns the keys that a JSON object holds twice, which a decoder takes
// without a word.
func twice(text []byte) []string {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	seen, depth, key := map[string]bool{}, 0, true
	var keys []string
	for {
		token, err := decoder.Token()
		if err != nil {
			return keys
		}
		switch token {
		case json.Delim('{'):
			depth, key = depth+1, true
			continue
		case json.Delim('}'):
			depth, key = depth-1, true
			continue
		}
		if name, ok := token.(string); ok && key && depth == 1 {
			if seen[name] {
				keys = append(keys, name)
			}
			seen[name] = true
		}
		key = !key
	}
}

func TestKeysOfTheRepository(t *testing.T) {
	found, err := scan(repository(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(found.asked) < 50 {
		t.Fatalf("only %d uses found: the scan is blind", len(found.asked))
	}
	for _, problem := range found.check(readWritten(t)["en"]) {
		t.Error(problem)
	}
}

var placesPattern = regexp.MustCompile(`\{\{\s*\.([A-Za-z0-9]+)\s*\}\}`)

// places returns the names of the places of a message.
func places(m *i18n.Message) map[string]bool {
	names := map[string]bool{}
	for _, text := range pluralForms(m) {
		for _, match := range placesPattern.FindAllStringSubmatch(text, -1) {
			names[match[1]] = true
		}
	}
	return names
}

func TestLanguagesSayTheSame(t *testing.T) {
	written := readWritten(t)
	english := written["en"]
	for lang, messages := range written {
		for _, key := range slices.Sorted(maps.Keys(english)) {
			m := messages[key]
			if m == nil {
				t.Errorf("%s: key %s is not written", lang, key)
				continue
			}
			if !maps.Equal(places(english[key]), places(m)) {
				t.Errorf("%s: key %s has other places than in English: %v, not %v", lang, key, slices.Sorted(maps.Keys(places(m))), slices.Sorted(maps.Keys(places(english[key]))))
			}
		}
		for key := range messages {
			if english[key] == nil {
				t.Errorf("%s: key %s is not written in English", lang, key)
			}
		}
	}
}

// frenchFaults are spellings that French typography does not have. A colon
// inside a time, an address or after a scheme is none.
var frenchFaults = map[string]*regexp.Regexp{
	"a plain space before a double sign: use U+00A0 (U+202F before ; ! ?)": regexp.MustCompile(` [:;?!»]`),
	"a plain space after «: use U+00A0":                                    regexp.MustCompile(`« `),
	"no space before a double sign: use U+00A0 (U+202F before ; ! ?)":      regexp.MustCompile(`[^\s\x{00a0}\x{202f}?!&a-z0-9*][;?!](\s|$)|[\p{L}\)\}][;?!](\s|$)|[\p{L}\)\}]:(\s|$)`),
	"another space before ; ! ? than U+202F":                               regexp.MustCompile(`\x{00a0}[;?!]`),
	"another space before a colon than U+00A0":                             regexp.MustCompile(`\x{202f}:`),
	"another space inside « » than U+00A0":                                 regexp.MustCompile(`«[^\x{00a0}]|[^\x{00a0}]»`),
	"a straight apostrophe: use ’":                                         regexp.MustCompile(`'`),
	"straight quotes: use « »":                                             regexp.MustCompile(`"`),
	"three dots: use …":                                                    regexp.MustCompile(`\.\.\.`),
}

func TestFrenchTypography(t *testing.T) {
	french := readWritten(t)["fr"]
	for _, key := range slices.Sorted(maps.Keys(french)) {
		for _, text := range pluralForms(french[key]) {
			for fault, pattern := range frenchFaults {
				if pattern.MatchString(text) {
					t.Errorf("key %s: %s: %s", key, fault, text)
				}
			}
		}
	}
}

func TestFrenchFaultsAreFound(t *testing.T) {
	for text, faulty := range map[string]bool{
		"Attention : lisez":              true,
		"Attention: lisez":               true,
		"Attention\u00a0: lisez":         false,
		"Pourquoi\u202f?":                false,
		"Pourquoi?":                      true,
		"Pourquoi ?":                     true,
		"Pourquoi\u00a0?":                true,
		"Attendez\u00a0; lisez":          true,
		"Attention\u202f: lisez":         true,
		"«\u202fmot\u202f»":              true,
		"« mot »":                        true,
		"«mot»":                          true,
		"«\u00a0mot\u00a0»":              false,
		"l'heure":                        true,
		"https://exemple.fr à 14:05":     false,
		"{{.Name}}: oui":                 true,
		"{{.Name}}\u00a0: oui":           false,
		"Attendez...":                    true,
		"Le navigateur (Firefox)\u202f!": false,
	} {
		found := false
		for _, pattern := range frenchFaults {
			found = found || pattern.MatchString(text)
		}
		if found != faulty {
			t.Errorf("%q: found a fault: %t, want %t", text, found, faulty)
		}
	}
}
