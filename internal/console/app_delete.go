package console

import (
	"net/http"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// askAppPage asks before something that the people of an application will feel.
type askAppPage struct {
	Wrong          *web.Banner
	Person         *web.Person
	Text           string
	Ends           []string
	Action, Cancel string
	Confirm        string
	Mild           bool // nothing ends
}

func (room *Room) askDeleteApp(v visit) error { return room.drawDeleteApp(v, nil) }

func (room *Room) drawDeleteApp(v visit, refused *iam.Error) error {
	pl, err := room.deletable(v)
	if err != nil {
		return err
	}
	use, err := room.Directory.AppUse(v.ctx, v.caller, pl.client.ID)
	if err != nil {
		return err
	}
	view, err := room.appView(v, pl, pl.prefix, "apps.delete_title", "Name", pl.client.Name)
	if err != nil {
		return err
	}
	data := deleteAppOf(v.words, pl, use)
	data.Wrong = banner(v.words, refused)
	room.askApp.Show(v.w, v.r, statusOf(refused), view, data)
	return nil
}

func (room *Room) deletable(v visit) (place, error) {
	pl, err := room.placeFor(v, iam.DeleteApplications, iam.DeleteApplications)
	if err == nil && pl.client.ID == iam.SignetApp {
		return pl, iam.NotFound("page")
	}
	return pl, err
}

func deleteAppOf(p *i18n.Printer, pl place, use directory.AppUse) askAppPage {
	data := askAppPage{Text: p.T("apps.delete_text"), Action: pl.prefix + "/delete", Cancel: pl.prefix, Confirm: p.T("apps.delete"), Ends: []string{p.T("apps.delete_ends_secrets")}}
	for _, c := range []struct {
		key string
		n   int64
	}{
		{"apps.delete_ends_people", use.People}, {"apps.delete_ends_living", use.Living}, {"apps.delete_ends_consents", use.Consents},
		{"apps.delete_ends_roles", use.Roles}, {"apps.delete_ends_methods", int64(len(use.Methods))}, {"apps.delete_ends_identifiers", use.Identifiers},
	} {
		if c.n > 0 {
			data.Ends = append(data.Ends, p.N(c.key, int(c.n)))
		}
	}
	return data
}

//i18n:keys apps.* delete_ends_people delete_ends_living delete_ends_consents delete_ends_roles delete_ends_methods delete_ends_identifiers

func (room *Room) deleteApp(v visit) error {
	pl, err := room.deletable(v)
	if err != nil {
		return err
	}
	err = room.Directory.DeleteApp(v.ctx, v.caller, pl.client.ID)
	if refused := redrawable(err); refused != nil {
		return room.drawDeleteApp(v, refused)
	}
	if err != nil {
		return err
	}
	web.Notify(v.w, "success", "apps.deleted", "Name", pl.client.Name)
	http.Redirect(v.w, v.r, listOf(v.caller), http.StatusSeeOther)
	return nil
}
