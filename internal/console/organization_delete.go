package console

import (
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

func (room *Room) askDeleteOrg(v visit) error { return room.drawDeleteOrg(v, nil) }

func (room *Room) drawDeleteOrg(v visit, refused *iam.Error) error {
	pl, err := room.placeFor(v, iam.DeleteOrganization, iam.DeleteOrganization)
	if err != nil {
		return err
	}
	size, err := room.Directory.OrgSize(v.ctx, v.caller, pl.org.ID)
	if err != nil {
		return err
	}
	view, err := room.view(v, "", "organization.delete_title", "Name", pl.org.Name)
	if err != nil {
		return err
	}
	view = pl.inOrganization(v.words.T, view, pl.prefix+"/settings")
	room.orgDelete.Show(v.w, v.r, statusOf(refused), view, deleteOrgOf(v.words, pl, size, refused))
	return nil
}

// orgDeletePage asks before an organization is deleted and counts what goes.
type orgDeletePage struct {
	Wrong          *web.Banner
	Ends           []string
	Blocked        *web.Banner // why it cannot be deleted yet
	Apps           string      // path of the applications that stand in the way
	Action, Cancel string
}

func deleteOrgOf(p *i18n.Printer, pl place, size iam.OrgSize, refused *iam.Error) orgDeletePage {
	data := orgDeletePage{Wrong: banner(p, refused), Action: pl.prefix + "/delete", Cancel: pl.prefix + "/settings"}
	if size.Applications > 0 {
		data.Wrong = nil // it says the same
		data.Blocked = &web.Banner{Kind: "warning", Title: p.N("organization.delete_blocked", int(size.Applications)), Text: p.T("organization.delete_blocked_text")}
		data.Apps = pl.prefix + "/applications"
	}
	data.Ends = []string{
		p.N("organization.delete_methods", int(size.Methods)), p.N("organization.delete_identifiers", int(size.Identifiers)),
		p.N("organization.delete_members", int(size.Members)), p.N("organization.delete_invitations", int(size.Invitations)),
	}
	return data
}

func (room *Room) deleteOrg(v visit) error {
	pl, err := room.placeFor(v, iam.DeleteOrganization, iam.DeleteOrganization)
	if err != nil {
		return err
	}
	err = room.Directory.DeleteOrg(v.ctx, v.caller, pl.org.ID)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawDeleteOrg(v, refused)
	}
	if err != nil {
		return err
	}
	return v.done(tabOrganizations, "organization.deleted", "Name", pl.org.Name)
}
