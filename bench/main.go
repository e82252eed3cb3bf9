// Bench measures what README quotes: how many complete certificate sign-ins a
// server answers per CPU-second, beside the bare mutual TLS handshakes that
// crypto/tls does with the same certificates per CPU-second on the same machine
// in the same run. Rounds of both are interleaved and medians are printed, so
// that a machine whose speed drifts does not decide the ratio. Both are asked for
// by as many clients at once, as on a morning when everybody comes.
//
// It starts the program that it measures (`signet demo`) as a process of its
// own and reads the CPU time from the operating system, so that the load
// generator does not count. Linux only.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 7, "interleaved rounds")
	signIns := flag.Int("sign-ins", 1280, "sign-ins per round")
	handshakes := flag.Int("handshakes", 2000, "handshakes per round")
	workers := flag.Int("workers", 64, "clients at once")
	binary := flag.String("signet", "", "the program to measure; built from this repository where empty")
	serve := flag.String("handshake-server", "", "used by the benchmark itself")
	profile := flag.String("profile", "", "write where the server's CPU time goes to this file, for release builds (make profile)")
	onlyCRL := flag.Bool("crl", false, "measure a list of a million revoked certificates and nothing else")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *serve != "" {
		exit(serveHandshakes(*serve))
		return
	}
	if err := measureCRL(); err != nil || *onlyCRL {
		exit(err)
		return
	}
	exit(run(ctx, plan{rounds: *rounds, signIns: *signIns, handshakes: *handshakes, workers: *workers, binary: *binary, profile: *profile}))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

type plan struct {
	rounds, signIns, handshakes, workers int
	binary, profile                      string
}

func run(ctx context.Context, p plan) error {
	dir, err := os.MkdirTemp("", "signet-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if p.binary == "" {
		p.binary = filepath.Join(dir, "signet")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-pgo=bench/release.pgo", "-o", p.binary, "./cmd/signet")
		build.Env, build.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build signet: %w", err)
		}
	}
	started := time.Now()
	signet, err := startDemo(ctx, p.binary, filepath.Join(dir, "data"), p.profile)
	if err != nil {
		return err
	}
	defer signet.stop()
	idle, err := signet.memory()
	if err != nil {
		return err
	}
	clients := make([]*client, p.workers)
	for i := range clients {
		if clients[i], err = newClient(signet.demo); err != nil {
			return err
		}
	}
	if err := clients[0].signIn(ctx); err != nil {
		return fmt.Errorf("first sign-in: %w", err)
	}
	firstSignIn := time.Since(started)

	bare, err := startHandshakeServer(ctx, signet.demo)
	if err != nil {
		return err
	}
	defer bare.stop()

	var signInRate, handshakeRate, emptyRate, ratio, wall []float64
	for round := range p.rounds + 1 {
		began := time.Now()
		spentSignIn, err := signet.cpuFor(func() error { return spread(clients, p.signIns, func(c *client) error { return c.signIn(ctx) }) })
		if err != nil {
			return fmt.Errorf("sign-ins: %w", err)
		}
		took := time.Since(began)
		spentHandshake, err := bare.cpuFor(func() error {
			return spread(clients, p.handshakes, func(*client) error { return bare.handshake(ctx) })
		})
		if err != nil {
			return fmt.Errorf("handshakes: %w", err)
		}
		spentEmpty, err := bare.cpuFor(func() error {
			return spread(clients, p.signIns, func(*client) error { return bare.empty.walk(ctx) })
		})
		if err != nil {
			return fmt.Errorf("empty requests: %w", err)
		}
		if round == 0 {
			continue // warm-up
		}
		emptyRate = append(emptyRate, float64(p.signIns)/spentEmpty.Seconds())
		s, h := float64(p.signIns)/spentSignIn.Seconds(), float64(p.handshakes)/spentHandshake.Seconds()
		signInRate, handshakeRate, ratio = append(signInRate, s), append(handshakeRate, h), append(ratio, s/h)
		wall = append(wall, float64(p.signIns)/took.Seconds())
		fmt.Printf("round %d: %.0f sign-ins and %.0f handshakes per CPU-second of the server\n", round, s, h)
	}
	peak, err := signet.memory()
	if err != nil {
		return err
	}
	info, err := os.Stat(p.binary)
	if err != nil {
		return err
	}
	fmt.Println()
	fmt.Printf("median of %d interleaved rounds, %d clients\n", p.rounds, p.workers)
	fmt.Printf("bare mutual TLS 1.3 handshakes   %8.0f per CPU-second of the server (%s)\n", median(handshakeRate), tls.VersionName(tls.VersionTLS13))
	fmt.Printf("complete certificate sign-ins    %8.0f per CPU-second of the server, %.0f per second of this run\n", median(signInRate), median(wall))
	fmt.Printf("its requests, answered with nothing %5.0f per CPU-second of the server, %.2f of the handshakes\n", median(emptyRate), median(emptyRate)/median(handshakeRate))
	fmt.Printf("memory, idle after start         %8.1f MiB resident\n", idle)
	fmt.Printf("memory, after the sign-ins       %8.1f MiB resident\n", peak)
	fmt.Printf("start of an empty installation to the first complete sign-in %.2f s\n", firstSignIn.Seconds())
	fmt.Printf("size of the program              %8.1f MiB\n", float64(info.Size())/(1<<20))
	fmt.Printf("ratio sign-in/handshake %.2f\n", median(ratio))
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// spread does n things with all clients at once.
func spread(clients []*client, n int, do func(*client) error) error {
	errs := make(chan error, len(clients))
	for i, c := range clients {
		share := n / len(clients)
		if i < n%len(clients) {
			share++
		}
		go func() {
			for range share {
				if err := do(c); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	var first error
	for range clients {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}
