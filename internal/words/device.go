package words

import (
	"strings"

	"github.com/mileusna/useragent"

	"signet/internal/i18n"
)

// Device says in words which browser and system a User-Agent header names:
// "Firefox on Windows". The header is what the client says of itself; it is
// shown to help a person recognize a device and nothing is decided by it.
func Device(p *i18n.Printer, header string) string {
	ua := useragent.Parse(header)
	browser, system := browserOf(ua), systemOf(ua)
	switch {
	case header == "":
		return p.T("event.device.unknown")
	case browser != "" && system != "":
		return p.T("event.device.browser_on_system", "Browser", browser, "System", system)
	case browser != "":
		return browser
	case system != "":
		return p.T("event.device.system", "System", system)
	default:
		return short(header)
	}
}

// DeviceIcon is the icon of the kind of device.
func DeviceIcon(header string) string {
	if ua := useragent.Parse(header); ua.Mobile || ua.Tablet || ua.OS == useragent.Android {
		return "phone"
	}
	return "device"
}

// browserOf names the browser as people call it, or "" where the parser found
// none that it knows.
func browserOf(ua useragent.UserAgent) string {
	switch {
	case ua.OS == "" && ua.Version == "":
		return ""
	case ua.Name == useragent.MobileSafari:
		return useragent.Safari
	case ua.Name == useragent.HeadlessChrome:
		return useragent.Chrome
	default:
		return short(ua.Name)
	}
}

func systemOf(ua useragent.UserAgent) string {
	switch ua.Device {
	case "iPhone", "iPad":
		return ua.Device
	}
	return short(ua.OS)
}

// maxHeader is how much of an unknown header is shown: the name of a program,
// not the page that somebody wrote into it.
const maxHeader = 40

func short(header string) string {
	header = strings.TrimSpace(header)
	if runes := []rune(header); len(runes) > maxHeader {
		return string(runes[:maxHeader-1]) + "…"
	}
	return header
}
