package console

import (
	"strings"

	"signet/internal/iam"
)

// methodRoutes are the pages about login methods under one prefix.
func (room *Room) methodRoutes(prefix string) map[string]func(visit) error {
	routes := map[string]func(visit) error{
		"GET /methods":                                room.showMethods,
		"GET /methods/new":                            room.showTemplates,
		"GET /widget":                                 room.showWidget,
		"POST /widget":                                room.changeWidget,
		"GET /methods/new/mtls":                       room.showNew(iam.ProviderCertificate),
		"POST /methods/new/mtls":                      room.create(iam.ProviderCertificate),
		"GET /methods/{method}":                       room.showMethod,
		"POST /methods/{method}":                      room.changeMethod,
		"GET /methods/{method}/delete":                room.askDeleteMethod,
		"POST /methods/{method}/delete":               room.deleteMethod,
		"POST /methods/{method}/switch":               room.switchMethod,
		"POST /methods/{method}/move":                 room.moveMethod,
		"POST /methods/arrange":                       room.arrangeMethods,
		"GET /methods/{method}/require":               room.askRequire,
		"POST /methods/{method}/require":              room.require,
		"GET /methods/{method}/certificate":           room.showTry,
		"POST /methods/{method}/certificate":          room.try,
		"GET /methods/{method}/issuing":               room.showIssuing,
		"POST /methods/{method}/issuing":              room.establish,
		"GET /methods/{method}/issuing/authority.pem": room.downloadAuthority,
		"GET /methods/{method}/issuing/rules":         room.backToIssuing,
		"POST /methods/{method}/issuing/rules":        room.setIssuingRules,
		"GET /methods/{method}/copy":                  room.copyMethod,
		"GET /methods/paste":                          room.showPaste,
		"POST /methods/paste":                         room.pasteNew,
		"GET /methods/{method}/paste":                 room.showPasteInto,
		"POST /methods/{method}/paste":                room.pasteInto,
	}
	if prefix == "/admin" {
		routes["GET /methods/{method}/announced"] = room.showAnnounced
		routes["POST /methods/{method}/announced/import"] = room.importAnnounced
		routes["GET /methods/{method}/announced/export.csv"] = room.exportAnnounced
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
