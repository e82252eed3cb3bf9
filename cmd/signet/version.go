package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// release is the version that CHANGELOG.md is working on.
const release = "0.1.0"

type versionCommand struct{}

// Run says which version this is, and from which commit.
func (versionCommand) Run(s streams) error {
	fmt.Fprintln(s.out, versionText())
	return nil
}

func versionText() string {
	text := "signet " + release
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	var details []string
	for _, setting := range build.Settings {
		switch {
		case setting.Key == "vcs.revision":
			details = append(details, setting.Value[:min(12, len(setting.Value))])
		case setting.Key == "vcs.modified" && setting.Value == "true":
			details = append(details, "modified")
		}
	}
	return text + " (" + strings.Join(append(details, build.GoVersion), ", ") + ")"
}
