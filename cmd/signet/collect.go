package main

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
)

// Bounds of the garbage collector, where GOGC and GOMEMLIMIT say nothing.
const (
	// collectPercent lets garbage grow to four times of what is in use, which is a
	// few megabytes: collecting at the default of 100 costs a tenth of a sign-in.
	collectPercent = 400
	// memoryGoal makes the collector work harder again. Hashing a password takes
	// 46 MiB, four times of which a small machine does not have.
	memoryGoal = 192 << 20
)

// tuneCollector trades memory for time, unless the operator has decided.
func tuneCollector() {
	percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(percent)
	if percent[0].Value.Uint64() != 100 || debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	debug.SetGCPercent(collectPercent)
	debug.SetMemoryLimit(memoryGoal)
}
