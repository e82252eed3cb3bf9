package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"signet/internal/config"
)

// keyPair is a certificate and its key in files that somebody else renews. They
// are looked at again on a handshake, at most every few seconds; what cannot be
// read leaves the old pair in use, because a renewal writes two files one after
// the other.
type keyPair struct {
	certificate, key string
	log              *slog.Logger
	now              func() time.Time

	mu      sync.Mutex // guards what follows
	loaded  *tls.Certificate
	stamp   string
	checked time.Time
}

// checkEvery is how long a renewed certificate may wait.
const checkEvery = 5 * time.Second

// openKeyPair reads the files of a setting and makes sure that the certificate
// is for the hosts.
func openKeyPair(setting, certificate, key string, hosts []string, log *slog.Logger) (*keyPair, error) {
	k := &keyPair{certificate: certificate, key: key, log: log, now: time.Now}
	if err := k.read(); err != nil {
		return nil, &config.Problem{Setting: setting, Value: certificate, Allowed: fmt.Sprintf("PEM files of a certificate and its key (%v)", err)}
	}
	for _, host := range hosts {
		name := host
		if len(host) > 2 && host[:2] == "*." {
			name = "any" + host[1:] // a wildcard is checked by a name that it covers
		}
		if err := k.loaded.Leaf.VerifyHostname(name); err != nil {
			return nil, &config.Problem{Setting: setting, Value: certificate, Allowed: fmt.Sprintf("a certificate for %s (%v)", host, err)}
		}
	}
	k.checked = k.now()
	return k, nil
}

func (k *keyPair) read() error {
	stamp, err := stampOf(k.certificate, k.key)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(k.certificate, k.key)
	if err != nil {
		return err
	}
	k.loaded, k.stamp = &pair, stamp
	return nil
}

// stampOf changes whenever one of the files does.
func stampOf(names ...string) (stamp string, err error) {
	for _, name := range names {
		info, err := os.Stat(name) // follows links: certbot moves these
		if err != nil {
			return "", err
		}
		stamp += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), "\n")
	}
	return stamp, nil
}

// Get answers a handshake; it is a tls.Config.GetCertificate.
func (k *keyPair) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); now.Sub(k.checked) >= checkEvery {
		k.checked = now
		if stamp, err := stampOf(k.certificate, k.key); err != nil || stamp != k.stamp {
			if err == nil {
				err = k.read()
			}
			if err != nil {
				k.log.Error("certificate not read anew", "file", k.certificate, "error", err)
			} else {
				k.log.Info("certificate read anew", "file", k.certificate, "until", k.loaded.Leaf.NotAfter)
			}
		}
	}
	return k.loaded, nil
}
