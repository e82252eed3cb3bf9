package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// staticPrefix is where static files live. The hash of the content follows, so
// that a file can be cached for ever and a release never meets an old one.
const staticPrefix = "/static/"

// staticTypes are the types of what we ship; anything else is a mistake.
var staticTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".png":  "image/png",
	".webp": "image/webp",
	".txt":  "text/plain; charset=utf-8",
}

// static serves files under addresses that name their content.
type static struct {
	byName map[string]string // file name → address
	byPath map[string]*asset // address → file
}

type asset struct {
	kind        string
	plain, gzip []byte // gzip is nil where it does not pay
	etag        string
}

// add takes files in, compressed once.
func (s *static) add(fsys fs.FS, names ...string) error {
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read static file: %w", err)
		}
		base := path.Base(name)
		kind, ok := staticTypes[path.Ext(base)]
		if !ok {
			return fmt.Errorf("read static file %s: no type for this name", name)
		}
		if s.byName[base] != "" {
			return fmt.Errorf("read static file %s: the name is taken", name)
		}
		content = s.resolve(content)
		sum := sha256.Sum256(content)
		hash := hex.EncodeToString(sum[:6])
		a := &asset{kind: kind, plain: content, etag: `"` + hash + `"`}
		if packed := compress(content); len(packed) < len(content)*9/10 {
			a.gzip = packed
		}
		address := staticPrefix + hash + "/" + base
		s.byName[base], s.byPath[address] = address, a
	}
	return nil
}

// reference is how a style sheet names another static file: url(static:x.svg).
var reference = regexp.MustCompile(`static:([a-z0-9._-]+)`)

// resolve writes the addresses of files that were added before. A name that is
// not known stays as it is; the test of this package finds it.
func (s *static) resolve(content []byte) []byte {
	return reference.ReplaceAllFunc(content, func(match []byte) []byte {
		if address := s.byName[string(match[len("static:"):])]; address != "" {
			return []byte(address)
		}
		return match
	})
}

func compress(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(content)                               // a bytes.Buffer takes all
	_ = w.Close()
	return b.Bytes()
}

// ServeHTTP answers from memory.
func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.byPath[r.URL.Path]
	if a == nil {
		Fail(w, r, errPageNotFound)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.kind)
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if a.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that left is no fault
	}
}
