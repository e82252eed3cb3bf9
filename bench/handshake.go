package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// bareServer is a process that does nothing but mutual TLS 1.3 handshakes with
// crypto/tls: the ground that a sign-in is measured against. Beside that it
// answers HTTP with nothing, to tell what a sign-in costs before it does anything.
type bareServer struct {
	*process
	address string
	config  *tls.Config
	empty   emptyServer
}

// startHandshakeServer starts this program again as the server.
func startHandshakeServer(ctx context.Context, d demo) (*bareServer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "--handshake-server", filepath.Join(d.dir, d.ClientCA))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var said struct {
		Address, Main, Host string
		Root                []byte
	}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&said); err != nil {
		return nil, fmt.Errorf("start handshake server: %w", err)
	}
	alice, err := aliceOf(d)
	if err != nil {
		return nil, err
	}
	root, err := x509.ParseCertificate(said.Root)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	config := &tls.Config{RootCAs: roots, ServerName: "id.localhost", Certificates: []tls.Certificate{alice}, MinVersion: tls.VersionTLS13}
	return &bareServer{
		process: &process{cmd: cmd}, address: said.Address, config: config, empty: newEmptyServer(said.Main, said.Host, config),
	}, nil
}

// handshake does one, to the end: the server's byte comes after it has verified
// the certificate.
func (s *bareServer) handshake(ctx context.Context) error {
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return err
	}
	conn := tls.Client(raw, s.config)
	defer conn.Close()
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err
}

// serveHandshakes is the server process. Its certificate is of the kind that
// the demo has: ECDSA P-256, issued by a CA of that kind.
func serveHandshakes(clientCA string) error {
	clients, err := pool(clientCA)
	if err != nil {
		return err
	}
	certificate, err := serverCertificate()
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients,
		MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true,
	})
	if err != nil {
		return err
	}
	main, host, err := serveNothing(certificate, clients)
	if err != nil {
		return err
	}
	said := map[string]any{"Address": listener.Addr().String(), "Main": main, "Host": host, "Root": certificate.Certificate[1]}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			_, _ = conn.Write([]byte{1}) // a failed handshake shows at the client
		}()
	}
}

func serverCertificate() (tls.Certificate, error) {
	make := func(cn string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, isCA bool) (*x509.Certificate, *ecdsa.PrivateKey, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
			BasicConstraintsValid: true, IsCA: isCA,
		}
		if isCA {
			template.KeyUsage = x509.KeyUsageCertSign
		} else {
			template.DNSNames, template.ExtKeyUsage = []string{"id.localhost"}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			template.KeyUsage = x509.KeyUsageDigitalSignature
		}
		if parent == nil {
			parent, parentKey = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
		if err != nil {
			return nil, nil, err
		}
		c, err := x509.ParseCertificate(der)
		return c, key, err
	}
	root, rootKey, err := make("bench CA", nil, nil, true)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, leafKey, err := make("id.localhost", root, rootKey, false)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw, root.Raw}, PrivateKey: leafKey}, nil
}
