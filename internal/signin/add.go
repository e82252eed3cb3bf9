package signin

import (
	"net/http"

	"signet/internal/login"
	"signet/internal/web"
)

// addPage asks for an identifier that everybody must hold to enter.
type addPage struct {
	Base   string
	Method string
	Self   bool // the person can add it
	Button *web.Methods
	Cancel bool
}

func (room *Room) drawAdd(w http.ResponseWriter, r *http.Request, v login.View) {
	view, data := room.addPage(r, v)
	room.add.Show(w, r, http.StatusOK, web.Dressed(view, v.App.ID, v.Look), data)
}

func (room *Room) addPage(r *http.Request, v login.View) (web.View, addPage) {
	printer, m := web.Language(r, v.Login.Ask.UILocales), v.Missing[0]
	data := addPage{Base: pathOf(v.Login.ID), Method: m.Name, Self: m.SelfLinked(), Cancel: true}
	if data.Self {
		button := methodOf(printer, m)
		button.Text = printer.T("signin.add_button", "Method", m.Name)
		_, button.Fresh = room.ChooseHost(r.Context(), m.ID, "", true)
		data.Button = &web.Methods{Action: data.Base + "/certificate", Primary: true, Main: []web.Method{button}}
	}
	return web.View{
		TitleKey: "signin.add_title", TitleArgs: []any{"App", v.App.Name, "Method", m.Name}, FormAction: room.formAction(v.App), Locales: v.Login.Ask.UILocales,
	}, data
}
