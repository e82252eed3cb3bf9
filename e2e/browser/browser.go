package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Options say what a browser knows when it starts.
type Options struct {
	// ServerCA is the PEM of the authority whose servers it trusts.
	ServerCA []byte
	// Language is what it asks pages for, such as "fr"; "en" by default.
	Language string
	// At is the address that every name leads to; by default the system finds it.
	At string
	// Choices are what Choose would be told first; they cost no time here.
	Choices []Choice
	// Timeout is how long anything may take to appear; 20 s by default.
	Timeout time.Duration
}

// Browser is a headless Chromium of the test's own, with a person's certificates
// and cookies. It ends with the test.
type Browser struct {
	t       testing.TB
	timeout time.Duration
	home    string // of the NSS database
	etc     string // stands in for /etc/chromium
	ctx     context.Context
	// policies is the tab in which Chromium tells its policies; nil before the
	// first choice.
	policies context.Context

	mu       sync.Mutex
	messages []string // what consoles said that no page may say; under mu
	allowed  []string // texts of messages that the test expects; under mu
	pages    []*Page  // under mu
}

// Start starts a browser. Where Chromium or the NSS tools are missing, the test
// is skipped.
func Start(t testing.TB, o Options) *Browser {
	t.Helper()
	chromium := lookPath(t, "chromium")
	b := &Browser{t: t, timeout: o.Timeout}
	if b.timeout == 0 {
		b.timeout = 20 * time.Second
	}
	if o.Language == "" {
		o.Language = "en"
	}
	// Not t.TempDir: Chromium's children write for a moment after it has ended,
	// and a folder that cannot be removed at once fails the test.
	dir, err := os.MkdirTemp("", "signet-browser-")
	if err != nil {
		t.Fatal(err)
	}
	b.home, b.etc = filepath.Join(dir, "home"), filepath.Join(dir, "etc")
	t.Cleanup(func() { removeAll(t, dir) })
	b.makeDatabase(o.ServerCA)
	b.writePolicy(o.Choices)

	var rules []chromedp.ExecAllocatorOption
	if o.At != "" {
		rules = append(rules, chromedp.Flag("host-resolver-rules", "MAP *.localhost "+o.At))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Env("HOME="+b.home, "LANGUAGE="+o.Language),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", o.Language), chromedp.Flag("accept-lang", o.Language),
		chromedp.WindowSize(1280, 900),
		chromedp.ModifyCmdFunc(b.isolate),
	), rules...)...)
	b.ctx, _ = chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(func() {
		b.check()
		_ = chromedp.Cancel(b.ctx)
		stop() // waits for the process
	})
	if err := chromedp.Do(b.ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return b
}

// isolate gives Chromium a mount namespace of its own, in which /etc/chromium is
// the folder of this browser: policies can be set there only, and they would
// hold for every Chromium of the machine.
func (b *Browser) isolate(cmd *exec.Cmd) {
	script := `mount --bind "$1" /etc/chromium && shift && exec "$@"`
	cmd.Args = append([]string{"sh", "-c", script, "sh", b.etc, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig:    syscall.SIGKILL, // a test that is killed leaves no browser behind
		Unshareflags: syscall.CLONE_NEWNS,
	}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Unshareflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
}

// Allow lets pages say on their console what contains the text.
func (b *Browser) Allow(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, text)
}

// Messages returns what consoles have said so far that no page may say.
func (b *Browser) Messages() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unexpected()
}

// lookPath finds a program or skips the test.
func lookPath(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no browser test here: %s is not installed (apt-get install chromium libnss3-tools)", name)
	}
	return path
}

// run runs a program that must succeed.
func (b *Browser) run(name string, args ...string) {
	b.t.Helper()
	cmd := exec.Command(lookPath(b.t, name), args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("%s %q: %v\n%s", name, args, err, out.String())
	}
}

// removeAll removes a folder that others may still write into for a moment.
func removeAll(t testing.TB, dir string) {
	var err error
	for range 50 {
		if err = os.RemoveAll(dir); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("remove the folder of the browser: %v", err)
}

// eventually calls try until it reports success, and fails the test with the
// last reason when the time is over.
func (b *Browser) eventually(try func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(b.ctx, b.timeout)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			if errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("not within %v", b.timeout)
			}
			return fmt.Errorf("not within %v: %w", b.timeout, err)
		case <-tick.C:
		}
	}
}
