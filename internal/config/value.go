package config

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The types of this file check themselves while they are read, so that kong
// names the setting and they name the value and what is allowed.

func refuse(value, allowed string) error {
	return fmt.Errorf("%q cannot be used; allowed: %s", value, allowed)
}

// Issuer is the issuer identifier (OpenID Connect Discovery, section 3).
type Issuer string

const issuerAllowed = "an address of the form https://name or https://name:port, without a path"

// UnmarshalText implements encoding.TextUnmarshaler.
func (i *Issuer) UnmarshalText(text []byte) error {
	value := strings.TrimSuffix(string(text), "/")
	u, err := url.Parse(value)
	// Compared letter by letter by every application: only one spelling is let in.
	if err != nil || u.Scheme != "https" || !isHost(u.Host) || value != "https://"+u.Host {
		return refuse(string(text), issuerAllowed)
	}
	if u.Port() == "443" {
		return refuse(string(text), "port 443 is left out: https://"+u.Hostname())
	}
	*i = Issuer(value)
	return nil
}

// Host returns the host of the issuer with its port, if it has one.
func (i Issuer) Host() string { return strings.TrimPrefix(string(i), "https://") }

// Name returns the host of the issuer without port.
func (i Issuer) Name() string { return Host(i.Host()).Name() }

// Listen is an address to listen on.
type Listen string

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Listen) UnmarshalText(text []byte) error {
	const allowed = "an address and a port such as 127.0.0.1:8443, or :8443 for every address of this machine"
	host, port, err := net.SplitHostPort(string(text))
	if err != nil || !isPort(port) {
		return refuse(string(text), allowed)
	}
	if _, err := netip.ParseAddr(host); host != "" && host != "localhost" && err != nil {
		return refuse(string(text), allowed)
	}
	*l = Listen(text)
	return nil
}

// Port returns the port.
func (l Listen) Port() string {
	_, port, _ := net.SplitHostPort(string(l)) // was checked when it was read
	return port
}

// IsInternal reports whether only this machine or a private network reaches the
// address. An address that is none, as in ":80", means all.
func (l Listen) IsInternal() bool {
	host, _, _ := net.SplitHostPort(string(l)) // was checked when it was read
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && (a.Unmap().IsLoopback() || a.Unmap().IsPrivate())
}

// Port is a port of this machine, or 0.
type Port uint16

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Port) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil {
		return refuse(string(text), "a port, which is a number up to 65535, or 0")
	}
	*p = Port(n)
	return nil
}

// Socket is an address to listen on, or "unix:" and the path of a socket.
type Socket string

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Socket) UnmarshalText(text []byte) error {
	if path, ok := strings.CutPrefix(string(text), "unix:"); ok {
		if !strings.HasPrefix(path, "/") {
			return refuse(string(text), "unix: and a whole path, such as unix:/run/signet/proxy.sock")
		}
		*s = Socket(text)
		return nil
	}
	var l Listen
	if err := l.UnmarshalText(text); err != nil {
		return err
	}
	*s = Socket(text)
	return nil
}

// IsSocket reports whether it is a Unix socket.
func (s Socket) IsSocket() bool { return strings.HasPrefix(string(s), "unix:") }

// Host is a host as browsers see it: a name, with a port unless that is 443.
type Host string

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Host) UnmarshalText(text []byte) error {
	if !isHost(string(text)) {
		return refuse(string(text), "a name such as id.example.org or id.example.org:3443, in lower case")
	}
	*h = Host(text)
	return nil
}

// Name returns the host without port.
func (h Host) Name() string {
	if name, _, err := net.SplitHostPort(string(h)); err == nil {
		return name
	}
	return strings.Trim(string(h), "[]")
}

// WildcardHost is "*." and a Host.
type WildcardHost string

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *WildcardHost) UnmarshalText(text []byte) error {
	base, ok := strings.CutPrefix(string(text), "*.")
	// A certificate cannot cover every name of a whole top-level domain.
	if !ok || !isHost(base) || !strings.Contains(Host(base).Name(), ".") || isAddress(Host(base).Name()) {
		return refuse(string(text), "*. and a name, such as *.cert.id.example.org:3443")
	}
	*w = WildcardHost(text)
	return nil
}

// Name returns the host without port: "*.cert.id.example.org".
func (w WildcardHost) Name() string { return Host(w).Name() }

// Network is an address or a network.
type Network struct{ netip.Prefix }

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *Network) UnmarshalText(text []byte) error {
	if addr, err := netip.ParseAddr(string(text)); err == nil && addr.Zone() == "" {
		n.Prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	prefix, err := netip.ParsePrefix(string(text))
	if err != nil || prefix != prefix.Masked() {
		return refuse(string(text), "an address such as 10.0.0.7, or a network such as 10.0.0.0/8")
	}
	n.Prefix = prefix
	return nil
}

// KeyPin is the SHA-256 of a public key (SubjectPublicKeyInfo).
type KeyPin [32]byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *KeyPin) UnmarshalText(text []byte) error {
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString} {
		if raw, err := decode(string(text)); err == nil && len(raw) == len(k) {
			*k = KeyPin(raw)
			return nil
		}
	}
	return refuse(string(text), "the SHA-256 of a public key, 64 hexadecimal digits or 44 characters of base64: openssl x509 -in proxy.pem -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256")
}

// Duration is a length of time.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	if err != nil {
		return refuse(string(text), "a length of time in hours, minutes and seconds, such as 12h or 1h30m")
	}
	*d = Duration(value)
	return nil
}

// String writes it as it may be typed.
func (d Duration) String() string { return time.Duration(d).String() }

// Rate is how often something may happen in a minute; 0 is no limit.
type Rate int

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(text []byte) error {
	value, err := strconv.ParseUint(string(text), 10, 31)
	if err != nil {
		return refuse(string(text), "0, or a number of sign-ins a minute, such as 600")
	}
	*r = Rate(value)
	return nil
}

// Database is the URL of a database.
type Database string

// UnmarshalText implements encoding.TextUnmarshaler. The URL of PostgreSQL may
// hold a password, so that it is not repeated in the error.
func (d *Database) UnmarshalText(text []byte) error {
	const allowed = "postgres://user@host:port/name, or sqlite: and the path of a file"
	value := string(text)
	scheme, rest, _ := strings.Cut(value, ":")
	switch scheme {
	case "sqlite":
		if rest == "" || strings.HasPrefix(rest, "//") {
			return refuse(value, allowed)
		}
	case "postgres", "postgresql":
		if u, err := url.Parse(value); err != nil || u.Host == "" && u.RawQuery == "" {
			return refuse(scheme+"://…", allowed)
		}
	default:
		return refuse(scheme+":…", allowed)
	}
	*d = Database(value)
	return nil
}

// isHost reports whether the text is a name or an address in lower case, with
// or without a port. Case is refused rather than changed: the value is compared
// with what others have typed elsewhere.
func isHost(text string) bool {
	name := text
	if host, port, err := net.SplitHostPort(text); err == nil {
		if !isPort(port) || port == "0" {
			return false
		}
		name = host
	} else if strings.HasPrefix(text, "[") {
		name = strings.Trim(text, "[]")
	}
	if isAddress(name) {
		return true
	}
	if name == "" || len(name) > 253 || name != strings.ToLower(name) {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, func(c rune) bool {
				return c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')
			}) {
			return false
		}
	}
	return true
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == text
}
