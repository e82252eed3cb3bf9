package certificate

import (
	"net/http"
	"strings"

	"signet/internal/cert"
	"signet/internal/login"
)

// envoyCertificate is Envoy's XFCC header: elements behind commas, one for each
// proxy on the way, of pairs behind semicolons, whose values are quoted where
// they hold one of these.
const envoyCertificate = "X-Forwarded-Client-Cert"

// readEnvoy reads the header of Envoy. There must be one element: who stood
// before the proxy has nothing to say about certificates.
func readEnvoy(header http.Header) (told, string) {
	values, cause := fields(header, field{envoyCertificate, 2 * maxHeaderCertificate})
	if cause != "" {
		return told{}, cause
	}
	text := values[envoyCertificate]
	if text == "" {
		return told{}, login.CauseProxyNotVerified
	}
	pairs, cause := readElement(text)
	if cause != "" {
		return told{}, cause
	}
	if pairs["cert"] == "" {
		return told{}, login.CauseCertificateMissing
	}
	var said told
	if said.Certificate, cause = readOnePEM(pairs["cert"]); cause != "" {
		return told{}, cause
	}
	if hash, sent := pairs["hash"]; sent && !strings.EqualFold(hash, cert.Read(said.Certificate).SHA256) {
		return told{}, login.CauseHeaderMalformed
	}
	if said.Chain, cause = readPEM(pairs["chain"]); cause != "" {
		return told{}, cause
	}
	return said, ""
}

// readElement reads the pairs of the one element, by their keys in lower case
// ("keys are case-insensitive"). A key that decides comes once. The others, such
// as Subject, are skipped, but read by the same rules: a quoted semicolon in a
// name must not begin a pair.
func readElement(text string) (map[string]string, string) {
	pairs := map[string]string{}
	for {
		key, rest, found := strings.Cut(text, "=")
		if !found || key == "" || strings.ContainsFunc(key, func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') }) {
			return nil, login.CauseHeaderMalformed
		}
		value, rest, ok := readValue(rest)
		if !ok {
			return nil, login.CauseHeaderMalformed
		}
		switch key = strings.ToLower(key); key {
		case "cert", "chain", "hash":
			if _, again := pairs[key]; again {
				return nil, login.CauseHeaderDuplicate
			}
			pairs[key] = value
		}
		if rest == "" {
			return pairs, ""
		}
		if rest[0] == ',' {
			return nil, login.CauseHeaderDuplicate
		}
		text = rest[1:] // behind the semicolon
	}
}

// readValue reads a value, quoted or not, and returns what follows it: nothing,
// or a text that begins with a semicolon or a comma.
func readValue(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ";,")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], !strings.ContainsAny(text[:end], `"=`)
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return "", "", false
			}
			out.WriteByte(text[i])
		case '"':
			rest = text[i+1:]
			return out.String(), rest, rest == "" || rest[0] == ';' || rest[0] == ','
		default:
			out.WriteByte(text[i])
		}
	}
	return "", "", false
}
