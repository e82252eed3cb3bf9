package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"signet/internal/server"
)

// galleryCommand shows every page in every state, for whoever works on them.
type galleryCommand struct {
	Listen string `default:"127.0.0.1:8480" placeholder:"ADDRESS" help:"Address to serve it on, without TLS (default: ${default})."`
}

// Run serves the gallery until a signal comes.
func (c *galleryCommand) Run(ctx context.Context, s streams) error {
	handler, err := server.Gallery()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return portHint(err, "listen")
	}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = web.Close() })
	fmt.Fprintf(s.err, "signet: the gallery is on http://%s\n", listener.Addr())
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the gallery: %w", err)
	}
	return nil
}
