package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/issuing"
	"signet/internal/web"
	"signet/internal/words"
)

// issuePage asks which certificate a person is to be given, and shows it once it is
// issued: once, because nothing keeps its key.
type issuePage struct {
	Wrong    *web.Banner
	Person   web.Person
	Action   string
	Cancel   string
	None     bool // no login method has an authority
	Method   *web.Choice
	Provider string // the only one
	Days     web.Field
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

// issueInput is what the form sent.
type issueInput struct {
	provider iam.ProviderID
	days     string
	request  iam.Secret
}

func issueInputOf(r *http.Request) issueInput {
	return issueInput{
		provider: iam.ProviderID(r.PostFormValue("provider")), days: strings.TrimSpace(r.PostFormValue("days")), request: iam.Secret(r.PostFormValue("request")),
	}
}

func issueOf(p *i18n.Printer, user iam.User, methods []iam.Provider, in issueInput, wrong *iam.Error) issuePage {
	data := issuePage{
		Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Action: issuePath(user.ID), Cancel: pathOf(user.ID),
		None: len(methods) == 0, Request: string(in.request),
		Days: web.Field{
			Name: "days", Type: "number", Inputmode: "numeric", Label: p.T("issuing.how_long"), Hint: p.T("issuing.how_long_hint"), Value: in.days,
			Optional: p.T("console.methods.optional"),
		},
	}
	if len(methods) == 1 {
		data.Provider = string(methods[0].ID)
	} else {
		data.Method = &web.Choice{Name: "provider", Label: p.T("people.identifier_method"), Hint: p.T("issuing.method_hint")}
		for _, m := range methods {
			data.Method.Options = append(data.Method.Options, web.Option{Value: string(m.ID), Label: m.Name, Selected: m.ID == in.provider})
		}
	}
	switch {
	case wrong == nil:
	case wrong.Field == "days":
		data.Days.Error = web.Explain(p, wrong)
	case wrong.Field == "provider" && data.Method != nil:
		data.Method.Error = web.Explain(p, wrong)
	default:
		data.Wrong = issueBanner(p, wrong)
	}
	return data
}

// issueBanner says why nothing was issued.
func issueBanner(p *i18n.Printer, wrong *iam.Error) *web.Banner {
	b := &web.Banner{Kind: "danger", Title: web.Explain(p, wrong)}
	if why := wrong.Params["Why"]; wrong.Cause == "issued_refused" && why != "" {
		b.Text = words.Why(p, why)
	}
	return b
}

func issuePath(id iam.UserID) string { return pathOf(id) + "/identifiers/issue" }

func (room *Room) showIssue(v visit) error {
	return room.drawIssue(v, issueInput{}, nil)
}

func (room *Room) issueView(v visit, user iam.User) (web.View, error) {
	view, err := room.view(v, tabUsers, "issuing.issue_title", "Name", user.DisplayName())
	view.Crumbs = []web.Link{{Label: v.words.T("console.users_title"), URL: tabUsers}, {Label: user.DisplayName(), URL: pathOf(user.ID)}}
	return view, err
}

func (room *Room) drawIssue(v visit, in issueInput, wrong *iam.Error) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	methods, err := room.Issuing.Offers(v.ctx, v.caller, user.ID)
	if err != nil {
		return err
	}
	view, err := room.issueView(v, user)
	if err != nil {
		return err
	}
	view.LeadKey = "issuing.issue_lead"
	in.request = iam.NewSecret()
	room.issue.Show(v.w, v.r, statusOf(wrong), view, issueOf(v.words, user, methods, in, wrong))
	return nil
}

// issueCertificate answers with the certificate itself.
func (room *Room) issueCertificate(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	in := issueInputOf(v.r)
	days, err := issueDays(in.days)
	var parcel issuing.Parcel
	if err == nil {
		parcel, err = room.Issuing.Issue(v.ctx, v.caller, issuing.Order{User: user.ID, Provider: in.provider, Days: days, Request: in.request})
	}
	if refused := redrawable(err); refused != nil {
		return room.drawIssue(v, in, refused)
	}
	if err != nil {
		return err
	}
	view, err := room.issueView(v, user)
	if err != nil {
		return err
	}
	wrapped, err := room.Issuing.Wrap(v.caller, parcel)
	if err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "no-store")
	room.issue.Show(v.w, v.r, http.StatusOK, view, issuedOf(v.words, user, parcel, wrapped, v.now))
	return nil
}

func issuedOf(p *i18n.Printer, user iam.User, parcel issuing.Parcel, wrapped string, now time.Time) issuePage {
	return issuePage{
		Person: web.Person{Name: user.DisplayName(), Detail: user.Login}, Cancel: pathOf(user.ID),
		Issued: &issuedParcel{
			Card: words.Certificate(p, *parcel.Certificate, now), Password: parcel.Password, Wrapped: wrapped, File: parcel.Name,
			Action: issuePath(user.ID) + "/file",
		},
	}
}

// issueDays reads for how many days a certificate is asked; 0 for as long as it is
// given.
func issueDays(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	days, err := strconv.Atoi(text)
	if err != nil || days < 1 {
		return 0, iam.Invalid("days", "not_a_number")
	}
	return days, nil
}

// saveIssued hands out the file of the page that shows a certificate.
func (room *Room) saveIssued(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	parcel, err := room.Issuing.Unwrap(v.caller, v.r.PostFormValue("parcel"))
	if refused := redrawable(err); refused != nil {
		web.Notify(v.w, "danger", "issuing.parcel_gone", "Name", user.DisplayName())
		http.Redirect(v.w, v.r, pathOf(user.ID), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	web.SendFile(v.w, parcel.Name, "application/x-pkcs12", parcel.File)
	return nil
}

// backToIssue leads from the addresses of its forms to the page.
func (room *Room) backToIssue(v visit) error {
	user, err := room.subject(v)
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, issuePath(user.ID), http.StatusSeeOther)
	return nil
}
