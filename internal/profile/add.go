package profile

import (
	"net/http"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// addPage offers the login methods of which an identifier can be added.
type addPage struct {
	Methods []addMethod
}

type addMethod struct {
	ID          string
	Name        string
	Description string
}

func addOf(providers []iam.Provider) addPage {
	var data addPage
	for _, p := range providers {
		data.Methods = append(data.Methods, addMethod{ID: string(p.ID), Name: p.Name, Description: p.Description})
	}
	return data
}

func (room *Room) showAdd(v visit) error {
	providers, err := room.Providers.ForProfile(v.ctx, v.caller)
	if err != nil {
		return err
	}
	room.add.Show(v.w, v.r, http.StatusOK, room.addView(v.words, v.view(tabProfile, "profile.add_title")), addOf(providers))
	return nil
}

// addView lets the form of the page end at a certificate host: Chrome holds the
// redirects after a form against form-action, too.
func (room *Room) addView(p *i18n.Printer, view web.View) web.View {
	view = under(p, view, "profile.title", tabProfile)
	view.LeadKey, view.FormAction = "profile.add_lead", room.CertificateSources
	return view
}
