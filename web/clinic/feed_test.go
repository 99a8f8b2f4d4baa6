package clinic_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"varde/study"
	"varde/web/clinic"
	"varde/web/session/trialtest"
)

// The address of a calendar answers without signing in, says when nothing has changed,
// and is nowhere to be had again.
func TestFeedIsReadByPrograms(t *testing.T) {
	x := trialtest.New(t, clinic.Module())
	x.ToAssessment()
	x.Do("cora", study.PlanVisit{On: study.On{Participant: trialtest.Person}, Visit: "V6", Time: x.Now().Add(48 * time.Hour), Room: "1", Staff: []string{"tom"}})
	page := x.Post("tom", "/account/calendar", url.Values{"titles": {""}})
	m := regexp.MustCompile(`/calendar/vc_[A-Za-z0-9_-]{43}\.ics`).FindString(page.Body)
	if page.Status != http.StatusOK || m == "" {
		t.Fatalf("%d %s", page.Status, page.Body)
	}
	if again := x.Get("tom", "en", "/account/calendar"); strings.Contains(again.Body, "vc_") {
		t.Error("the address is shown again")
	}
	ask := func(address, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		x.Handler.ServeHTTP(w, r)
		return w
	}
	first := ask(m, "")
	tag := first.Header().Get("ETag")
	if first.Code != http.StatusOK || tag == "" || !strings.Contains(first.Body.String(), "SUMMARY:"+trialtest.Person) || !strings.HasPrefix(first.Header().Get("Content-Type"), "text/calendar") {
		t.Fatalf("%d %v %s", first.Code, first.Header(), first.Body)
	}
	if w := ask(m, tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("nothing has changed: %d, %d bytes", w.Code, w.Body.Len())
	}
	x.Do("cora", study.PlanVisit{On: study.On{Participant: trialtest.Person}, Visit: "V6", Time: x.Now().Add(72 * time.Hour), Room: "1", Staff: []string{"tom"}})
	if w := ask(m, tag); w.Code != http.StatusOK || w.Header().Get("ETag") == tag {
		t.Errorf("after it was moved: %d", w.Code)
	}
	for _, none := range []string{"/calendar/none.ics", "/calendar/vc_none", strings.TrimSuffix(m, ".ics")} {
		if w := ask(none, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", none, w.Code)
		}
	}
	if a := x.Post("tom", "/account/calendar/end", nil); a.Status != http.StatusSeeOther {
		t.Fatalf("%d", a.Status)
	}
	if w := ask(m, ""); w.Code != http.StatusNotFound {
		t.Errorf("after it has ended: %d", w.Code)
	}
}
