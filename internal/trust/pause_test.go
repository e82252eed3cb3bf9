package trust

import (
	"testing"
	"time"
)

// When a source is asked next: earlier than a list is over, never in step with
// others, and ever less often while it fails.
func TestPausesBetweenTries(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what              string
		this, next        time.Duration // from now; 0: it names none
		earliest, longest time.Duration
	}{
		{"a list of a week", -time.Hour, 7 * 24 * time.Hour, 54 * time.Minute, time.Hour},
		{"a list without an end", -time.Hour, 0, 54 * time.Minute, time.Hour},
		{"a list of ten minutes", 0, 10 * time.Minute, 432 * time.Second, 8 * time.Minute},
		{"a list of an hour, of which ten minutes are left", -50 * time.Minute, 10 * time.Minute, 432 * time.Second, 8 * time.Minute},
		{"a list of a second", 0, time.Second, firstRetry, firstRetry},
		{"a list that is over", -2 * time.Hour, -time.Hour, 43 * time.Minute, 48 * time.Minute},
	} {
		end := time.Time{}
		if c.next != 0 {
			end = now.Add(c.next)
		}
		for random, want := range map[float64]time.Duration{0: c.longest, 0.999999: c.earliest} {
			got := nextTry(now, now.Add(c.this), end, random).Sub(now)
			if got < c.earliest || got > c.longest || (got-want).Abs() > time.Second && want != c.earliest {
				t.Errorf("%s, by chance %v: in %v, want %v to %v", c.what, random, got, c.earliest, c.longest)
			}
			if end.After(now.Add(firstRetry)) && !now.Add(got).Before(end) {
				t.Errorf("%s: only when it is over", c.what)
			}
		}
	}
	last := time.Duration(0)
	for failures := range int64(100) {
		longest, shortest := retryAt(now, failures, 0).Sub(now), retryAt(now, failures, 0.999999).Sub(now)
		if longest < last || longest > lastRetry || shortest < longest*3/4 || shortest >= longest {
			t.Fatalf("after %d failures: %v to %v, and before it was %v", failures, shortest, longest, last)
		}
		last = longest
	}
	if first := retryAt(now, 0, 0).Sub(now); first != firstRetry || last != lastRetry {
		t.Errorf("from %v to %v", first, last)
	}
}
