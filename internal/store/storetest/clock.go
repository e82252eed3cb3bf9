package storetest

import (
	"sync"
	"time"
)

// Clock is a clock that stands until a test moves it. The zero value stands at
// Start.
type Clock struct {
	mu      sync.Mutex
	elapsed time.Duration // since Start; under mu
}

// Start is where clocks start: a time that is nobody's present, so that a
// forgotten time.Now shows.
func Start() time.Time { return time.Date(2031, time.March, 14, 9, 26, 53, 589793000, time.UTC) }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Start().Add(c.elapsed)
}

// Advance moves the clock on, or back by a negative duration.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.elapsed += d
}

// Set moves the clock to the time.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.elapsed = at.Sub(Start())
}
