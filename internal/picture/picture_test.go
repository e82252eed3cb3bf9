package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"signet/internal/iam"
	"signet/internal/picture"
)

func sample(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, color.NRGBA{uint8(x), uint8(y), 90, uint8(255 - x%128)})
		}
	}
	return img
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, sample(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDrawnAnew: whatever is brought, pixels are what is kept (row S36).
func TestDrawnAnew(t *testing.T) {
	var asJPEG, asGIF bytes.Buffer
	if err := jpeg.Encode(&asJPEG, sample(300, 200), nil); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&asGIF, sample(64, 64), nil); err != nil {
		t.Fatal(err)
	}
	hidden := append(pngOf(t, 200, 100), "<script>alert(1)</script>"...)
	for name, data := range map[string][]byte{"PNG": pngOf(t, 400, 200), "JPEG": asJPEG.Bytes(), "GIF": asGIF.Bytes(), "PNG with a page behind it": hidden} {
		p, err := picture.Draw(data, picture.Logo)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		size, err := png.DecodeConfig(bytes.NewReader(p.Content))
		if err != nil || size.Width > 128 || size.Height > 128 || p.Type != "image/png" {
			t.Errorf("%s: kept as %s of %dx%d: %v", name, p.Type, size.Width, size.Height, err)
		}
		if bytes.Contains(p.Content, []byte("<script")) || len(p.ID) != 64 {
			t.Errorf("%s: more than pixels was kept", name)
		}
	}
	cover, err := picture.Draw(pngOf(t, 2000, 500), picture.Cover)
	if err != nil || cover.Type != "image/jpeg" {
		t.Fatalf("cover: %s, %v", cover.Type, err)
	}
	if size, err := jpeg.DecodeConfig(bytes.NewReader(cover.Content)); err != nil || size.Width != 1600 || size.Height != 400 {
		t.Errorf("cover of %dx%d, %v", size.Width, size.Height, err)
	}
}

// TestWhatIsNoPicture: SVG, a bomb, garbage and too much are refused (row S36).
func TestWhatIsNoPicture(t *testing.T) {
	bomb := pngOf(t, 1, 1)
	binary.BigEndian.PutUint32(bomb[16:], 60000) // width in IHDR
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	good := pngOf(t, 50, 50)
	for cause, data := range map[string][]byte{
		"picture_svg":             []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"picture_too_many_pixels": bomb,
		"picture_unreadable":      good[:len(good)/2],
		"picture_too_large":       make([]byte, picture.MaxSize+1),
	} {
		_, err := picture.Draw(data, picture.Logo)
		if e := iam.AsError(err); e == nil || e.Cause != cause {
			t.Errorf("%s: %v", cause, err)
		}
	}
	for _, data := range [][]byte{nil, []byte("hello"), []byte("RIFF0000WEBPVP8 "), []byte("GIF89a")} {
		if _, err := picture.Draw(data, picture.Logo); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("%q: %v", data, err)
		}
	}
}
