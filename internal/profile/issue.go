package profile

import (
	"net/http"
	"slices"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/issuing"
	"signet/internal/web"
	"signet/internal/words"
)

// issuePage offers a certificate of Signet's own authority, and shows it once it is
// issued: once, because nothing keeps its key.
type issuePage struct {
	Wrong    *web.Banner
	Action   string
	Cancel   string
	Method   string
	Provider string
	Days     int
	Request  string

	Issued *issuedParcel
}

// issuedParcel is what the page shows of a certificate that was issued.
type issuedParcel struct {
	Card     web.Certificate
	Password string
	Action   string
	Wrapped  string
	File     string
}

const (
	pathIssue     = "/profile/identifiers/issue"
	pathIssueFile = pathIssue + "/file"
)

func (room *Room) showIssue(v visit) error {
	return room.drawIssue(v, iam.ProviderID(v.r.URL.Query().Get("provider")), faults{words: v.words})
}

// drawIssue asks for the certificate of a login method that gives the person one; for
// any other, the page does not exist.
func (room *Room) drawIssue(v visit, id iam.ProviderID, f faults) error {
	offers, err := room.issued(v)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(offers, func(p iam.Provider) bool { return p.ID == id })
	if i < 0 {
		return iam.NotFound("page")
	}
	days, err := room.Issuing.Longest(v.ctx, id)
	if err != nil {
		return err
	}
	room.issue.Show(v.w, v.r, f.status(), issueView(v), issueOf(offers[i], days, iam.NewSecret(), f))
	return nil
}

// issued are the login methods of which the person can have a certificate here:
// those that they can link an identifier of, also for an administrator.
func (room *Room) issued(v visit) ([]iam.Provider, error) {
	offers, err := room.Issuing.Offers(v.ctx, v.caller, v.caller.User)
	if err != nil || len(offers) == 0 {
		return nil, err
	}
	linkable, err := room.Providers.ForProfile(v.ctx, v.caller)
	return slices.DeleteFunc(offers, func(o iam.Provider) bool {
		return !slices.ContainsFunc(linkable, func(p iam.Provider) bool { return p.ID == o.ID })
	}), err
}

func issueView(v visit) web.View {
	view := under(v.words, v.view(tabProfile, "issuing.own_title"), "profile.title", tabProfile)
	view.LeadKey = "issuing.own_lead"
	return view
}

func issueOf(method iam.Provider, days int, request iam.Secret, f faults) issuePage {
	data := issuePage{Action: pathIssue, Cancel: "/profile/identifiers/add", Method: method.Name, Provider: string(method.ID), Days: days, Request: string(request)}
	if data.Wrong = f.banner(); data.Wrong != nil && f.err.Cause == "issued_refused" && f.err.Params["Why"] != "" {
		data.Wrong.Text = words.Why(f.words, f.err.Params["Why"])
	}
	return data
}

// issueCertificate answers with the certificate itself.
func (room *Room) issueCertificate(v visit) error {
	id := iam.ProviderID(v.r.PostFormValue("provider"))
	offers, err := room.issued(v)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(offers, func(p iam.Provider) bool { return p.ID == id }) {
		return iam.NotFound("page")
	}
	parcel, err := room.Issuing.Issue(v.ctx, v.caller, issuing.Order{User: v.caller.User, Provider: id, Request: iam.Secret(v.r.PostFormValue("request"))})
	if f, ok := faultsOf(v.words, err); ok {
		return room.drawIssue(v, id, f)
	}
	if err != nil {
		return err
	}
	wrapped, err := room.Issuing.Wrap(v.caller, parcel)
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "no-store")
	room.issue.Show(v.w, v.r, http.StatusOK, issueView(v), issuedOf(v.words, parcel, wrapped, v.now))
	return nil
}

func issuedOf(p *i18n.Printer, parcel issuing.Parcel, wrapped string, now time.Time) issuePage {
	return issuePage{Issued: &issuedParcel{
		Card: words.Certificate(p, *parcel.Certificate, now), Password: parcel.Password, Wrapped: wrapped, File: parcel.Name, Action: pathIssueFile,
	}}
}

// saveIssued hands out the file of the page that shows a certificate.
func (room *Room) saveIssued(v visit) error {
	parcel, err := room.Issuing.Unwrap(v.caller, v.r.PostFormValue("parcel"))
	if _, ok := faultsOf(v.words, err); ok {
		web.Notify(v.w, "danger", "issuing.own_parcel_gone")
		http.Redirect(v.w, v.r, tabProfile, http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	web.SendFile(v.w, parcel.Name, "application/x-pkcs12", parcel.File)
	return nil
}

// backToAdd leads from the address of a form to the page that leads to it.
func (room *Room) backToAdd(v visit) error {
	http.Redirect(v.w, v.r, "/profile/identifiers/add", http.StatusSeeOther)
	return nil
}
