package console

import (
	"cmp"
	"slices"
	"strings"

	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// levelsOf are the places that somebody administers, for the menu in the header.
// It is empty where there is one only. Pure.
func levelsOf(p *i18n.Printer, found []directory.Level, path string) []web.Link {
	var levels []web.Link
	for _, l := range found {
		link := web.Link{Label: l.Name, URL: pathOfLevel(l), Icon: iconOfLevel(l.Scope.Level)}
		if l.Scope.Level == iam.LevelSystem {
			link.Label = p.T("console.section")
		}
		link.Current = within(path, link.URL)
		levels = append(levels, link)
	}
	order := []string{iconOfLevel(iam.LevelSystem), iconOfLevel(iam.LevelOrganization), iconOfLevel(iam.LevelApplication)}
	slices.SortStableFunc(levels, func(a, b web.Link) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Icon), slices.Index(order, b.Icon)),
			cmp.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)))
	})
	if len(levels) < 2 {
		return nil
	}
	return levels
}

func pathOfLevel(l directory.Level) string {
	switch l.Scope.Level {
	case iam.LevelOrganization:
		return orgPath(iam.Org{Handle: l.Handle})
	case iam.LevelApplication:
		return appPath(l.Scope.App)
	default:
		return prefixSystem
	}
}

func iconOfLevel(l iam.Level) string {
	switch l {
	case iam.LevelOrganization:
		return "building"
	case iam.LevelApplication:
		return "app"
	default:
		return "settings"
	}
}

// within reports whether a page stands under a prefix.
func within(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// addLevels puts the menu of levels into the header, and the name of the present
// one beside it.
func (room *Room) addLevels(v visit, view *web.View) error {
	found, err := room.Directory.Levels(v.ctx, v.caller)
	if err != nil {
		return err
	}
	view.Nav.Levels = levelsOf(v.words, found, v.r.URL.Path)
	for _, l := range view.Nav.Levels {
		if l.Current {
			view.Nav.Section = l.Label
		}
	}
	return nil
}

// home leads everybody to what they administer: an administrator of the system to
// what they come for most often, others to their own organization or application.
func (room *Room) home(v visit) error {
	if v.caller.May(iam.ViewUsers, iam.System()) {
		return v.to(tabUsers)
	}
	found, err := room.Directory.Levels(v.ctx, v.caller)
	if err != nil {
		return err
	}
	for _, level := range []iam.Level{iam.LevelOrganization, iam.LevelApplication} {
		if i := slices.IndexFunc(found, func(l directory.Level) bool { return l.Scope.Level == level }); i >= 0 {
			return v.to(pathOfLevel(found[i]))
		}
	}
	return iam.NotFound("page") // of what they had a role in, nothing is left
}
