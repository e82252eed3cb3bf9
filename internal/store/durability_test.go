package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// TestMain lets this program be the one that is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv("SIGNET_TEST_COMMIT_UNTIL_KILLED"); url != "" {
		fmt.Fprintln(os.Stderr, commitUntilKilled(url, os.Getenv("SIGNET_TEST_SYNCHRONOUS")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// commitUntilKilled writes rows from several goroutines and reports each on
// standard output after its transaction was committed.
func commitUntilKilled(url, synchronous string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: url, Synchronous: synchronous})
	if err != nil {
		return err
	}
	failed := make(chan error)
	var report sync.Mutex
	// So many that most share their commit with others.
	for writer := range 32 {
		go func() {
			for row := 0; ; row++ {
				key := fmt.Sprintf("%d-%d-%d", os.Getpid(), writer, row)
				err := db.Update(ctx, func(tx *store.Tx) error {
					if err := begins(iam.LoginID(key))(tx); err != nil {
						return err
					}
					return tx.InsertEvent(iam.Event{Kind: iam.EventSignedIn, Outcome: iam.OutcomeDone, Request: key})
				})
				if err != nil {
					failed <- err
				}
				report.Lock()
				_, err = fmt.Println(key) // one write: the parent sees it whole or not
				report.Unlock()
				if err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

// What was answered survives kill -9 of the program, at the default level and
// at the stricter one.
func TestWhatWasCommittedSurvivesKill9(t *testing.T) {
	for name, c := range map[string]struct {
		url         func(t testing.TB) string
		synchronous string
	}{
		"sqlite NORMAL": {storetest.SQLiteURL, ""},
		"sqlite FULL":   {storetest.SQLiteURL, "FULL"},
		"postgres":      {migratedPostgreSQL, ""},
	} {
		t.Run(name, func(t *testing.T) {
			url := c.url(t)
			var reported []string
			for _, rows := range []int{1, 40, 400} { // killed early, and later with a log to fold in
				reported = append(reported, killAfter(t, url, c.synchronous, rows)...)
				db, err := store.Open(t.Context(), store.Options{URL: url})
				if err != nil {
					t.Fatalf("open after the kill: %v", err)
				}
				events := map[string]bool{}
				for _, e := range read(t, db, func(tx *store.Tx) ([]iam.Event, error) { return tx.Events(iam.EventFilter{Limit: 1 << 20}) }) {
					events[e.Request] = true
				}
				for _, key := range reported {
					if there := len(logins(t, db, iam.LoginID(key))) == 1; !there || !events[key] {
						t.Errorf("%s was reported as committed and is lost", key)
					}
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
			t.Logf("%d reported transactions survived 3 kills", len(reported))
		})
	}
}

func migratedPostgreSQL(t testing.TB) string {
	url := storetest.PostgreSQLURL(t)
	db, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return url
}

// killAfter kills a committing program after it reported so many rows, and
// returns all that it reported until then.
func killAfter(t *testing.T, url, synchronous string, rows int) (reported []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SIGNET_TEST_COMMIT_UNTIL_KILLED="+url, "SIGNET_TEST_SYNCHRONOUS="+synchronous)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		reported = append(reported, lines.Text())
		if len(reported) == rows {
			if err := cmd.Process.Kill(); err != nil { // SIGKILL
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the program ended by itself: %v\n%s", err, complaint.String())
	}
	if len(reported) < rows {
		t.Fatalf("only %d rows were reported", len(reported))
	}
	return reported
}
