package config

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// reference is a line of the tables: flag, variable, what it does, default.
var reference = regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| `([A-Z_]+)` \\| ([^|]+) \\| ([^|]*) \\|$")

// Issue 3: the guides hold the reference of every setting. What is in one and not in
// the other is a setting that nobody finds, or one that does nothing.
func TestEverySettingIsInTheReference(t *testing.T) {
	var cli struct {
		Serve struct {
			Server `embed:""`
		} `cmd:""`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	type setting struct{ variable, standard string }
	settings := map[string]setting{}
	for _, flag := range parser.Model.Children[0].Flags {
		if isSetting(flag) {
			settings[flag.Name] = setting{flag.Envs[0], flag.Default}
		}
	}
	if len(settings) < 30 {
		t.Fatalf("%d settings are known to the test", len(settings))
	}
	for _, path := range []string{"../../docs/en/settings.md", "../../docs/fr/parametres.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]bool{}
		for _, line := range reference.FindAllStringSubmatch(string(text), -1) {
			name := line[1]
			want, known := settings[name]
			switch {
			case !known:
				t.Errorf("%s tells of --%s, which there is not", path, name)
			case line[2] != want.variable:
				t.Errorf("%s: --%s is read from %s, not %s", path, name, want.variable, line[2])
			case want.standard != "" && !strings.Contains(line[4], "`"+want.standard+"`"):
				t.Errorf("%s: --%s is %q where it is left out, not %s", path, name, want.standard, line[4])
			case told[name]:
				t.Errorf("%s tells twice of --%s", path, name)
			}
			told[name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(settings)) {
			if !told[name] {
				t.Errorf("%s does not tell of --%s", path, name)
			}
		}
	}
}
