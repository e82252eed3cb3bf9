package iam

import "time"

// Picture is a logo or a cover that an administrator brought, as Signet has
// drawn it anew. Its id is the SHA-256 of its content.
type Picture struct {
	ID        PictureID
	Type      string // image/png or image/jpeg
	Content   []byte
	CreatedAt time.Time
}
