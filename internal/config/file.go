package config

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

// File is the settings of one TOML file, under the names of the flags:
//
//	issuer          = "https://id.example.org"
//	trusted-proxies = ["10.0.0.0/8"]
//
// It is the weakest source: a variable of the environment wins over it, and a
// flag over both. An unknown name is an error, because a misspelt setting that
// is silently left out may be one that security depends on.
type File struct {
	values map[string]any
	name   string
}

// Load reads a file; it is a kong.ConfigurationLoader.
func Load(r io.Reader) (kong.Resolver, error) {
	f := File{name: "the settings file"}
	if named, ok := r.(interface{ Name() string }); ok {
		f.name = named.Name()
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	if err := toml.Unmarshal(text, &f.values); err != nil {
		if where, ok := err.(*toml.DecodeError); ok { //nolint:errorlint // the library returns it bare
			line, column := where.Position()
			return nil, fmt.Errorf("%s:%d:%d: %w", f.name, line, column, err)
		}
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return f, nil
}

// Validate refuses names that are no setting.
func (f File) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && isSetting(flag) {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	for name, value := range f.values {
		if !known[name] {
			return fmt.Errorf("%s: there is no setting %q; `signet serve --help` lists them", f.name, name)
		}
		if _, err := plain(value); err != nil {
			return fmt.Errorf("%s: %s: %w", f.name, name, err)
		}
	}
	return nil
}

// Resolve returns the value of a flag for kong.
func (f File) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := f.values[flag.Name]
	if !ok || !isSetting(flag) {
		return nil, nil //nolint:nilnil // kong's way to say that this source has no value
	}
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil //nolint:nilnil // the environment wins
		}
	}
	return plain(value)
}

// isSetting tells settings, which have a variable of the environment, from the
// flags of a single run.
func isSetting(flag *kong.Flag) bool { return len(flag.Envs) > 0 && flag.Name != "config" }

// plain turns a value of TOML into the text that a flag would have had.
func plain(value any) (any, error) {
	switch v := value.(type) {
	case string, bool, int64:
		return fmt.Sprint(v), nil
	case []any:
		texts := make([]string, len(v))
		for i, element := range v {
			text, err := plain(element)
			if err != nil {
				return nil, err
			}
			texts[i] = fmt.Sprint(text)
		}
		return strings.Join(texts, ","), nil
	default:
		return nil, fmt.Errorf("a value of the form %T cannot be used; allowed: a text, a number or a list of texts", value)
	}
}
