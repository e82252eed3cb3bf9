package web

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// basePolicy is the Content-Security-Policy of every answer: what is ours and
// nothing else. There is no unsafe-*, no inline script or style, and no frame.
const basePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// permissions switches off what no page of an identity provider needs, so that
// a script that got in could not ask for it either.
const permissions = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), " +
	"idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()"

// setSecurityHeaders sets what every answer carries. Rooms and Page.Show may
// narrow or extend it afterwards.
func setSecurityHeaders(h http.Header, hsts time.Duration) {
	h.Set("Content-Security-Policy", basePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// same-origin and not no-referrer: a switch of language after a failed
	// form needs to know where it was.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	h.Set("Cache-Control", "no-store")
	if hsts > 0 {
		h.Set("Strict-Transport-Security", "max-age="+seconds(hsts))
	}
}

// policyWith returns the policy with more targets for forms. Chrome applies
// form-action to the redirects that follow a POST too, so a page whose form
// ends at the certificate host or at the application must name them.
func policyWith(targets []string) string {
	policy := basePolicy
	for _, target := range targets {
		if source := FormTarget(target); source != "" && !strings.Contains(policy+" ", " "+source+" ") {
			policy += " " + source
		}
	}
	return policy
}

// FormTarget turns an address into a source of form-action: the origin of an
// http or https address ("https://*.cert.example:3443" included), or the
// scheme of a custom one ("com.example.app:"). It returns "" for what cannot
// be one; a redirect URI is data, and must not be able to write a policy.
//
// A port may be "*", for native applications that listen on any port of the
// loopback address (RFC 8252, section 7.3).
//
// "https:" alone allows every site with TLS, for pages after whose form an
// application redirects on to wherever it likes.
func FormTarget(address string) string {
	if address == "https:" {
		return address
	}
	if base, anyPort := strings.CutSuffix(address, ":*"); anyPort {
		if source := FormTarget(base); strings.HasPrefix(source, "http") && source == base {
			return source + ":*"
		}
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || !isScheme(u.Scheme) {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		host := u.Hostname()
		if strings.Contains(host, ":") {
			// A host-source cannot hold an IPv6 address (CSP Level 3, section
			// 2.3.1). Only native applications on the loopback use one
			// (RFC 8252, section 7.3), and they get the scheme.
			if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
				return u.Scheme + ":"
			}
			return ""
		}
		if !isHost(host) || !isPort(u.Port()) {
			return ""
		}
		source := u.Scheme + "://" + host
		if u.Port() != "" {
			source += ":" + u.Port()
		}
		return source
	case "javascript", "data", "blob", "filesystem", "file", "about", "view-source":
		return ""
	default:
		return u.Scheme + ":"
	}
}

func isScheme(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return !isAlphanumeric(c) && c != '+' && c != '-' && c != '.'
	})
}

func isHost(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !isAlphanumeric(c) && c != '-' && c != '.' && c != '*' && c != '_'
	})
}

func isPort(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < '0' || c > '9' })
}

func isAlphanumeric(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
