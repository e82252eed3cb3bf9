// Package picture draws the pictures that administrators bring anew, so that
// nothing but pixels is kept: no script, no metadata, no second format hidden in
// the first. It owns which formats and sizes are read. It decides nothing about
// who may bring one.
package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strconv"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"signet/internal/iam"
)

// Limits of what is read.
const (
	// MaxSize is how many bytes a file may have.
	MaxSize = 1 << 20
	// maxSide and maxPixels bound what is decoded. A file of a few kilobytes can
	// announce gigabytes of pixels (a decompression bomb, CWE-409), so they are
	// looked at before anything is decoded.
	maxSide   = 6000
	maxPixels = 16 << 20
)

// Use says what a picture is for, which decides how large it is kept.
type Use string

// The uses.
const (
	Logo  Use = "logo"  // kept within 128 × 128, transparent where it was
	Cover Use = "cover" // kept within 1600 × 1200, without transparency
)

// Draw reads a picture (PNG, JPEG, GIF, WEBP) and draws it anew, small enough for
// its use. Of a moving one the first frame stays. SVG is refused: it is a
// document that can hold scripts.
func Draw(data []byte, use Use) (iam.Picture, error) {
	if len(data) > MaxSize {
		return iam.Picture{}, with(iam.Invalid("picture", "picture_too_large"), "Max", "1")
	}
	f, ok := formatOf(data)
	if !ok {
		if bytes.Contains(bytes.ToLower(data[:min(len(data), 1024)]), []byte("<svg")) {
			return iam.Picture{}, iam.Invalid("picture", "picture_svg")
		}
		return iam.Picture{}, iam.Invalid("picture", "picture_unreadable")
	}
	size, err := f.size(bytes.NewReader(data))
	switch {
	case err != nil:
		return iam.Picture{}, unreadable(err)
	case size.Width < 1 || size.Height < 1:
		return iam.Picture{}, iam.Invalid("picture", "picture_unreadable")
	case size.Width > maxSide || size.Height > maxSide || size.Width*size.Height > maxPixels:
		return iam.Picture{}, with(iam.Invalid("picture", "picture_too_many_pixels"), "Max", strconv.Itoa(maxSide))
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return iam.Picture{}, unreadable(err)
	}
	return encode(img, use)
}

func encode(img image.Image, use Use) (iam.Picture, error) {
	var out bytes.Buffer
	p := iam.Picture{Type: "image/png"}
	var err error
	if use == Cover {
		p.Type = "image/jpeg"
		err = jpeg.Encode(&out, fit(img, 1600, 1200, true), &jpeg.Options{Quality: 78})
	} else {
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fit(img, 128, 128, false))
	}
	if err != nil {
		return iam.Picture{}, fmt.Errorf("draw picture: %w", err)
	}
	p.Content = out.Bytes()
	sum := sha256.Sum256(p.Content)
	p.ID = iam.PictureID(hex.EncodeToString(sum[:]))
	return p, nil
}

// fit draws the picture within a size, never larger than it was. Opaque ones get
// a white ground.
func fit(img image.Image, width, height int, opaque bool) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w > width || h > height {
		scale := min(float64(width)/float64(w), float64(height)/float64(h))
		w, h = max(1, int(float64(w)*scale)), max(1, int(float64(h)*scale))
	}
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	if opaque {
		draw.Draw(to, to.Bounds(), image.White, image.Point{}, draw.Src)
	}
	draw.CatmullRom.Scale(to, to.Bounds(), img, b, draw.Over, nil)
	return to
}

// format reads one kind of file. The formats are called by name and not through
// the registry of package image, which any import could add to.
type format struct {
	magic  []string
	size   func(*bytes.Reader) (image.Config, error)
	decode func(*bytes.Reader) (image.Image, error)
}

func formatOf(data []byte) (format, bool) {
	for _, f := range []format{
		{[]string{"\x89PNG\r\n\x1a\n"}, func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }},
		{[]string{"\xff\xd8\xff"}, func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }},
		{[]string{"GIF87a", "GIF89a"}, func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }},
		{[]string{"RIFF"}, func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) }, func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }},
	} {
		for _, magic := range f.magic {
			if bytes.HasPrefix(data, []byte(magic)) {
				return f, true
			}
		}
	}
	return format{}, false
}

func unreadable(err error) *iam.Error {
	e := iam.Invalid("picture", "picture_unreadable")
	e.Err = err
	return e
}

func with(e *iam.Error, name, value string) *iam.Error {
	e.Params = map[string]string{name: value}
	return e
}
