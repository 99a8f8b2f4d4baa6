package page

import "net/http"

// Cookie keeps a value of a page's own in the reader's browser for some seconds; a
// negative age forgets it. Scripts cannot read it.
func (c *Context) Cookie(name, value string, age int) {
	http.SetCookie(c.W, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.desk.secure, SameSite: http.SameSiteLaxMode})
}

// CookieValue answers it, "" when there is none.
func (c *Context) CookieValue(name string) string {
	if k, err := c.R.Cookie(name); err == nil && len(k.Value) <= 4096 {
		return k.Value
	}
	return ""
}
