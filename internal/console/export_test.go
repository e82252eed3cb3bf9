package console

import (
	"maps"
	"slices"
)

// Routes are the patterns of the consoles.
func (room *Room) Routes() []string { return slices.Sorted(maps.Keys(room.routes())) }
