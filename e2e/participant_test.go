package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"varde/access"
	"varde/instrument"
	"varde/study"
)

// own is a telephone in the hand of somebody who takes part.
type own struct {
	*browser
	s    *site
	id   string
	lang string
	base string // of their pages
}

// ownPhone opens the one-time link of a participant on a telephone.
func (s *site) ownPhone(t *testing.T, id, lang string) *own {
	t.Helper()
	link, err := s.app.ParticipantLink(t.Context(), s.staff(t, "coordinator"), live, id)
	if err != nil {
		t.Fatal(err)
	}
	o := &own{browser: newBrowser(t, s.base), s: s, id: id, lang: lang, base: "/s/" + live + "/me"}
	o.size(390, 844)
	o.openLink(link)
	o.press(`details:has(form[action="/link/open"]) > summary`)
	o.click(`form[action="/link/open"] button`)
	if o.path() != o.base {
		t.Fatalf("the link leads to %s", o.path())
	}
	o.speak(lang)
	return o
}

func (o *own) speak(lang string) {
	o.t.Helper()
	if o.lang = lang; o.eval(`document.documentElement.lang`) != lang {
		o.click(`.v-header__tools button[name="lang"]`)
	}
}

// staff is somebody of the demonstration who acts in a role.
func (s *site) staff(t *testing.T, role string) access.Actor {
	t.Helper()
	for _, a := range s.app.DemoActors(t.Context(), live) {
		if a.Role == role {
			return a
		}
	}
	t.Fatalf("nobody acts as %s", role)
	return access.Actor{}
}

func (s *site) carryOut(t *testing.T, role string, cmd study.Command) {
	t.Helper()
	if _, err := s.app.Do(t.Context(), s.staff(t, role), live, cmd, ""); err != nil {
		t.Fatalf("%T: %v", cmd, err)
	}
}

// newcomer is referred and has had the first conversation.
func (s *site) newcomer(t *testing.T) string {
	t.Helper()
	by := s.staff(t, "coordinator")
	sites, err := s.app.Sites(t.Context(), by, live)
	if err != nil || len(sites) == 0 {
		t.Fatalf("%d sites, %v", len(sites), err)
	}
	id := study.ParticipantNumber(sites[0].ID, sites[0].Numbers+1)
	s.carryOut(t, "coordinator", study.Refer{On: study.On{Participant: id}, Site: sites[0].ID, Channel: "self", Language: "nb"})
	s.carryOut(t, "coordinator", study.Prescreen{On: study.On{Participant: id}, Passed: true})
	return id
}

// record is what stands about the person, as those who treat see it.
func (o *own) record() *study.State {
	o.t.Helper()
	st, err := o.s.app.Participant(o.t.Context(), access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}, live, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return st
}

// good looks at the page that is open: axe finds nothing, nothing is cut off, no key of
// a message shows, the page is light, and help can be dialled.
func (o *own) good(what string) {
	o.t.Helper()
	what += ", " + o.lang
	checkAxe(o.t, o.ctx, what)
	for _, width := range []int64{320, 390} {
		o.size(width, 844)
		o.looksRight(o.lang)
	}
	if raw := o.eval(`(document.body.innerText.match(/\bme\.[a-z]+\.[a-z.]+\b/) || [""])[0]`); raw != "" {
		o.t.Errorf("%s shows the key of a message: %s", what, raw)
	}
	if o.eval(`String(document.querySelectorAll('main a[href="tel:113"]').length > 0)`) != "true" {
		o.t.Errorf("%s: help cannot be dialled", what)
	}
	// What can be pressed is big enough for a thumb: links in running text apart.
	if small := o.eval(`[...document.querySelectorAll("main button, main .ds-button, main summary, main .me-back, .v-tabbar a")].filter((e) => { const r = e.getBoundingClientRect(); return r.width && e.checkVisibility() && r.height < 44; }).map((e) => e.textContent.trim().slice(0, 30) + " " + Math.round(e.getBoundingClientRect().height)).join("; ")`); small != "" {
		o.t.Errorf("%s: too small for a thumb: %s", what, small)
	}
}

// still says that nothing moved while the page that is open came up.
func (o *own) still(what string) {
	o.t.Helper()
	shift, err := chromedp.Run(o.ctx, chromedp.Evaluate[float64](`new Promise((done) => { let sum = 0; new PerformanceObserver((l) => { for (const e of l.getEntries()) if (!e.hadRecentInput) sum += e.value; }).observe({ type: "layout-shift", buffered: true }); setTimeout(() => done(sum), 50); })`, chromedp.EvalAwaitPromise))
	if err != nil {
		o.t.Fatal(err)
	}
	if shift > 0.01 {
		o.t.Errorf("%s: the layout shifts by %.3f", what, shift)
	}
}

// picture keeps what the telephone and a desk show, into the folder of VARDE_PICTURES.
func (o *own) picture(name string) {
	o.t.Helper()
	dir := os.Getenv("VARDE_PICTURES")
	if dir == "" {
		return
	}
	for width, tag := range map[int64]string{390: "phone", 1280: "desk"} {
		o.size(width, 844)
		data, err := chromedp.Run(o.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			o.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "me-"+name+"-"+o.lang+"-"+tag+".png"), data, 0o600); err != nil {
			o.t.Fatal(err)
		}
	}
	o.size(390, 844)
}

// comes opens a page until it shows something: a page that is kept on the device is
// shown as it was kept, when the server is slow to answer.
func (o *own) comes(path, condition string) {
	o.t.Helper()
	for try := 0; ; try++ {
		if o.open(path); o.eval(`String(`+condition+`)`) == "true" {
			return
		}
		if try == 10 {
			o.t.Fatalf("%s never shows %s:\n%s", path, condition, o.excerpt())
		}
	}
}

// saved waits until nothing is left on the device alone.
func (o *own) saved() {
	o.t.Helper()
	o.until(`window.vardeOutbox && vardeOutbox.state().waiting === 0 && vardeOutbox.state().refused === 0`)
}

// The whole way of a participant, on a telephone, in both languages.
func TestParticipantsWay(t *testing.T) {
	chromium(t)
	for _, lang := range []string{"en", "nb"} {
		t.Run(lang, func(t *testing.T) {
			s := newSite(t, 2)
			o := s.ownPhone(t, s.newcomer(t), lang)
			o.good("before consent")
			o.picture("first")
			for _, d := range s.definition(t, live).Consent.Documents {
				if d.Valid && d.Required {
					o.sign(d.ID)
				}
			}
			o.confirmed()
			o.questionnaires()
			o.diary()
			o.messages()
			o.tellsOutside()
			o.takesData()
			o.leaves()
		})
	}
}

// sign reads a text, gives one wrong answer, and signs.
func (o *own) sign(document string) {
	o.t.Helper()
	def := o.s.definition(o.t, live)
	var at int
	for i := range def.Consent.Documents {
		if def.Consent.Documents[i].ID == document {
			at = i
		}
	}
	doc := def.Consent.Documents[at]
	o.open(o.base)
	o.click(`a.me-ask[href$="/consent/` + document + `"]`)
	for i := range doc.Sections {
		o.sees(doc.Sections[i].Title.In(o.lang))
		if i == 0 {
			o.press(`.me-more > summary`)
			o.good("consent, a section")
			o.picture("consent-" + document)
		}
		o.click(`.me-steps .ds-button:first-child`)
	}
	for i, q := range doc.Questions {
		right, wrong := "", ""
		for _, x := range q.Options {
			if x.Right {
				right = x.ID
			} else if wrong == "" {
				wrong = x.ID
			}
		}
		if i == 0 {
			o.click(`button[name="try"][value="` + wrong + `"]`)
			for _, x := range q.Options {
				if x.ID == wrong {
					o.sees(x.Why.In(o.lang))
				}
			}
			o.good("consent, a wrong answer")
			o.picture("consent-wrong")
		}
		o.click(`button[name="try"][value="` + right + `"]`)
		o.click(`.me-steps .ds-button`)
	}
	o.good("consent, the signature")
	o.press(`input[name="agree"]`)
	o.press(`input[name="free"]`)
	o.picture("consent-sign")
	o.click(`form.v-form button`)
	if _, ok := o.record().Signed[document]; !ok {
		o.t.Fatalf("%s is not signed:\n%s", document, o.excerpt())
	}
	o.good("consent, signed")
}

// confirmed is the conversation with the coordinator, and the first appointment.
func (o *own) confirmed() {
	o.t.Helper()
	st := o.record()
	for _, d := range o.s.definition(o.t, live).Consent.Documents {
		if w, ok := st.Signed[d.ID]; ok && d.Valid {
			o.s.carryOut(o.t, "coordinator", study.GiveConsent{On: study.On{Participant: o.id}, Document: d.ID, Version: d.Version, Language: o.lang, Answers: w.Answers})
		}
	}
	o.s.carryOut(o.t, "coordinator", study.PlanVisit{On: study.On{Participant: o.id}, Visit: "V0", Time: o.s.clock.Now().Add(24 * time.Hour).Truncate(time.Hour)})
	o.comes(o.base, `!!document.querySelector(".me-next time")`)
	o.good("today, with an appointment")
	o.picture("today")
}

// questionnaires are answered on the way: one answer without network, one that means
// danger, and one that is changed.
func (o *own) questionnaires() {
	o.t.Helper()
	def := o.s.definition(o.t, live)
	o.open(o.base + "/questions")
	o.good("questions")
	o.picture("questions")
	o.click(`a.me-ask[href$="/q/V0/pcl5"]`)
	o.good("a questionnaire, before it begins")
	o.click(`.me-steps .ds-button`)
	o.good("a question")
	o.picture("question")
	o.conditions()
	pcl5, _ := def.Form("pcl5")
	press := func(item, value string) {
		o.t.Helper()
		o.until(fmt.Sprintf(`document.querySelector("#q-here [data-item=%s]") && !document.querySelector("#q-here").hidden`, item))
		o.press(fmt.Sprintf(`#q-here button[name="value"][value=%q]`, value))
	}
	press("pcl5_01", "2")
	o.until(`!!document.querySelector("#q-here [data-item=pcl5_02]")`)
	o.saved()
	o.forgive(func() {
		o.network(false)
		press("pcl5_02", "3")
		press("pcl5_03", "1")
		o.until(`document.querySelector("#q-here [data-item=pcl5_04]") && document.querySelector("[data-outbox-state]").dataset.outboxState === "waiting"`)
		o.picture("offline")
		if f := o.record().Form("V0", "pcl5", 0); f.Version != 1 {
			o.t.Errorf("something was saved without network: version %d", f.Version)
		}
		o.network(true)
		o.eval(`(() => { vardeOutbox.retry(); return "ok"; })()`)
		o.saved()
	})
	for i := 4; i <= 20; i++ {
		press(fmt.Sprintf("pcl5_%02d", i), "1")
	}
	o.settles(`location.search === "?review=1"`)
	o.good("the answers")
	f := o.record().Form("V0", "pcl5", 0)
	if !f.Complete() || f.Values["pcl5_02"].Text() != "3" || f.Values["pcl5_03"].Text() != "1" || f.Version != len(pcl5.Items) {
		o.t.Errorf("the record holds %d saves, %v", f.Version, f.Values)
	}
	o.click(`.me-lines > div:first-child .me-change`)
	o.click(`#q-here button[name="value"][value="4"]`)
	o.click(`.me-steps .ds-button`)
	o.good("thanks")
	if x := o.record().Form("V0", "pcl5", 0).Values["pcl5_01"].Text(); x != "4" {
		o.t.Errorf("the changed answer is %s", x)
	}
	o.open(o.base + "/q/V0/phq9")
	o.click(`.me-steps .ds-button`)
	for i := 1; i <= 9; i++ {
		press(fmt.Sprintf("phq9_%d", i), "1")
	}
	o.until(`!document.querySelector("#q-help").hidden`)
	o.good("help comes first")
	o.picture("danger")
	o.press(`#q-goon`)
	press("phq9_difficulty", "1")
	o.settles(`location.search === "?review=1"`)
	if st := o.record(); len(st.Alerts) == 0 {
		o.t.Error("nobody is told of the danger")
	}
	o.open(o.base + "/q/V0/lec5")
	o.picture("start")
	o.open(o.base + "/q/V0/demographics?go=1")
	o.good("a question with a field")
	o.picture("field")
}

// conditions says that the device decides which questions are asked, and which answers
// mean danger, as the server does, or leaves it to the server.
func (o *own) conditions() {
	o.t.Helper()
	type trial struct {
		Condition string         `json:"condition"`
		Answers   map[string]any `json:"answers"`
		want      bool
		whole     bool
		about     string
	}
	var trials []trial
	rng := rand.New(rand.NewPCG(1, 2))
	forms := o.s.definition(o.t, live).Instruments
	for _, id := range slices.Sorted(maps.Keys(forms)) {
		form := forms[id]
		if form.Respondent != instrument.ByParticipant {
			continue
		}
		for range 60 {
			values, known, whole := study.Values{}, map[string]any{}, true
			for i := range form.Items {
				item := &form.Items[i]
				var v instrument.Value
				switch options := form.OptionsOf(item); {
				case rng.IntN(12) == 0:
					whole = false
					continue
				case item.Type == instrument.Boolean:
					b := rng.IntN(2) == 0
					v, known[item.ID] = instrument.BoolValue(b), b
				case item.Type == instrument.Scale:
					n := rng.IntN(11)
					v, known[item.ID] = instrument.NumberValue(float64(n)), n
				case item.Type == instrument.Choice && len(options) > 0:
					v = options[rng.IntN(len(options))].Value
					if known[item.ID] = v.Text(); v.Kind() == instrument.Number {
						x, _ := v.Float()
						known[item.ID] = x
					}
				default:
					continue
				}
				values[item.ID] = v
			}
			alerting := form.Alerting(values, form.Score(values))
			for i := range form.Items {
				if w := form.Items[i].When; w != "" {
					trials = append(trials, trial{w, known, form.Asked(form.Items[i].ID, values), whole, id + "." + form.Items[i].ID})
				}
			}
			for _, a := range form.Alerts {
				raised := slices.ContainsFunc(alerting, func(x instrument.Alert) bool { return x.ID == a.ID })
				trials = append(trials, trial{a.When, known, raised, whole, id + " alert " + a.ID})
			}
		}
	}
	text, err := json.Marshal(trials)
	if err != nil {
		o.t.Fatal(err)
	}
	var got []*bool
	if err := json.Unmarshal([]byte(o.eval(`JSON.stringify(`+string(text)+`.map((x) => vardeCondition(x.condition, (name) => x.answers[name])))`)), &got); err != nil || len(got) != len(trials) || len(got) < 300 {
		o.t.Fatalf("%d of %d conditions, %v", len(got), len(trials), err)
	}
	for i, x := range trials {
		switch {
		case got[i] == nil && x.whole && !strings.Contains(x.Condition, "total"):
			o.t.Errorf("%s: the device cannot decide %s", x.about, x.Condition)
		case got[i] != nil && *got[i] != x.want && x.whole:
			o.t.Errorf("%s: %s is %v on the device, %v on the server, with %v", x.about, x.Condition, *got[i], x.want, x.Answers)
		case got[i] != nil && *got[i] && !x.want:
			o.t.Errorf("%s: %s holds on the device and not on the server, with %v", x.about, x.Condition, x.Answers)
		}
	}
}

func (o *own) diary() {
	o.t.Helper()
	o.open(o.base + "/diary")
	o.good("diary, empty")
	o.enter(`textarea[name="text"]`, "The sea was quiet today.")
	o.press(`.me-mood label:nth-child(7)`)
	o.press(`form[action$="/diary"] button`)
	o.settles(`document.querySelector(".me-entry") && document.readyState === "complete"`)
	o.saved()
	o.sees("The sea was quiet today.")
	team := o.s.staff(o.t, "therapist")
	lines, err := o.s.app.Diary(o.t.Context(), team, live, o.id)
	if err != nil || len(lines) != 0 {
		o.t.Errorf("the team reads %d private entries, %v", len(lines), err)
	}
	o.good("diary, private")
	o.click(`form[action$="/diary/share"] button`)
	if lines, err = o.s.app.Diary(o.t.Context(), team, live, o.id); err != nil || len(lines) != 1 || lines[0].Mood == nil || *lines[0].Mood != 6 {
		o.t.Errorf("the team reads %v, %v", lines, err)
	}
	o.good("diary, shared")
	o.picture("diary")
}

func (o *own) messages() {
	o.t.Helper()
	o.open(o.base + "/messages")
	o.enter(`textarea[name="text"]`, "Can I bring my own blanket?")
	o.press(`form[action$="/messages"] button`)
	o.settles(`document.querySelector(".me-messages .is-own") && document.readyState === "complete"`)
	o.saved()
	o.open(o.base) // who still looked at the messages would have read the answer
	o.s.carryOut(o.t, "therapist", study.SendMessage{On: study.On{Participant: o.id}, ID: "answer-1", Text: "Yes, do."})
	o.comes(o.base, `!!document.querySelector('a.me-ask[href$="/messages"]')`)
	o.open(o.base + "/messages")
	o.sees("Can I bring my own blanket?")
	o.sees("Yes, do.")
	o.good("messages")
	o.picture("messages")
	o.comes(o.base, `!document.querySelector('a.me-ask[href$="/messages"]')`)
}

func (o *own) tellsOutside() {
	o.t.Helper()
	o.open(o.base + "/concern")
	o.good("the line outside")
	o.picture("concern")
	o.press(`input[name="kind"][value="boundary"]`)
	o.enter(`textarea[name="text"]`, "Somebody held my hand and had not asked.")
	o.press(`input[name="named"][value="no"]`)
	o.click(`form[action$="/concern"] button`)
	o.sees("Somebody held my hand and had not asked.")
	o.good("the line outside, told")
	b := newBrowser(o.t, o.s.base)
	b.signIn(live, "coordinator")
	for _, p := range []string{"/s/" + live + "/p/" + o.id, "/s/" + live + "/today"} {
		if b.open(p); strings.Contains(b.whole(), "held my hand") {
			o.t.Errorf("the site sees the concern on %s", p)
		}
	}
}

func (o *own) takesData() {
	o.t.Helper()
	o.open(o.base + "/data")
	o.good("my data")
	o.picture("data")
	text, err := chromedp.Run(o.ctx, chromedp.Evaluate[string](`fetch(`+quote(o.base+"/data/file")+`).then((a) => a.text())`, chromedp.EvalAwaitPromise))
	if err != nil {
		o.t.Fatal(err)
	}
	var data map[string]any
	if err := json.Unmarshal([]byte(text), &data); err != nil || !strings.Contains(text, "The sea was quiet today.") || !strings.Contains(text, "Can I bring my own blanket?") {
		o.t.Errorf("the file does not hold one's own words: %v", err)
	}
}

func (o *own) leaves() {
	o.t.Helper()
	o.open(o.base + "/leave")
	o.good("the ways to stop")
	o.picture("leave")
	o.click(`a[href$="way=all"]`)
	o.good("leaving, are you sure")
	o.press(`input[name="sure"]`)
	o.click(`form.v-form button`)
	o.good("left")
	o.picture("left")
	if got := o.record().Status(); got != study.StatusWithdrawn {
		o.t.Errorf("after leaving the status is %s", got)
	}
	o.comes(o.base, `!document.querySelector(".me-next")`)
	o.good("today, after leaving")
}

// Somebody who is far on: every page in both languages, and nowhere what tells the arm.
func TestParticipantsPagesFarOn(t *testing.T) {
	chromium(t)
	s := newSite(t, 30)
	id := underTreatment(t, s)
	st, err := s.app.Participant(context.Background(), access.Actor{ID: "e2e", Name: "E2E", Role: "auditor"}, live, id)
	if err != nil {
		t.Fatal(err)
	}
	if st.Kit == "" {
		t.Fatal("nobody has a kit: the test cannot tell whether it shows")
	}
	o := s.ownPhone(t, id, "en")
	for _, lang := range []string{"en", "nb"} {
		o.open(o.base)
		o.speak(lang)
		for _, p := range []string{"", "/more", "/consent", "/questions", "/prepare", "/session-day", "/after", "/call", "/diary", "/messages", "/curves", "/concern", "/data", "/data/answers", "/data/contact", "/data/reminders", "/leave", "/leave?way=stop"} {
			o.open(o.base + p)
			o.still("far on" + p)
			o.good("far on" + p)
			o.picture("far" + strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(p))
			whole := o.whole()
			if strings.Contains(whole, st.Kit) {
				t.Errorf("%s shows the kit", p)
			}
			// The text that was signed tells of both arms, and of what is known of each.
			if p != "/after" && strings.Contains(strings.ToLower(whole), "placebo") {
				t.Errorf("%s names an arm", p)
			}
		}
	}
}
