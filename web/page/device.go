package page

import "strings"

// browsers and systems as their User-Agent names them; the first that fits is
// taken, so those that also carry another's name come first.
var (
	browsers = [][2]string{{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"}, {"Linux", "Linux"}}
)

// Device says in a few words what a User-Agent names: "Chrome on Android". It is
// coarse on purpose: enough to know one's own devices by, too little to follow
// anybody. "" when nothing is known.
func Device(agent string) string {
	if len(agent) > 1000 {
		agent = agent[:1000]
	}
	browser, system := find(browsers, agent), find(systems, agent)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	return system
}

func find(list [][2]string, in string) string {
	for _, x := range list {
		if strings.Contains(in, x[0]) {
			return x[1]
		}
	}
	return ""
}
