package routes

import (
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/identity"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// reader sees everything that the record tells.
var reader = access.Actor{ID: "reader", Role: "auditor", Study: trial}

// visitor is somebody who walks.
type visitor struct {
	account string
	role    string
	scope   string // "own": at the first site of the trial; "far": at the second; "else": in the other study; "house"; "none"
	cookie  string // session; "" = not signed in
	bearer  string // access token of the same role and scope
}

func (v visitor) String() string { return v.scope + " " + v.role }

// everybody answers one visitor for each role and scope, somebody without any role,
// and a stranger.
func (w *world) everybody(t testing.TB) []visitor {
	t.Helper()
	var out []visitor
	for _, role := range staff {
		for _, scope := range []string{"own", "far", "else"} {
			out = append(out, visitor{account: scope + "-" + role, role: role, scope: scope})
		}
	}
	for _, role := range []string{"administrator", "auditor"} {
		out = append(out, visitor{account: "demo-" + role, role: role, scope: "house"})
	}
	out = append(out, visitor{account: "roleless", scope: "none"})
	own, far := w.participants(t)
	// Those who were drawn to assess the participant: their queue is not empty.
	s, err := w.app.Participant(t.Context(), reader, trial, own)
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, r := range s.Ratings {
		drawn[r.Rater] = true
	}
	for _, account := range slices.Sorted(maps.Keys(drawn)) {
		out = append(out, visitor{account: account, role: "rater", scope: "own"})
	}
	out = append(out, visitor{account: own, role: "participant", scope: "own"}, visitor{account: far, role: "participant", scope: "far"})
	for i := range out {
		w.signIn(t, &out[i])
	}
	return append(out, visitor{scope: "none"})
}

// signIn opens a session, and makes a token for the API.
func (w *world) signIn(t testing.TB, v *visitor) {
	t.Helper()
	ctx := t.Context()
	w.house(t)
	if v.role == "participant" {
		link, err := w.app.ParticipantLink(ctx, access.Actor{ID: "own-coordinator", Name: "Test", Role: "coordinator", Study: trial}, trial, v.account)
		if err != nil {
			t.Fatal(err)
		}
		o, err := w.people.UseLink(ctx, link, identity.Source{})
		if err != nil {
			t.Fatal(err)
		}
		v.cookie = o.Token
	} else {
		o, err := w.people.SignInDemo(ctx, v.account, "Test "+v.role, identity.Source{})
		if err != nil {
			t.Fatal(err)
		}
		v.cookie = o.Token
	}
	if v.bearer != "" || v.role == "" {
		return
	}
	actor := access.Actor{ID: v.account, Name: "Test " + v.role, Role: v.role, Study: trial}
	switch v.scope {
	case "own":
		actor.Sites = []string{w.sites[0]}
	case "far":
		actor.Sites = []string{w.sites[1]}
	case "else":
		actor.Study = other
	case "house":
		actor.Study = ""
	}
	if v.role == "participant" {
		actor.Participant = v.account
	}
	token, err := w.app.IssueToken(ctx, actor, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v.bearer = token
}

// house makes the administrator and the auditor of the whole house once.
func (w *world) house(t testing.TB) {
	t.Helper()
	if w.housed {
		return
	}
	w.housed = true
	for _, role := range []string{"administrator", "auditor"} {
		for _, a := range w.app.DemoActors(t.Context(), trial) {
			if a.Role != role {
				continue
			}
			if _, err := w.app.SignInDemo(t.Context(), trial, a.ID, role, identity.Source{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// participants answers somebody at each site who is in treatment or beyond it and has
// been assessed by a rater.
func (w *world) participants(t testing.TB) (own, far string) {
	t.Helper()
	find := func(site string) string {
		best, id := -1, ""
		for s, err := range w.app.Subjects(t.Context(), reader, trial) {
			if err != nil {
				t.Fatal(err)
			}
			if s.Site == site && !s.Status().Gone() && len(s.Sessions) > 0 && len(s.Ratings) > best {
				best, id = len(s.Ratings), s.ID
			}
		}
		if id == "" {
			t.Fatalf("nobody at %s is in treatment: let the study run longer", site)
		}
		return id
	}
	return find(w.sites[0]), find(w.sites[1])
}

// about answers sample values for the wildcards of routes, about a participant, as
// somebody's addresses name them.
func (w *world) about(t testing.TB, id string, v visitor) map[string]string {
	t.Helper()
	s, err := w.app.Participant(t.Context(), reader, trial, id)
	if err != nil {
		t.Fatal(err)
	}
	def, _ := w.app.Definition(trial)
	cut, err := w.app.Checkpoint(t.Context(), trial)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"size": strconv.FormatInt(cut.Size, 10), "root": hex.EncodeToString(cut.Root[:]), "study": trial, "id": id, "home": s.Site, "repeat": "1", "account": "own-monitor", "role": "monitor", "site": "-", "provider": "hospital", "link": w.link(t), "page": "ptsd",
		"ref": "none", "concern": w.concern(t, id), "referral": asked, "breach": "none", "unblinding": "none", "stream": id, "gate": def.Eligibility.Gates[0].ID, "document": def.Consent.Documents[0].ID}
	for k, f := range s.Forms {
		if k.Visit != "" && k.Repeat == 0 && f.Complete() && (values["visit"] == "" || k.Visit+k.Form < values["visit"]+values["form"]) {
			values["visit"], values["form"] = k.Visit, k.Form
		}
	}
	if len(s.Unblinded) > 0 {
		values["unblinding"] = s.Unblinded[0].ID
		for _, p := range w.pages.Routes() {
			if strings.Contains(p.Pattern, "/unblinding/") {
				values[p.Pattern+" ref"] = s.Unblinded[0].ID
			}
		}
	}
	values["record"] = "form/" + values["visit"] + "/" + values["form"]
	session := ""
	for visit := range s.Sessions {
		if session == "" || visit < session {
			session = visit
		}
	}
	// A rater's addresses hold references, and only their own assessments have forms.
	if v.role == "rater" {
		for i := range def.Visits {
			visit := def.Visits[i].ID
			r, ok := s.Ratings[visit]
			if !ok || v.account != "" && r.Rater != v.account {
				continue
			}
			for _, u := range def.Visits[i].Forms {
				p, ok := study.PlaceOf(def, visit, u.Form)
				if ok && slices.Contains(p.Roles, "rater") {
					actor := access.Actor{ID: v.account, Role: "rater", Study: trial}
					values["visit"], values["form"] = w.app.VisitRef(actor, trial, id, visit), u.Form
					values["ref"] = values["visit"]
				}
			}
		}
	}
	for _, p := range w.pages.Routes() {
		if strings.Contains(p.Pattern, "/session/") {
			values[p.Pattern+" visit"] = session
		}
	}
	for _, p := range w.pages.Routes() {
		if strings.Contains(p.Pattern, "/me/q/") {
			values[p.Pattern+" visit"], values[p.Pattern+" form"] = ownQuestions(def, s)
		}
	}
	repeating, _ := repeatingForm(s)
	for _, p := range []string{"/s/{study}/p/{id}/f/{visit}/{form}/{repeat}", "/s/{study}/p/{id}/f/{visit}/{form}/{repeat}/check", "/api/v1/studies/{study}/participants/{id}/forms/{visit}/{form}/{repeat}"} {
		values[p+" visit"], values[p+" form"] = "-", repeating
	}
	return values
}

// ownQuestions is a questionnaire that the participant answers on pages of their own.
func ownQuestions(def *protocol.Definition, s *study.State) (visit, form string) {
	for k := range s.Forms {
		at, ok := study.PlaceOf(def, k.Visit, k.Form)
		if ok && k.Visit != "" && !at.Session && !at.Repeats && at.Form.Respondent == instrument.ByParticipant && (visit == "" || k.Visit+k.Form < visit+form) {
			visit, form = k.Visit, k.Form
		}
	}
	return visit, form
}

// link is the address of a therapist's calendar, made once; of nobody's where none has an
// account.
func (w *world) link(t testing.TB) string {
	t.Helper()
	if w.calendar == "" {
		token, err := w.app.MakeCalendarLink(t.Context(), access.Actor{ID: "own-therapist"}, "en", true)
		if err != nil {
			return "none.ics"
		}
		w.calendar = token + ".ics"
	}
	return w.calendar
}

func repeatingForm(s *study.State) (form string, ok bool) {
	for k := range s.Forms {
		if k.Visit == "" && k.Repeat == 1 && (form == "" || k.Form < form) {
			form = k.Form
		}
	}
	return form, form != ""
}
