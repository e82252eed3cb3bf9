package profile

import (
	"net/http"
	"strconv"

	"github.com/mileusna/useragent"

	"signet/internal/i18n"
	"signet/internal/web"
	"signet/internal/words"
)

// helpPage says how a certificate gets into the browser.
type helpPage struct {
	Here     string // the browser in use, in words
	Ways     []helpWay
	SignedIn bool
}

type helpWay struct {
	Icon  string
	Title string
	Where string // for which systems
	Steps []string
	After string // how one sees that it worked
	Open  bool
	Yours bool // the way for the browser in use
}

//i18n:keys profile.help.*.title chrome firefox windows macos linux ios android
//i18n:keys profile.help.*.where chrome firefox windows macos linux ios android
//i18n:keys profile.help.*.after chrome firefox windows macos linux ios android
//i18n:keys profile.help.chrome.step.* 1 2 3 4 5 6 7 8 9 10 11 12 13
//i18n:keys profile.help.firefox.step.* 1 2 3 4 5 6 7 8 9
//i18n:keys profile.help.windows.step.* 1 2 3 4 5 6
//i18n:keys profile.help.macos.step.* 1 2 3 4 5 6
//i18n:keys profile.help.linux.step.* 1 2 3 4 5
//i18n:keys profile.help.ios.step.* 1 2 3 4 5 6
//i18n:keys profile.help.android.step.* 1 2 3 4 5 6

// ways are the places where a certificate is installed, and how many steps it
// takes there. Safari, and Chrome outside Linux, use the store of the system.
var ways = []struct {
	name, icon string
	steps      int
}{
	{"chrome", "globe", 13},
	{"firefox", "globe", 9},
	{"windows", "device", 6},
	{"macos", "device", 6},
	{"linux", "device", 5},
	{"ios", "phone", 6},
	{"android", "phone", 6},
}

// wayOf names the way for the browser in use. Firefox keeps certificates by
// itself everywhere but on telephones; Chrome and Edge have a dialog of their
// own on Windows and Linux and send to the keychain on macOS.
func wayOf(header string) string {
	ua := useragent.Parse(header)
	switch {
	case ua.OS == useragent.IOS:
		return "ios"
	case ua.OS == useragent.Android:
		return "android"
	case ua.Name == useragent.Firefox:
		return "firefox"
	case ua.OS == useragent.MacOS:
		return "macos"
	case ua.OS == useragent.Linux, ua.OS == useragent.ChromeOS:
		return "linux"
	case ua.Name == useragent.Chrome, ua.Name == useragent.HeadlessChrome, ua.Name == useragent.Edge, ua.Name == useragent.Opera, ua.Name == useragent.Vivaldi:
		return "chrome"
	case ua.OS == useragent.Windows:
		return "windows"
	}
	return ""
}

func helpOf(p *i18n.Printer, header string, signedIn bool) helpPage {
	yours := wayOf(header)
	data := helpPage{SignedIn: signedIn}
	if yours != "" {
		data.Here = words.Device(p, header)
	}
	for _, w := range ways {
		way := helpWay{
			Icon: w.icon, Title: p.T("profile.help." + w.name + ".title"), Where: p.T("profile.help." + w.name + ".where"),
			After: p.T("profile.help." + w.name + ".after"), Open: w.name == yours, Yours: w.name == yours,
		}
		for step := 1; step <= w.steps; step++ {
			way.Steps = append(way.Steps, p.T("profile.help."+w.name+".step."+strconv.Itoa(step)))
		}
		data.Ways = append(data.Ways, way)
	}
	return data
}

// showHelp is open to everybody: whoever needs it most cannot sign in yet.
func (room *Room) showHelp(w http.ResponseWriter, r *http.Request) {
	p, caller := web.Language(r), web.CallerOf(r.Context())
	view := web.View{}
	if caller.User != "" {
		user, err := room.Directory.Person(r.Context(), caller.User)
		if err != nil {
			web.Fail(w, r, err)
			return
		}
		view = under(p, frame(p, user, caller.Administers(), tabProfile), "profile.title", tabProfile)
	}
	view.TitleKey, view.LeadKey = "profile.help.title", "profile.help.lead"
	room.help.Show(w, r, http.StatusOK, view, helpOf(p, r.UserAgent(), caller.User != ""))
}
