package console

import (
	"strings"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/web"
)

// deleteMethodPage asks before a login method is deleted, and counts what goes
// with it.
type deleteMethodPage struct {
	Wrong          *web.Banner
	Ends           []string
	Action, Cancel string
}

func (room *Room) askDeleteMethod(v visit) error { return room.drawDeleteMethod(v, nil) }

func (room *Room) drawDeleteMethod(v visit, refused *iam.Error) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	use, err := room.Providers.UseOf(v.ctx, v.caller, m.ID)
	if err != nil {
		return err
	}
	view, err := room.placed(v, pl, "console.methods.delete_title", "Name", m.Name)
	if err != nil {
		return err
	}
	room.deletion.Show(v.w, v.r, statusOf(refused), pl.below(v.words.T, view), deleteMethodOf(v.words, pl, m, use, refused))
	return nil
}

func deleteMethodOf(p *i18n.Printer, pl place, m iam.Provider, use provider.Use, refused *iam.Error) deleteMethodPage {
	data := deleteMethodPage{Wrong: banner(p, refused), Action: pl.method(m.ID) + "/delete", Cancel: pl.methods(), Ends: []string{p.T("console.methods.delete_ends_method")}}
	if len(use.Apps) > 0 {
		names := make([]string, 0, len(use.Apps))
		for _, app := range use.Apps {
			names = append(names, app.Name)
		}
		data.Ends = append(data.Ends, p.T("console.methods.delete_ends_apps", "Apps", strings.Join(names, ", ")))
	}
	if use.Identifiers == 0 {
		data.Ends = append(data.Ends, p.T("console.methods.delete_no_identifiers"))
		return data
	}
	data.Ends = append(data.Ends, p.N("console.methods.delete_ends_identifiers", int(use.Identifiers)), p.T("console.methods.delete_ends_sessions"))
	return data
}

func (room *Room) deleteMethod(v visit) error {
	pl, m, err := room.own(v)
	if err != nil {
		return err
	}
	_, _, err = room.Providers.Delete(v.ctx, v.caller, m.ID)
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindConflict {
		return room.drawDeleteMethod(v, refused)
	}
	if err != nil {
		return err
	}
	return v.done(pl.methods(), "console.methods.deleted", "Name", m.Name)
}

// methodRoutes are the pages about login methods under one prefix.
func (room *Room) methodRoutes(prefix string) map[string]func(visit) error {
	routes := map[string]func(visit) error{
		"GET /methods":                  room.showMethods,
		"GET /methods/new":              room.showTemplates,
		"GET /methods/new/mtls":         room.showNew(iam.ProviderCertificate),
		"POST /methods/new/mtls":        room.create(iam.ProviderCertificate),
		"GET /methods/{method}":         room.showMethod,
		"POST /methods/{method}":        room.changeMethod,
		"GET /methods/{method}/delete":  room.askDeleteMethod,
		"POST /methods/{method}/delete": room.deleteMethod,
		"POST /methods/{method}/switch": room.switchMethod,
		"POST /methods/{method}/move":   room.moveMethod,
	}
	if prefix == "/admin" {
		routes["GET /methods/new/password"] = room.showNew(iam.ProviderPassword)
		routes["POST /methods/new/password"] = room.create(iam.ProviderPassword)
	}
	at := make(map[string]func(visit) error, len(routes))
	for pattern, handle := range routes {
		method, path, _ := strings.Cut(pattern, " ")
		at[method+" "+prefix+path] = handle
	}
	return at
}
