package e2e

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"varde/access"
	"varde/identity"
	"varde/protocols"
	"varde/study"
	"varde/web/webtest"
)

// trusted is a small study in which one participant is under way, and people come
// in with links and passkeys of their own.
type trusted struct {
	*house
	t  *testing.T
	id string
}

func newTrusted(t *testing.T) *trusted {
	t.Helper()
	h := newHouse(t, identity.Limits{})
	x := &trusted{house: h, t: t}
	def, err := protocols.Load("mdma-ptsd-three-session")
	if err != nil {
		t.Fatal(err)
	}
	x.do(access.System, study.OpenStudy{Mode: "practice", Title: "A study", Definition: def})
	x.do(access.System, study.OpenSite{Site: "S01", Name: "Testby", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 2, Rooms: 1})
	for _, role := range []string{"coordinator", "physician", "therapist"} {
		creds := map[string]string{}
		for _, c := range def.Staffing.Credentials {
			creds[c.ID] = ""
		}
		x.do(access.System, study.AssignStaff{Site: "S01", Person: role + "-1", Name: "Test " + role + "-1", Role: role, Credentials: creds})
	}
	x.id = study.ParticipantNumber("S01", 1)
	on, by := study.On{Participant: x.id}, x.actor("coordinator-1", "coordinator")
	x.do(by, study.Refer{On: on, Site: "S01", Channel: "self", Language: "nb"})
	x.do(by, study.Prescreen{On: on, Passed: true})
	for _, d := range def.Consent.Documents {
		if !d.Valid || !d.Required {
			continue
		}
		answers := map[string]string{}
		for _, q := range d.Questions {
			for _, o := range q.Options {
				if o.Right {
					answers[q.ID] = o.ID
				}
			}
		}
		x.do(by, study.GiveConsent{On: on, Document: d.ID, Version: d.Version, Language: "nb", Answers: answers})
	}
	h.clock.pass(day)
	x.do(by, study.HoldVisit{On: on, Visit: "V0"})
	f, _ := def.Form("phq9")
	items := study.Values{}
	for i := range f.Items {
		if f.Items[i].Required {
			items[f.Items[i].ID] = webtest.Number(1)
		}
	}
	x.do(by, study.SaveForm{On: on, Visit: "V0", Form: "phq9", Items: items})
	return x
}

func (x *trusted) do(actor access.Actor, cmd study.Command) {
	x.t.Helper()
	if _, err := x.app.Do(x.t.Context(), actor, live, cmd, ""); err != nil {
		x.t.Fatalf("%T: %v", cmd, err)
	}
}

// comeIn signs a member of staff in by a link and a new passkey.
func (x *trusted) comeIn(b *browser, account string) {
	x.t.Helper()
	link, err := x.people.Invite(x.t.Context(), identity.By{Account: "system", Role: "system"}, identity.Invitation{ID: account, Name: "Test " + account, Kind: identity.Staff, Language: "en"})
	if err != nil {
		x.t.Fatal(err)
	}
	b.open(strings.TrimPrefix(link, b.base))
	b.becomes(`document.readyState === "complete" && !!document.querySelector('form[action="/link/passkey"]')`)
	b.click(`form[action="/link/passkey"] button`)
	b.click(`main .v-actions a.ds-button`)
}

// becomes waits for a condition on a page that goes elsewhere by itself meanwhile.
func (b *browser) becomes(condition string) {
	b.t.Helper()
	for range 400 {
		if ready, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition)); err == nil && ready {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("never true: %s\non %s:\n%s", condition, b.where(), b.excerpt())
}

// A record is signed with a passkey over its digest, verified on its page, changed,
// and the signature is void for all to see.
func TestSignatureIsVoidAfterAChange(t *testing.T) {
	chromium(t)
	x := newTrusted(t)
	b := newBrowser(t, x.base)
	b.authenticator("internal")
	x.comeIn(b, "physician-1")
	form := fmt.Sprintf("/s/%s/p/%s/f/V0/phq9", live, x.id)
	b.open(form)
	b.twoPictures("sign-record")
	b.click(`.v-signatures a.ds-button`)
	b.sees("What the signature means")
	b.twoPictures("sign-meaning")
	b.press(`input[name="meaning"][value="review"]`)
	b.click(`main form button`)
	b.sees("I have reviewed this record")
	digest := b.eval(`document.querySelector(".v-digest").textContent`)
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(digest) {
		t.Errorf("the digest is %q", digest)
	}
	b.twoPictures("sign-proof")
	b.click(`#sign-passkey button`)
	b.sees("Signed.")
	b.sees("Verified")
	b.sees("Test physician-1")
	b.sees("With passkey")
	b.twoPictures("signed")
	auditor := access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}
	list, err := x.app.Signatures(t.Context(), auditor, live, x.id, "form/V0/phq9")
	if err != nil || len(list) != 1 || !list[0].Verified || list[0].Digest != digest || list[0].Proof.Method != "passkey" {
		t.Fatalf("%v: %+v", err, list)
	}

	// The record is changed by its page, with a reason.
	b.eval(`(() => { const r = [...document.querySelectorAll('#entry input[type="radio"]')]; const c = r.find((x) => x.checked); const o = r.find((x) => x.name === c.name && !x.checked); o.click(); const w = document.querySelector('#entry textarea[name="reason"]'); w.value = "read wrongly"; return "ok"; })()`)
	b.click(`#entry button[value="save"]`)
	b.open(form)
	b.sees("Void")
	b.sees("The record was changed after this signature")
	b.twoPictures("signature-void")
	list, err = x.app.Signatures(t.Context(), auditor, live, x.id, "form/V0/phq9")
	if err != nil || len(list) != 1 || list[0].Void.IsZero() || list[0].VoidBy != "physician-1" {
		t.Fatalf("%v: %+v", err, list)
	}
}

func (x *trusted) actor(id, role string) access.Actor {
	return access.Actor{ID: id, Name: "Test " + id, Role: role, Study: live, Sites: []string{"S01"}}
}

// An identity is kept, opened for a purpose, closes when it is left, and stands
// among the looks.
func TestIdentityCardOpensClosesAndIsSeen(t *testing.T) {
	chromium(t)
	x := newTrusted(t)
	b := newBrowser(t, x.base)
	b.authenticator("internal")
	x.comeIn(b, "coordinator-1")
	card := fmt.Sprintf("/s/%s/p/%s/identity", live, x.id)
	b.open(card + "/edit")
	b.twoPictures("identity-edit")
	b.enter(`input[name="name"]`, "Ola Nordmann")
	b.enter(`input[name="phone"]`, "+4712345678")
	b.click(`#keep button`)
	b.twoPictures("identity")
	b.press(`#open input[value="name"]`)
	b.eval(`(() => { document.querySelector('#open select').value = "call"; return "ok"; })()`)
	b.click(`#open button`)
	b.sees("Ola Nordmann")
	b.twoPictures("identity-open")
	if strings.Contains(b.where(), "Nordmann") {
		t.Error("the name stands in the address")
	}
	b.eval(`(() => { Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }); document.dispatchEvent(new Event("visibilitychange")); return "ok"; })()`)
	b.becomes(`document.readyState === "complete" && !document.body.innerText.includes("Nordmann") && !document.querySelector("[data-leave]")`)
	b.eval(`history.back(); "ok"`)
	b.becomes(`document.readyState === "complete"`)
	if strings.Contains(b.whole(), "Nordmann") {
		t.Error("going back shows the name again")
	}
	x.app.Settle()
	looks, err := x.app.Looks(t.Context(), access.Actor{ID: "a", Name: "A", Role: "auditor"}, live, x.id, 100)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, l := range looks {
		found = found || l.What == "identity" && l.Account == "coordinator-1" && slices.Contains(l.Fields, "name") && strings.Contains(l.Purpose, "call")
	}
	if !found {
		t.Errorf("the look is not listed: %+v", looks)
	}
}

// Whatever page the rater reaches by links says neither visit, nor arm, nor how far
// the participant has come, nor an earlier score.
func TestRaterReachesNothingThatUnblinds(t *testing.T) {
	chromium(t)
	s := newSite(t, 4)
	b := newBrowser(t, s.base)
	b.signIn(live, "rater")
	def := s.definition(t, live)
	var told []string
	for i := range def.Visits {
		if v := &def.Visits[i]; v.Hides {
			told = append(told, regexp.QuoteMeta(v.Title.EN), regexp.QuoteMeta(v.Title.NB), `\b`+v.ID+`\b`)
		}
	}
	for _, a := range def.Arms {
		told = append(told, regexp.QuoteMeta(a.Title.EN), regexp.QuoteMeta(a.Title.NB))
	}
	for _, st := range []study.Status{study.StatusRandomised, study.StatusTreatment, study.StatusCompleted} {
		told = append(told, `(?i)\b`+regexp.QuoteMeta(study.StatusName(st).EN)+`\b`)
	}
	unblinds := regexp.MustCompile(strings.Join(told, "|"))
	b.open("/s/" + live + "/ratings")
	b.sees("Your assessments")
	b.twoPictures("ratings")
	if b.has(`.v-nav a[href$="/participants"]`) || b.has(`.v-nav a[href$="/today"]`) {
		t.Error("the rater's menu leads to the clinic's lists")
	}
	start := "/s/" + live + "/ratings"
	seen, queue, assessments, visited := map[string]bool{start: true}, []string{start}, 0, 0
	for len(queue) > 0 && visited < 60 {
		at := queue[0]
		queue = queue[1:]
		visited++
		b.open(at)
		// The protocol itself is public to those who work in the study and names its
		// arms and visits; what is said about a participant is what counts.
		if !strings.HasSuffix(at, "/protocol") && !strings.HasSuffix(at, "/roles") {
			if m := unblinds.FindString(at + " " + b.eval(`document.querySelector("main").outerHTML`)); m != "" {
				t.Errorf("%s says %q:\n%s", at, m, b.excerpt())
			}
		}
		if strings.Contains(at, "/ratings/") {
			if assessments++; assessments == 1 {
				b.twoPictures("rating")
			}
		}
		for _, link := range strings.Split(b.eval(`[...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")).join("\n")`), "\n") {
			u, err := url.Parse(link)
			if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/s/"+live+"/") || seen[u.Path] {
				continue
			}
			seen[u.Path] = true
			queue = append(queue, u.Path)
		}
	}
	if assessments == 0 {
		t.Errorf("the rater reached no assessment on %d pages: nothing was looked at", visited)
	}
}
