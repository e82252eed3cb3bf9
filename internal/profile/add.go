package profile

import (
	"net/http"
	"net/url"
	"slices"

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
	Issue       string // path where the person can have a certificate of it
}

// addOf lists the methods; issued are those that give the person a certificate.
func addOf(providers, issued []iam.Provider) addPage {
	var data addPage
	for _, p := range providers {
		m := addMethod{ID: string(p.ID), Name: p.Name, Description: p.Description}
		if slices.ContainsFunc(issued, func(i iam.Provider) bool { return i.ID == p.ID }) {
			m.Issue = pathIssue + "?provider=" + url.QueryEscape(string(p.ID))
		}
		data.Methods = append(data.Methods, m)
	}
	return data
}

func (room *Room) showAdd(v visit) error {
	providers, err := room.Providers.ForProfile(v.ctx, v.caller)
	if err != nil {
		return err
	}
	issued, err := room.issued(v)
	if err != nil {
		return err
	}
	room.add.Show(v.w, v.r, http.StatusOK, room.addView(v.words, v.view(tabProfile, "profile.add_title")), addOf(providers, issued))
	return nil
}

// addView lets the form of the page end at a certificate host: Chrome holds the
// redirects after a form against form-action, too.
func (room *Room) addView(p *i18n.Printer, view web.View) web.View {
	view = under(p, view, "profile.title", tabProfile)
	view.LeadKey, view.FormAction = "profile.add_lead", room.CertificateSources
	return view
}
