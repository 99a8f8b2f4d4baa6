package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/protocol"
	"varde/study"
)

const day = 24 * time.Hour

// course is one person's way, with what is needed to take the next step.
type course struct {
	*browser
	t    *testing.T
	site *site
	def  *protocol.Definition
	id   string
}

// A person is referred and taken by hand through pre-screening, consent, screening,
// eligibility, preparation, the blinded baseline rating, enrolment and
// randomisation to the first form of the first dosing visit, by the roles that the
// protocol asks for, and everything is found in the audit explorer.
func TestFromReferralToTheFirstDosingVisit(t *testing.T) {
	chromium(t)
	s := newSite(t, 2)
	c := &course{browser: newBrowser(t, s.base), t: t, site: s, def: s.definition(t, live)}
	c.refer()
	c.prescreen()
	c.consent()
	c.screen()
	c.prepare()
	c.enrol()
	kit := c.randomise()
	c.firstForm()
	c.audit(kit)
	c.wholeAndSound()
}

// day is the day at the site, as its forms show it.
func (c *course) local() time.Time {
	c.t.Helper()
	sites, err := c.site.app.Sites(c.t.Context(), access.System, live)
	if err != nil || len(sites) == 0 {
		c.t.Fatalf("no sites: %v", err)
	}
	return c.site.clock.Now().In(sites[0].Zone)
}

func (c *course) journey() { c.t.Helper(); c.open("/s/" + live + "/p/" + c.id) }

func (c *course) answer(visit string, forms ...string) {
	c.t.Helper()
	for _, f := range forms {
		c.fill(c.def, c.id, visit, f, c.local())
	}
}

// hold says on the visit's page that it took place now.
func (c *course) hold(visit string) {
	c.t.Helper()
	c.open("/s/" + live + "/p/" + c.id + "/v/" + visit)
	c.click("#hold button")
	if v := c.state().Visit(visit); v.Held.IsZero() {
		c.t.Fatalf("%s is not held:\n%s", visit, c.excerpt())
	}
}

// state is the record as it stands.
func (c *course) state() *recordOf {
	c.t.Helper()
	auditor := access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}
	st, err := c.site.app.Participant(c.t.Context(), auditor, live, c.id)
	if err != nil {
		c.t.Fatal(err)
	}
	return &recordOf{State: st, def: c.def}
}

type recordOf struct {
	*study.State
	def *protocol.Definition
}

// Visit answers the state of a visit by its id.
func (r *recordOf) Visit(id string) study.VisitState { return r.Visits[r.def.VisitIndex(id)] }

func (c *course) status(want study.Status) {
	c.t.Helper()
	if got := c.state().Status(); got != want {
		c.t.Fatalf("the participant is %s, want %s:\n%s", got, want, c.excerpt())
	}
}

func (c *course) refer() {
	c.signIn(live, "coordinator")
	if got := c.path(); got != "/s/live/today" {
		c.t.Errorf("a coordinator begins at %s, want today's work", got)
	}
	c.id = c.freshPerson()
	c.sees(c.id)
	c.status(study.StatusReferred)
}

func (c *course) prescreen() {
	c.answer("PS", "prescreen")
	c.journey()
	c.press(`#prescreen input[name="result"][value="yes"]`)
	c.click("#prescreen .v-actions button")
	c.status(study.StatusPrescreened)
}

// consent is refused while a question is answered wrongly, and given when all are
// right, for each document that is required.
func (c *course) consent() {
	asked := 0
	for i := range c.def.Consent.Documents {
		d := &c.def.Consent.Documents[i]
		if !d.Required || !d.Valid {
			continue
		}
		form := "#consent-" + d.ID
		c.journey()
		if asked == 0 && len(d.Questions) > 0 {
			asked = len(d.Questions)
			c.understand(d, 0)
			c.allow(422, func() { c.click(form + " .v-actions button") })
			c.status(study.StatusPrescreened)
			if !c.has(form+" [aria-invalid=true]") && !c.has(form+" .v-message--error") {
				c.t.Errorf("a wrong answer is not marked:\n%s", c.excerpt())
			}
		}
		c.understand(d, -1)
		c.click(form + " .v-actions button")
	}
	if asked == 0 {
		c.t.Fatal("the protocol has no consent with questions")
	}
	c.status(study.StatusScreening)
}

// understand answers the questions of a document, one of them wrongly (-1: none),
// and ticks that it is signed.
func (c *course) understand(d *protocol.ConsentDocument, wrong int) {
	c.t.Helper()
	form := "#consent-" + d.ID
	for i, q := range d.Questions {
		for _, o := range q.Options {
			if o.Right == (i != wrong) {
				c.press(fmt.Sprintf(`%s input[name="q.%s"][value=%q]`, form, q.ID, o.ID))
				break
			}
		}
	}
	box := form + ` input[name="signed"]`
	if c.eval(`String(document.querySelector(`+quote(box)+`).checked)`) == "false" {
		c.press(box)
	}
}

func (c *course) screen() {
	c.site.clock.pass(2 * day)
	c.hold("V0")
	c.answer("V0", "demographics", "lec5", "pcl5", "phq9", "gad7", "cssrs", "medical", "ecg", "labs", "pregnancy", "drugscreen", "eligibility")
	// The coordinator sees what is next, and that it waits for the physician.
	c.journey()
	if c.has("#gate .v-actions button") {
		c.t.Error("a coordinator can decide what the protocol leaves to a physician")
	}
	c.gate(study.StatusEligible)
}

// gate is passed by the physician.
func (c *course) gate(want study.Status) {
	c.t.Helper()
	c.signIn(live, "physician")
	c.journey()
	if !c.has("#gate") {
		c.t.Fatalf("the gate is not there to pass:\n%s", c.excerpt())
	}
	c.press(`#gate input[name="sure"]`)
	c.click("#gate .v-actions button")
	c.status(want)
}

// prepare holds the preparations and the baseline rating, each in its window.
func (c *course) prepare() {
	c.site.clock.pass(7 * day)
	c.signIn(live, "therapist")
	c.hold("V1")
	c.answer("V1", "preparation", "cssrs")
	c.site.clock.pass(3 * day)
	c.hold("V2")
	c.answer("V2", "preparation", "cssrs")

	c.site.clock.pass(3 * day)
	c.signIn(live, "coordinator")
	c.open("/s/" + live + "/p/" + c.id + "/v/V3")
	c.click("#draw .v-actions button")
	drawn := c.state().Ratings["V3"].Rater
	if drawn == "" {
		c.t.Fatalf("no rater is drawn:\n%s", c.excerpt())
	}
	c.signInAs(drawn)
	c.rate("caps5", "sds", "cssrs")
	if got := c.state(); len(got.Deviations) != 0 {
		c.t.Errorf("visits in their windows raised deviations: %+v", got.Deviations)
	}
}

// signInAs opens a session for a person of the site's staff.
func (c *course) signInAs(account string) {
	c.t.Helper()
	o, err := c.site.app.Identity().SignInDemo(c.t.Context(), account, account, identity.Source{})
	if err != nil {
		c.t.Fatal(err)
	}
	c.setCookie("varde-session", o.Token)
}

// rate goes through the drawn rater's assessment: forms, statement, end. A rater
// must not learn which visit it is, from no word and no address.
func (c *course) rate(forms ...string) {
	c.t.Helper()
	unseen := func() {
		c.t.Helper()
		if source := c.path() + c.whole(); regexp.MustCompile(`\bV3\b|Baseline rating|Utgangsvurdering`).MatchString(source) {
			c.t.Errorf("%s tells the rater which visit it is", c.path())
		}
	}
	c.open("/s/live/ratings")
	unseen()
	assessment := c.eval(`([...document.querySelectorAll("main a")].filter((x) => x.innerText.trim() === ` + quote(c.id) + `).map((x) => x.getAttribute("href"))[0]) || ""`)
	if assessment == "" {
		c.t.Fatalf("the rater has no assessment of %s:\n%s", c.id, c.excerpt())
	}
	c.open(assessment)
	unseen()
	c.click(`main a[href*="/v/"]`)
	unseen()
	page := c.path()
	for _, f := range forms {
		c.open(page)
		link := fmt.Sprintf(`main a[href*="/f/"][href*="/%s"]`, f)
		if !c.has(link) {
			c.t.Fatalf("the rating does not lead to %s:\n%s", f, c.excerpt())
		}
		c.fillAt(c.eval(`document.querySelector(`+quote(link)+`).getAttribute("href")`), c.def, "V3", f, c.local())
		unseen()
	}
	c.open(assessment)
	c.press(`#statement input[name="blind"][value="yes"]`)
	c.click("#statement .v-actions button")
	unseen()
	c.open(page)
	c.click("#hold button")
	unseen()
	if c.state().Visit("V3").Held.IsZero() {
		c.t.Fatalf("the rating is not held:\n%s", c.excerpt())
	}
}

func (c *course) enrol() {
	c.site.clock.pass(3 * day)
	c.signIn(live, "coordinator")
	c.hold("V4")
	c.answer("V4", "preparation", "cssrs", "pcl5", "phq9", "gad7", "expectancy")
	c.signIn(live, "physician")
	c.answer("V4", "pregnancy", "drugscreen", "eligibility")
	c.gate(study.StatusEnrolled)
}

// randomise shows a kit, and nothing that tells an arm.
func (c *course) randomise() string {
	c.signIn(live, "coordinator")
	c.journey()
	c.press(`#randomise input[name="sure"]`)
	c.click("#randomise .v-actions button")
	c.status(study.StatusRandomised)
	kit := c.state().Kit
	if kit == "" {
		c.t.Fatal("no kit was given")
	}
	c.sees(kit)
	source := c.whole()
	for _, arm := range c.def.Arms {
		for _, telling := range []string{`"` + arm.ID + `"`, arm.Title.EN, arm.Title.NB} {
			if strings.Contains(source, telling) {
				c.t.Errorf("the page of a randomised participant holds %q", telling)
			}
		}
	}
	return kit
}

func (c *course) firstForm() {
	c.site.clock.pass(4 * day)
	c.answer("V5", "preparation")
	if f := c.state().Form("V5", "preparation", 0); f == nil || !f.Complete() {
		c.t.Errorf("the first form after randomisation is not in the record: %+v", f)
	}
}

// audit finds everything, as it is and as it was.
func (c *course) audit(kit string) {
	c.journey()
	link := fmt.Sprintf(`main a[href^="/s/live/audit/%s"]`, c.id)
	c.click(link)
	source := c.whole()
	for _, want := range []string{c.id, kit, "V5"} {
		if !strings.Contains(source, want) {
			c.t.Errorf("the audit explorer does not show %q:\n%s", want, c.excerpt())
		}
	}
	// An hour before the randomisation the person was eligible and had no kit.
	before := c.state().Reached[study.Randomised].Add(-time.Hour).In(c.local().Location()).Format("2006-01-02T15:04")
	c.open("/s/live/audit/" + c.id + "?at=" + before)
	if strings.Contains(c.whole(), kit) {
		c.t.Errorf("as of %s the audit explorer shows a kit that was given later", before)
	}
	rows := c.eval(`JSON.stringify([...document.querySelectorAll("#asof tr")].map((r) => [...r.cells].map((x) => x.innerText.trim())))`)
	var table [][]string
	if err := json.Unmarshal([]byte(rows), &table); err != nil {
		c.t.Fatal(err)
	}
	if !slices.ContainsFunc(table, func(r []string) bool { return len(r) == 3 && r[1] == "eligible" && r[2] == "randomised" }) {
		c.t.Errorf("as of %s the audit explorer does not tell then (eligible) from now (randomised): %q", before, table)
	}
}

// wholeAndSound: what the browser did is in a record that verifies, and the trail
// names who did it.
func (c *course) wholeAndSound() {
	report, err := c.site.store.Verify(c.t.Context(), live)
	if err != nil || !report.OK() {
		c.t.Errorf("the record is not sound: %v %v", err, report.First())
	}
	auditor := access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}
	trail, err := c.site.app.Trail(c.t.Context(), auditor, live, c.id, app.TrailQuery{})
	if err != nil {
		c.t.Fatal(err)
	}
	roles := map[string]bool{}
	for _, e := range trail {
		roles[e.Role] = true
	}
	for _, r := range []string{"coordinator", "physician", "therapist", "rater"} {
		if !roles[r] {
			c.t.Errorf("the trail of %d events names no %s", len(trail), r)
		}
	}
}
