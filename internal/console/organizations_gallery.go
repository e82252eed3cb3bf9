package console

import (
	"net/http"
	"strings"
	"time"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/web"
)

func (s sample) orgs() []iam.Org {
	at := s.now.AddDate(0, -2, 0)
	return []iam.Org{
		{ID: "clinic", Handle: "north-clinic", Name: "North Clinic", Description: "Hospital of the north district, 1,200 people.", Version: 3, CreatedAt: at, UpdatedAt: at},
		{ID: "bakery", Handle: "bakery", Name: "Bakery", Version: 1, CreatedAt: at, UpdatedAt: at},
		{ID: "long", Handle: "direction-des-affaires", Name: "Direction des affaires juridiques, des marchés publics et de la commande responsable de la région",
			Description: strings.Repeat("Une description qui va jusqu’au bout de ce qui est permis. ", 4), Version: 1, CreatedAt: at, UpdatedAt: at},
	}
}

func (s sample) orgPlace(i int) place {
	o := s.orgs()[i]
	return place{scope: o.Scope(), org: o, client: iam.App{ID: iam.OrgApp(o.ID), Org: o.ID, Name: o.Name}, prefix: orgPath(o), list: tabApplications}
}

func (s sample) orgView(pl place, tab, title string, args ...any) web.View {
	view := pl.inOrganization(s.words.T, s.view("", title, args...), tab)
	view.Nav.Levels = levelsOf(s.words, []directory.Level{
		{Scope: iam.System()}, {Scope: pl.scope, Name: pl.org.Name, Handle: pl.org.Handle}, {Scope: iam.Application("wiki", ""), Name: "Wiki"},
	}, pl.prefix)
	return view
}

func (s sample) members() []iam.Member {
	people := s.people()
	return []iam.Member{
		{User: people[0], Role: iam.RoleOrganizationManager}, {User: people[1], Role: iam.RoleMember},
		{User: people[2], Role: iam.RoleMember}, {User: people[3], Role: iam.RoleOrganizationManager},
	}
}

func (s sample) invitations(pl place) []iam.Invitation {
	return []iam.Invitation{
		{ID: "a", Scope: pl.scope, Role: pl.roles()[1], Email: "dominique.lefebvre@north-clinic.example.org", Inviter: "admin", ExpiresAt: s.now.Add(6 * 24 * time.Hour)},
		{ID: "b", Scope: pl.scope, Role: iam.RoleMember, Inviter: "admin", ExpiresAt: s.now.Add(-time.Hour)},
	}
}

// orgSpecimens draw the pages about organizations and their members.
func (room *Room) orgSpecimens(add specimenOf) {
	list := func(state, search, after string, orgs func(sample) []iam.Org) {
		add("organizations", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			room.orgs.Show(w, r, http.StatusOK, s.view(tabOrganizations, "organization.list_title"), orgsOf(s.words, orgs(s), search, after))
		})
	}
	none := func(sample) []iam.Org { return nil }
	list("full", "", "", sample.orgs)
	list("empty", "", "", none)
	list("nothing found", "clinique", "", none)
	list("past the end", "", "x", none)
	dashboard := func(state string, i int, size iam.OrgSize, full bool) {
		add("organization", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.orgPlace(i)
			var apps []iam.App
			var events []iam.Event
			if full {
				apps, events = s.apps()[:3], s.events()[:4]
			}
			view := s.orgView(pl, pl.prefix, "")
			view.Title, view.Lead = pl.org.Name, pl.org.Description
			room.org.Show(w, r, http.StatusOK, view, room.orgOf(s.words, pl, size, s.widgetOfApp(), apps, events, s.names, true))
		})
	}
	dashboard("full", 0, iam.OrgSize{Applications: 3, Methods: 1, Members: 12, Invitations: 2}, true)
	dashboard("empty", 1, iam.OrgSize{}, false)
	dashboard("long names", 2, iam.OrgSize{Applications: 1, Members: 1, Invitations: 1}, true)

	form := func(state string, i int, in func(sample) orgInput, wrong *iam.Error) {
		add("organization form", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			data := orgFormOf(s.words, in(s), wrong)
			if i < 0 {
				data.New, data.Action, data.Cancel = true, "/", "/"
				room.orgForm.Show(w, r, http.StatusOK, s.view(tabOrganizations, "organization.new_title"), data)
				return
			}
			pl := s.orgPlace(i)
			data.Action, data.Cancel, data.Delete = "/", "/", "/"
			if wrong != nil && wrong.Field == "" {
				data.Wrong = theirs(s.words, []differing{{s.words.T("organization.name"), "Northern Clinic", "North Clinic"}})
			}
			room.orgForm.Show(w, r, http.StatusOK, s.orgView(pl, pl.prefix+"/settings", "organization.edit_title"), data)
		})
	}
	form("new", -1, func(sample) orgInput { return orgInput{} }, nil)
	form("new error", -1, func(sample) orgInput { return orgInput{Name: "North Clinic", Handle: "north clinic"} }, iam.Invalid("handle", "handle_malformed"))
	form("edit", 0, func(s sample) orgInput { return inputOfOrg(s.orgs()[0]) }, nil)
	form("changed meanwhile", 0, func(s sample) orgInput { return inputOfOrg(s.orgs()[0]) }, iam.Conflict("changed_meanwhile"))

	deletion := func(state string, size iam.OrgSize) {
		add("organization delete", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := s.orgPlace(0)
			room.orgDelete.Show(w, r, http.StatusOK, s.orgView(pl, pl.prefix+"/settings", "organization.delete_title", "Name", pl.org.Name), deleteOrgOf(s.words, pl, size, nil))
		})
	}
	deletion("asked", iam.OrgSize{Methods: 2, Identifiers: 31, Members: 12, Invitations: 1})
	deletion("has applications", iam.OrgSize{Applications: 3})
}

func (room *Room) memberSpecimens(add specimenOf) {
	at := func(s sample, app bool) place {
		if app {
			return s.appPlace(0)
		}
		return s.orgPlace(0)
	}
	view := func(s sample, pl place, title string, args ...any) web.View {
		if pl.atOrganization() {
			return s.orgView(pl, pl.members(), title, args...)
		}
		return s.appView(pl, pl.members(), title, args...)
	}
	members := func(state string, app, some bool, search string) {
		add("members", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := at(s, app)
			var list []iam.Member
			var pending []iam.Invitation
			if some {
				list, pending = s.members(), s.invitations(pl)
			}
			v := view(s, pl, pl.membersTitle())
			v.LeadKey = "organization.members_lead." + string(pl.scope.Level)
			room.members.Show(w, r, http.StatusOK, v, membersOf(s.words, pl, list, pending, search, "", s.now, s.names))
		})
	}
	members("full", false, true, "")
	members("empty", false, false, "")
	members("nothing found", false, false, "dupont")
	members("of an application", true, true, "")
	adding := func(state string, in addInput, wrong *iam.Error) {
		add("member add", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := at(s, false)
			room.memberAdd.Show(w, r, http.StatusOK, view(s, pl, "organization.add_title"), addMemberOf(s.words, pl, in, wrong))
		})
	}
	adding("empty", addInput{}, nil)
	adding("nobody", addInput{Name: "carol"}, iam.Invalid("name", "nobody_of_that_name"))
	adding("too many", addInput{Invites: true}, iam.Conflict("too_many_invitations"))
	for i, state := range []string{"for an address", "open"} {
		add("invited", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := at(s, false)
			room.invited.Show(w, r, http.StatusOK, view(s, pl, "organization.invited_title"),
				invitedOf(s.words, pl, s.invitations(pl)[i], "https://id.example/invitations/"+strings.Repeat("k7qm2xwepd4tn6zb", 3)))
		})
	}
	one := func(state string, me iam.UserID, refused *iam.Error) {
		add("member", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := at(s, false)
			v := view(s, pl, "")
			v.Title = s.members()[0].User.DisplayName()
			room.memberOne.Show(w, r, http.StatusOK, v, memberOf(s.words, pl, s.members()[0], me, refused))
		})
	}
	one("another", "", nil)
	one("oneself and last", "ovx3rmjq2yt5nw7kd4hs6ab1ce", iam.Conflict("last_manager"))
	add("member remove", "asked", func(s sample, w http.ResponseWriter, r *http.Request) {
		pl := at(s, false)
		room.confirm.Show(w, r, http.StatusOK, view(s, pl, "organization.remove_title", "Name", "Alice Martin"), removeMemberOf(s.words, pl, s.members()[0], false))
	})
	invitation := func(state string, me, register bool, refused *iam.Error) {
		add("invitation", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			pl := at(s, false)
			in := directory.Invited{Invitation: s.invitations(pl)[0], Inviter: s.people()[0], Place: pl.org.Name, Handle: pl.org.Handle}
			var who *iam.User
			if me {
				who = &s.people()[1]
			}
			room.invitation.Show(w, r, http.StatusOK, invitationView(in), invitationOf(s.words, in, who, register, refused))
		})
	}
	invitation("visitor", false, false, nil)
	invitation("signed in", true, false, nil)
	invitation("for another", true, false, &iam.Error{Kind: iam.KindConflict, Cause: "invitation_for_another", Params: map[string]string{"Email": "dominique.lefebvre@north-clinic.example.org"}})
	add("invitation", "over", func(_ sample, w http.ResponseWriter, r *http.Request) { room.invitationOver(w, r) })
}

func (room *Room) generalSpecimens(add specimenOf) {
	general := func(state string, in generalInput, wrong *iam.Error) {
		add("settings general", state, func(s sample, w http.ResponseWriter, r *http.Request) {
			view := s.view(tabSettings, "settings.general_title")
			view.LeadKey = "settings.general_lead"
			data := room.generalOf(s.words, in, wrong)
			if wrong != nil && wrong.Field == "" {
				data.Wrong = room.generalConflict(s.words, generalInput{Name: "Northern Clinic", Length: "10"}, in)
			}
			room.general.Show(w, r, http.StatusOK, view, data)
		})
	}
	general("unset", generalInput{}, nil)
	full := generalInput{Name: "North Clinic", Language: "fr", Length: "12", Kinds: "3", Hours: "8"}
	general("full", full, nil)
	wrong := full
	wrong.Hours = "9999"
	general("error", wrong, &iam.Error{Kind: iam.KindInvalid, Field: "session_hours", Cause: "outside_range", Params: map[string]string{"Min": "1", "Max": "720"}})
	general("changed meanwhile", full, iam.Conflict("changed_meanwhile"))
}
