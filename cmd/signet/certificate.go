package main

import "errors"

// certificateCommand looks at certificates. It needs no installation, but for
// judging as one of its login methods does.
type certificateCommand struct {
	Explain certificateExplain `cmd:"" help:"Judge a certificate as a login method would, and say why."`
}

var (
	// errRefused ends a command whose answer is "no", which it has given.
	errRefused = errors.New("refused")
	// errUnusable says that there is nothing to judge.
	errUnusable = errors.New("unusable input")
)
