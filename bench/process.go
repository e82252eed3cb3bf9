package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server whose use of the machine is measured.
type process struct {
	cmd  *exec.Cmd
	demo demo
}

// demo is what a running demo says of itself (demo.json).
type demo struct {
	dir      string
	Issuer   string `json:"issuer"`
	Fixed    string `json:"certificate_host_fixed"`
	ServerCA string `json:"server_ca"`
	ClientCA string `json:"client_ca"`
	Client   struct {
		ID          string `json:"id"`
		Secret      string `json:"secret"`
		RedirectURI string `json:"redirect_uri"`
	} `json:"client"`
	Users []struct {
		Login       string `json:"login"`
		Certificate string `json:"certificate"`
		Key         string `json:"key"`
	} `json:"users"`
}

// startDemo starts `signet demo` on free ports and waits until it describes
// itself, which it does when everything listens.
func startDemo(ctx context.Context, binary, dir, profile string) (*process, error) {
	args := []string{"demo", "--data", dir, "--port", "0", "--certificate-port", "0", "--app-port", "0", "--proxy-port", "0"}
	if profile != "" {
		args = append(args, "--cpu-profile", profile)
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start signet: %w", err)
	}
	p := &process{cmd: cmd}
	// What it prints ends with the last line of its story; demo.json is there by
	// then. Reading on keeps its pipe empty.
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		text, err := os.ReadFile(filepath.Join(dir, "demo.json"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			p.stop()
			return nil, err
		}
		if err := json.Unmarshal(text, &p.demo); err != nil {
			p.stop()
			return nil, fmt.Errorf("read demo.json: %w", err)
		}
		p.demo.dir = dir
		go func() {
			for lines.Scan() {
			}
		}()
		return p, nil
	}
	p.stop()
	return nil, errors.New("signet demo ended before it described itself")
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

// cpuFor returns how much CPU time the process used while do ran.
func (p *process) cpuFor(do func() error) (time.Duration, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return after - before, err
}

// clockTick is the unit of /proc/<pid>/stat, sysconf(_SC_CLK_TCK), which is 100
// on every Linux that Go supports.
const clockTick = 10 * time.Millisecond

// cpu returns user and system time of the process (proc(5), fields 14 and 15).
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0, errors.New("/proc/<pid>/stat has an unknown form")
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick, errors.Join(err1, err2)
}

// memory returns the resident set in MiB.
func (p *process) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("/proc/<pid>/status has no VmRSS")
}
