// Command signet is an identity provider whose centre is signing in with a
// client certificate. Each command has a file of its own; `signet --help` lists
// them. Data goes to standard output, everything else to standard error.
//
// It ends with 0 when it did what was asked, 1 when that failed, and 2 when it
// was not asked in a way that it understands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"signet/internal/config"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/store"
)

// program is every command.
type program struct {
	Config kong.ConfigFlag `env:"SIGNET_CONFIG" placeholder:"FILE" help:"Settings file in TOML, with the names of the flags. Flags win over the environment, and that wins over the file."`

	Serve       serveCommand       `cmd:"" help:"Run the server."`
	Demo        demoCommand        `cmd:"" help:"Try Signet on this machine: people, certificates and an application, nothing to configure."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to the schema of this program."`
	Backup      backupCommand      `cmd:"" help:"Copy the database and its key while the server runs (SQLite)."`
	User        userCommand        `cmd:"" help:"See and change people."`
	Doctor      doctorCommand      `cmd:"" help:"Examine the running installation and say what to mend."`
	Certificate certificateCommand `cmd:"" help:"Look at certificates."`
	ProxyConfig proxyConfigCommand `cmd:"" help:"Print a configuration of the proxy in front of Signet."`
	ClientCAs   clientCAsCommand   `cmd:"" name:"client-cas" help:"Print the CAs of all login methods, for a proxy that asks for certificates."`
	Version     versionCommand     `cmd:"" help:"Say which version this is."`
	Gallery     galleryCommand     `cmd:"" hidden:"" help:"Show every page in every state (for development)."`
}

// streams are where a command reads and writes.
type streams struct {
	in       *os.File
	out, err io.Writer
}

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	// The first signal ends the program in good order, the second at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	forgetEmptyVariables()
	tuneCollector()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// forgetEmptyVariables makes an empty setting of the environment one that is
// not set: files of containers and services often name all and leave some open.
func forgetEmptyVariables() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); value == "" && strings.HasPrefix(name, "SIGNET_") {
			_ = os.Unsetenv(name) // fails for malformed names only, which no setting has
		}
	}
}

func run(ctx context.Context, args []string, s streams) int {
	parser, err := kong.New(&program{},
		kong.Name("signet"),
		kong.Description("Signet signs people in to applications with client certificates."),
		kong.UsageOnError(),
		kong.Writers(s.out, s.err),
		kong.Configuration(config.Load),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ValueFormatter(func(v *kong.Value) string { return v.Help + variable(v) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		return report(s.err, err, exitFailed) // a malformed tag of our own
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return report(s.err, hint(err, "`%s --help` lists what there is", helpOf(err)), exitUsage)
	}
	if err := parsed.Run(); err != nil {
		code := exitFailed
		if errors.Is(err, errRefused) {
			return code // the answer has been given on standard output
		}
		if errors.Is(err, errUnusable) {
			code = exitUsage
		}
		if problem := (*config.Problem)(nil); errors.As(err, &problem) {
			code = exitUsage
		}
		return report(s.err, err, code)
	}
	return exitDone
}

// variable names the variable of the environment that holds a setting.
func variable(v *kong.Value) string {
	if len(v.Tag.Envs) == 0 {
		return ""
	}
	return " [" + strings.Join(v.Tag.Envs, ", ") + "]"
}

// helpOf is the command that a wrong command line came closest to.
func helpOf(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) {
		if node := wrong.Context.Selected(); node != nil {
			return "signet " + node.Path()
		}
	}
	return "signet"
}

// hinted is an error with what to do next.
type hinted struct {
	error
	hints []string
}

func (h *hinted) Unwrap() error { return h.error }

// hint adds what to do next to an error.
func hint(err error, format string, args ...any) error {
	return &hinted{err, []string{fmt.Sprintf(format, args...)}}
}

// report tells what went wrong, and what to do next.
func report(w io.Writer, err error, code int) int {
	fmt.Fprintf(w, "signet: error: %s\n", sentence(err))
	for err != nil {
		var h *hinted
		if !errors.As(err, &h) {
			break
		}
		for _, line := range h.hints {
			fmt.Fprintf(w, "signet: hint: %s\n", line)
		}
		err = h.error
	}
	if errors.Is(err, store.ErrPending) {
		fmt.Fprintln(w, "signet: hint: run `signet migrate`, or start `signet serve`, with the same settings")
	}
	return code
}

// sentence says an error in words: those of the catalogue for the refusal of a
// rule, which itself carries none.
func sentence(err error) string {
	refused := iam.AsError(err)
	if refused == nil {
		return err.Error()
	}
	catalogues, loadErr := i18n.Load()
	if loadErr != nil {
		return err.Error()
	}
	printer := catalogues.Printer()
	if !printer.Has("error." + refused.Cause) {
		return err.Error()
	}
	var pairs []any
	for name, value := range refused.Params {
		pairs = append(pairs, name, value)
	}
	return printer.T("error."+refused.Cause, pairs...)
}
