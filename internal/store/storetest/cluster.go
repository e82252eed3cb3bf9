package storetest

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver, "pgx"
)

// PostgreSQLURL returns the URL of a new, empty PostgreSQL database that is
// dropped after the test. Where no server is named and none is installed, the
// test is skipped.
func PostgreSQLURL(t testing.TB) string {
	t.Helper()
	s, err := postgres()
	if errors.Is(err, errNoServer) {
		t.Skip("PostgreSQL is not tested here: no server program is installed (apt-get install postgresql) and SIGNET_TEST_POSTGRES names none")
	}
	if err != nil {
		t.Fatalf("start PostgreSQL for tests: %v", err)
	}
	name := "signet_test_" + strings.ToLower(rand.Text())
	if _, err := s.admin.ExecContext(t.Context(), `CREATE DATABASE `+name); err != nil {
		t.Fatalf("create the database of the test: %v", err)
	}
	t.Cleanup(func() {
		// The test's context is over by now. FORCE ends the connections of a program
		// under test that was killed.
		if _, err := s.admin.ExecContext(context.Background(), `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
	})
	u := *s.url
	u.Path = "/" + name
	return u.String()
}

// server is the PostgreSQL server of this test process.
type server struct {
	url   *url.URL
	admin *sql.DB
	// sitter is the standard input of cluster.sh. It is never closed: the system
	// does that when the process ends, however it ends, and then the server stops.
	sitter io.Closer
}

// errNoServer says that there is no PostgreSQL to be had.
var errNoServer = errors.New("no PostgreSQL server")

// postgres is the server of this process: packages are tested in processes of
// their own, and none of their tests could stop a server that others use.
var postgres = sync.OnceValues(func() (*server, error) {
	s := &server{}
	text := os.Getenv("SIGNET_TEST_POSTGRES")
	if text == "" {
		var err error
		if text, s.sitter, err = startCluster(); err != nil {
			return nil, err
		}
	}
	var err error
	if s.url, err = url.Parse(text); err != nil {
		return nil, fmt.Errorf("read SIGNET_TEST_POSTGRES: %w", err)
	}
	if s.admin, err = sql.Open("pgx", text); err != nil {
		return nil, err
	}
	// Two: tests that run in parallel make databases at the same time, and each
	// idle connection is taken from the tests' own.
	s.admin.SetMaxOpenConns(2)
	if err := s.admin.Ping(); err != nil {
		return nil, err
	}
	return s, nil
})

// clusterScript starts a server and stops it when its standard input ends.
// `make test` runs the same file to have one server for all packages.
//
//go:embed cluster.sh
var clusterScript string

// startCluster starts a server and returns its URL.
func startCluster() (text string, sitter io.Closer, err error) {
	dir, err := os.MkdirTemp("", "signet-postgres-")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command("sh", "-c", clusterScript, "cluster.sh", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", nil, fmt.Errorf("read what cluster.sh says: %w", err)
	}
	switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
	case "ready":
		return rest, in, nil
	case "missing":
		return "", nil, errNoServer
	default:
		return "", nil, fmt.Errorf("cluster.sh: %s", strings.TrimSpace(line))
	}
}
