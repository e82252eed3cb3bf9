package freeport

import (
	"net"
	"testing"
)

func TestNextCanBeListenedOn(t *testing.T) {
	port, err := Next()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}
