package provider

import (
	"context"

	"signet/internal/iam"
	"signet/internal/picture"
	"signet/internal/store"
)

// BringPicture draws a picture anew and keeps it, for whoever may change login
// methods in the scope. What nothing shows within a day is swept away.
func (s *Service) BringPicture(ctx context.Context, caller iam.Caller, in iam.Scope, data []byte, use picture.Use) (iam.PictureID, error) {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, in); err != nil {
		return "", err
	}
	drawn, err := s.draw(data, use)
	if err != nil {
		return "", err
	}
	return drawn.ID, s.DB.Update(ctx, func(tx *store.Tx) error {
		drawn.CreatedAt = tx.Now()
		return tx.InsertPicture(drawn)
	})
}

func (s *Service) draw(data []byte, use picture.Use) (iam.Picture, error) {
	s.drawing.Lock()
	defer s.drawing.Unlock()
	return picture.Draw(data, use)
}

// Picture returns a picture. They are shown to everybody who signs in.
func (s *Service) Picture(ctx context.Context, id iam.PictureID) (p iam.Picture, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		p, err = tx.Picture(id)
		return err
	})
	return p, err
}

// knownPicture refuses the id of a picture that is not there.
func knownPicture(tx *store.Tx, id iam.PictureID) error {
	if id == "" {
		return nil
	}
	_, err := tx.Picture(id)
	if iam.IsNotFound(err) {
		return iam.Invalid("picture", "picture_gone")
	}
	return err
}
