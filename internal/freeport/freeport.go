// Package freeport finds ports for programs that have to be told theirs before
// they start. It is for tests; what can listen on port 0 does that.
package freeport

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports lie below those that systems give out by themselves: one of these
// could be taken before the program that is told of it has started.
const first, many = 15000, 15000

// Next returns a port that nobody has at the moment, on any address.
func Next() (string, error) {
	for range 100 {
		port := strconv.Itoa(first + rand.N(many)) //nolint:gosec // nobody has to be kept from guessing it
		l, err := net.Listen("tcp", ":"+port)      //nolint:gosec,noctx // closed at once
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return "", errors.New("no port is free")
}
