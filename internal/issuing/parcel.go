package issuing

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"signet/internal/iam"
)

// Parcel is an issued certificate with its key, on the way to the person.
type Parcel struct {
	Name        string           // of the file
	File        []byte           // PKCS#12
	Password    string           `json:"-"` // of the file
	Certificate *iam.Certificate `json:"-"`
	Until       time.Time        // when Open opens it no more
}

// parcelLife is how long the page that shows a parcel can save it as a file.
const parcelLife = 30 * time.Minute

// Wrap seals a parcel for a form of the page that shows it: the page is the only
// place that has it, and only the session that asked for it can open it.
func (s *Service) Wrap(caller iam.Caller, p Parcel) (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(s.Box.Seal(text, parcelPlace(caller))), nil
}

// Unwrap opens what Wrap has sealed. What it did not seal is refused: nobody can have
// us hand out a file of theirs.
func (s *Service) Unwrap(caller iam.Caller, wrapped string) (Parcel, error) {
	sealed, err := base64.StdEncoding.DecodeString(wrapped)
	if err != nil {
		return Parcel{}, &iam.Error{Kind: iam.KindInvalid, Cause: "parcel_gone", Err: err}
	}
	text, err := s.Box.Open(sealed, parcelPlace(caller))
	if err != nil {
		return Parcel{}, &iam.Error{Kind: iam.KindInvalid, Cause: "parcel_gone", Err: err}
	}
	var p Parcel
	if err := json.Unmarshal(text, &p); err != nil {
		return Parcel{}, err
	}
	if s.DB.Now().After(p.Until) {
		return Parcel{}, iam.Invalid("", "parcel_gone")
	}
	return p, nil
}

func parcelPlace(caller iam.Caller) string { return "parcel " + string(caller.Session) }
