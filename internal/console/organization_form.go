package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// orgForm is the form of a new or of an existing organization.
type orgForm struct {
	Wrong       *web.Banner
	Action      string
	Name        web.Field
	Handle      web.Field
	Description web.Field
	Version     string
	New         bool
	Cancel      string
	Delete      string // path; empty for who may not
}

// orgInput is what was typed.
type orgInput struct{ Name, Handle, Description, Version string }

func readOrg(r *http.Request) orgInput {
	return orgInput{r.PostFormValue("name"), r.PostFormValue("handle"), strings.ReplaceAll(r.PostFormValue("description"), "\r\n", "\n"), r.PostFormValue("version")}
}

func inputOfOrg(o iam.Org) orgInput {
	return orgInput{o.Name, o.Handle, o.Description, number(o.Version)}
}

func orgFormOf(p *i18n.Printer, in orgInput, wrong *iam.Error) orgForm {
	fault := func(field string) string {
		if wrong == nil || wrong.Field != field {
			return ""
		}
		return web.Explain(p, wrong)
	}
	data := orgForm{
		Name: web.Field{Name: "name", Label: p.T("organization.name"), Value: in.Name, Error: fault("name"), Required: true, Max: 100, Autocomplete: "organization"},
		Handle: web.Field{Name: "handle", Label: p.T("organization.handle"), Hint: p.T("organization.handle_hint"), Prefix: prefixOrganizations + "/", Value: in.Handle,
			Error: fault("handle"), Required: true, Max: 24, Mono: true, Autocomplete: "off"},
		Description: web.Field{Name: "description", Type: "textarea", Rows: 3, Label: p.T("organization.description"), Value: in.Description, Error: fault("description"),
			Max: 255, Counter: true, Optional: p.T("console.optional")},
		Version: in.Version,
	}
	if wrong != nil && wrong.Field == "" {
		data.Wrong = banner(p, wrong)
	}
	return data
}

func (room *Room) newOrg(v visit) error {
	if !v.caller.May(iam.CreateOrganization, iam.System()) {
		return iam.NotFound("page")
	}
	return room.drawNewOrg(v, orgInput{}, nil)
}

func (room *Room) drawNewOrg(v visit, in orgInput, wrong *iam.Error) error {
	view, err := room.view(v, tabOrganizations, "organization.new_title")
	if err != nil {
		return err
	}
	view.LeadKey = "organization.new_lead"
	view.Crumbs = []web.Link{{Label: v.words.T("organization.list_title"), URL: tabOrganizations}}
	data := orgFormOf(v.words, in, wrong)
	data.New, data.Action, data.Cancel = true, tabOrganizations+"/new", tabOrganizations
	room.orgForm.Show(v.w, v.r, statusOf(wrong), view, data)
	return nil
}

func (room *Room) createOrg(v visit) error {
	in := readOrg(v.r)
	o, err := room.Directory.CreateOrg(v.ctx, v.caller, iam.Org{Name: in.Name, Handle: in.Handle, Description: in.Description})
	if refused := redrawable(err); refused != nil {
		return room.drawNewOrg(v, in, refused)
	}
	if iam.KindOf(err) == iam.KindForbidden { // logged; that there is such a page is no concern of theirs
		return iam.NotFound("page")
	}
	if err != nil {
		return err
	}
	return v.done(orgPath(o), "organization.created", "Name", o.Name)
}

func (room *Room) editOrg(v visit) error {
	pl, err := room.orgPlace(v)
	if err != nil {
		return err
	}
	return room.drawEditOrg(v, pl, inputOfOrg(pl.org), nil, nil)
}

func (room *Room) drawEditOrg(v visit, pl place, in orgInput, wrong *iam.Error, notice *web.Banner) error {
	view, err := room.view(v, "", "organization.edit_title")
	if err != nil {
		return err
	}
	data := orgFormOf(v.words, in, wrong)
	data.Action, data.Cancel = pl.prefix+"/settings", pl.prefix
	if v.caller.May(iam.DeleteOrganization, pl.scope) {
		data.Delete = pl.prefix + "/delete"
	}
	if notice != nil {
		data.Wrong = notice
	}
	room.orgForm.Show(v.w, v.r, statusOf(wrong), pl.inOrganization(v.words.T, view, pl.prefix+"/settings"), data)
	return nil
}

func (room *Room) changeOrg(v visit) error {
	pl, err := room.orgPlace(v)
	if err != nil {
		return err
	}
	in, changed := readOrg(v.r), pl.org
	changed.Name, changed.Handle, changed.Description, changed.Version = in.Name, in.Handle, in.Description, versionOf(in.Version)
	err = room.Directory.ChangeOrg(v.ctx, v.caller, changed)
	refused := redrawable(err)
	switch {
	case refused != nil && refused.Cause == "changed_meanwhile":
		in.Version = number(pl.org.Version)
		return room.drawEditOrg(v, pl, in, refused, theirs(v.words, []differing{
			{v.words.T("organization.name"), pl.org.Name, in.Name},
			{v.words.T("organization.handle"), pl.org.Handle, in.Handle},
			{v.words.T("organization.description"), oneLine(pl.org.Description), oneLine(in.Description)},
		}))
	case refused != nil:
		return room.drawEditOrg(v, pl, in, refused, nil)
	case err != nil:
		return err
	}
	changed.Handle = strings.ToLower(strings.TrimSpace(in.Handle))
	return v.done(orgPath(changed), "organization.saved")
}

// differing is a value that two administrators see differently.
type differing struct{ label, theirs, mine string }

// theirs tells the second of two administrators what the first one's state has
// that theirs has not. What they typed stays in the form.
func theirs(p *i18n.Printer, values []differing) *web.Banner {
	b := &web.Banner{Kind: "warning", Title: p.T("console.methods.conflict"), Text: p.T("console.methods.conflict_text")}
	for _, d := range values {
		if d.theirs != d.mine {
			b.Items = append(b.Items, p.T("console.methods.differs", "Field", d.label, "Value", cmp.Or(inBrief(d.theirs), p.T("console.methods.unset"))))
		}
	}
	if len(b.Items) == 0 {
		b.Text = p.T("console.conflict_same")
	}
	return b
}

// inBrief is the beginning of a text: a list of differences is no place for pages.
func inBrief(text string) string {
	const most = 160
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// versionOf reads the version that a form was filled with; none is 0, which no
// stored thing has.
func versionOf(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
