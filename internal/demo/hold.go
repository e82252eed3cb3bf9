package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// RunningError says that another demo runs in a folder.
type RunningError struct {
	Dir string
	App string // its application; empty where it has not said yet
}

// Error names the folder and where that demo is.
func (e *RunningError) Error() string {
	if e.App == "" {
		return "a demo runs already in " + e.Dir
	}
	return fmt.Sprintf("a demo runs already in %s: open %s", e.Dir, e.App)
}

// Hold keeps other demos out of a folder until it is released, however the
// program ends: a second one would move the application and the login method to
// its own ports, take the description away when it ends, and forget, if asked to,
// the database under the first one. What a killed demo left of its description is
// removed, so that the file is there only while somebody listens.
func Hold(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open demo folder: %w", err)
	}
	file, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open demo folder: %w", err)
	}
	free, err := lock(file)
	if err != nil || !free {
		_ = file.Close() // was only read
		if err != nil {
			return nil, fmt.Errorf("open demo folder: %w", err)
		}
		return nil, &RunningError{Dir: dir, App: announcedApp(dir)}
	}
	if err := (&Folder{Dir: dir}).Withdraw(); err != nil {
		_ = file.Close() // was only read
		return nil, err
	}
	return file.Close, nil
}

// announcedApp reads where the demo that runs in a folder has its application.
func announcedApp(dir string) string {
	var d Description
	text, err := os.ReadFile(filepath.Join(dir, DescriptionFile))
	if err != nil || json.Unmarshal(text, &d) != nil {
		return "" // it is only starting
	}
	return d.AppURL
}
