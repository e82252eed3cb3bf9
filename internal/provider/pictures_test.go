package provider_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"signet/internal/iam"
	"signet/internal/picture"
)

func pngOf(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhoMayBringPictures(t *testing.T) {
	h := newHouse(t)
	_, err := h.rules.BringPicture(t.Context(), iam.Caller{User: "nobody"}, iam.System(), pngOf(t, 10), picture.Logo)
	h.wants(err, "not_allowed")
	id, err := h.rules.BringPicture(t.Context(), program, iam.System(), pngOf(t, 10), picture.Logo)
	h.must(err)
	if p, err := h.rules.Picture(t.Context(), id); err != nil || p.Type != "image/png" || len(p.Content) == 0 {
		t.Errorf("picture %+v, %v", p, err)
	}
}
