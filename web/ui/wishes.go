package ui

import (
	"net/http"
	"slices"
	"strings"

	"varde/web/ui/locale"
)

// Themes are the ways to display. "auto" follows the device; "dim" is for a
// darkened room.
var Themes = []string{"auto", "light", "dark", "dim"}

// PreferencesPath is where the layout's forms post a change of language or
// display. Mount Preferences there.
const PreferencesPath = "/preferences"

const (
	langCookie  = "varde-lang"
	themeCookie = "varde-theme"
)

// Wishes gives the language and the theme that a request asks for.
func Wishes(r *http.Request) (lang, theme string) {
	theme = Themes[0]
	if c, err := r.Cookie(themeCookie); err == nil && slices.Contains(Themes, c.Value) {
		theme = c.Value
	}
	wish := ""
	if c, err := r.Cookie(langCookie); err == nil {
		wish = c.Value
	}
	return locale.Match(wish, r), theme
}

// Preferences keeps a reader's wish in a cookie and goes back to where they
// were. It answers POST with the fields lang, theme and return. secure marks
// the cookies for https only.
func Preferences(secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "POST")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "the form cannot be read", http.StatusBadRequest)
			return
		}
		keep := func(name, value string) {
			http.SetCookie(w, &http.Cookie{
				Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600,
				HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
			})
		}
		if v := r.PostForm.Get("lang"); locale.Supported(v) {
			keep(langCookie, v)
		}
		if v := r.PostForm.Get("theme"); slices.Contains(Themes, v) {
			keep(themeCookie, v)
		}
		http.Redirect(w, r, localPath(r.PostForm.Get("return")), http.StatusSeeOther)
	})
}

// localPath lets only a path on this server through, so that the form cannot
// be used to send a reader elsewhere.
func localPath(s string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/"
	}
	return s
}
