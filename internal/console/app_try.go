package console

import (
	"signet/internal/iam"
)

// tryApp opens the test application for the sign-in form of an application, or of
// Signet itself at the system, and makes it the first time (rows S45 and S50).
func (room *Room) tryApp(v visit) error {
	pl, err := room.appPlace(v)
	if err != nil {
		return err
	}
	app, err := room.Directory.TestApp(v.ctx, v.caller, pl.client.ID, iam.System(), cut(v.words.T("apps.test_name", "App", pl.client.Name)),
		func(id iam.AppID) string { return room.TestRedirect(room.Issuer, id) })
	if refused := redrawable(err); refused != nil {
		return room.drawApp(v, pl, refused)
	}
	if err != nil {
		return err
	}
	return v.to("/try/" + string(app.ID))
}

// cut keeps the name of a test application within what a name may be, whatever
// its model is called.
func cut(name string) string {
	if runes := []rune(name); len(runes) > 100 {
		return string(runes[:99]) + "…"
	}
	return name
}
