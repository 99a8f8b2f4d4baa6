package signing_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"varde/access"
	"varde/study"
	"varde/web"
	"varde/web/webtest"
)

const (
	base     = "/s/" + webtest.Study
	password = "sju vakre varder i tåka"
)

// desk is a study with one filled form, and people who sign with password and code.
type desk struct {
	*webtest.World
	t       testing.TB
	handler http.Handler
	id      string
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{World: webtest.New(t, false), t: t}
	var err error
	if d.handler, err = web.New(web.Config{App: d.App}); err != nil {
		t.Fatal(err)
	}
	d.id = d.Consent(t)
	d.Pass(24 * time.Hour)
	d.Do(t, d.Actor("coordinator"), study.HoldVisit{On: study.On{Participant: d.id}, Visit: "V0"})
	d.save(1, 0, "")
	return d
}

// save fills in the form with one answer throughout.
func (d *desk) save(answer float64, version int, reason string) {
	d.t.Helper()
	f, _ := d.Def.Form("phq9")
	items := study.Values{}
	for i := range f.Items {
		if f.Items[i].Required {
			items[f.Items[i].ID] = webtest.Number(answer)
		}
	}
	d.Do(d.t, d.Actor("coordinator"), study.SaveForm{On: study.On{Participant: d.id}, Visit: "V0", Form: "phq9", Version: version, Items: items, Reason: reason})
}

// signer is somebody with a password and an authenticator app.
type signer struct {
	*webtest.Client
	d      *desk
	secret string
}

func (d *desk) signer(actor access.Actor) *signer {
	d.t.Helper()
	ctx, people := context.Background(), d.App.Identity()
	in, ok := people.Resume(ctx, d.As(d.t, d.handler, actor).Cookie("varde-session"))
	if !ok {
		d.t.Fatal("no session")
	}
	address, ticket, err := people.BeginPassword(ctx, in, password)
	if err != nil {
		d.t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		d.t.Fatal(err)
	}
	s := &signer{d: d, secret: u.Query().Get("secret")}
	if _, err := people.FinishPassword(ctx, in, ticket, s.code()); err != nil {
		d.t.Fatal(err)
	}
	d.Pass(time.Minute) // a code is good once
	s.Client = d.As(d.t, d.handler, actor)
	return s
}

func (s *signer) code() string {
	s.d.t.Helper()
	code, err := totp.GenerateCode(s.secret, s.d.Now())
	if err != nil {
		s.d.t.Fatal(err)
	}
	return code
}

// proof is what the page of the second step sends with a password and a code.
func (s *signer) proof(page webtest.Answer, path, password, code string) webtest.Answer {
	s.d.t.Helper()
	form := page.Form(s.d.t, path)
	form.Set("password", password)
	form.Set("code", code)
	return s.Post(path, form)
}

var digest = regexp.MustCompile(`class="v-digest">([0-9a-f]{64})<`)

func TestSigningAFormWithPasswordAndCode(t *testing.T) {
	d := newDesk(t)
	s := d.signer(d.Actor("physician"))
	form := base + "/p/" + d.id + "/f/V0/phq9"
	path := base + "/p/" + d.id + "/sign/form/V0/phq9"
	if a := s.Get(form); !strings.Contains(a.Body, `href="`+path+`"`) {
		t.Fatalf("the form does not lead to signing: %s", a.Text())
	}
	choose := s.Get(path)
	webtest.CheckHTML(t, "choose", choose.Body)
	for _, m := range study.Meanings {
		if !strings.Contains(choose.Body, `name="meaning"`) || !strings.Contains(choose.Body, `value="`+m+`"`) {
			t.Errorf("the meaning %s is not offered", m)
		}
	}
	if a := s.Get(path + "?meaning=witness"); a.Status != http.StatusBadRequest {
		t.Errorf("a meaning that is none: %d", a.Status)
	}
	read := s.Get(path + "?meaning=approval")
	webtest.CheckHTML(t, "read", read.Body)
	shown := digest.FindStringSubmatch(read.Body)
	for _, want := range []string{d.id, "I approve this record", "Test physician", "physician", "(UTC&#43;01:00)"} {
		if !strings.Contains(read.Text(), want) {
			t.Errorf("what is signed does not tell %q: %s", want, read.Text())
		}
	}
	if shown == nil || strings.Contains(read.Body, `id="sign-passkey"`) || !strings.Contains(read.Body, `id="sign-password" open`) {
		t.Fatalf("without a passkey the password's part stands open: %s", read.Text())
	}

	// A wrong code signs nothing, and the next try has a statement of its own.
	again := s.proof(read, path, password, "000000")
	if again.Status != http.StatusUnprocessableEntity || !strings.Contains(again.Text(), "nothing was signed") || digest.FindString(again.Body) == "" {
		t.Fatalf("a wrong code: %d %s", again.Status, again.Text())
	}
	webtest.CheckHTML(t, "refused", again.Body)
	if a := s.proof(again, path, "not the password", s.code()); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password: %d %s", a.Status, a.Text())
	}
	d.Pass(time.Minute)
	if list := d.signatures(""); len(list) != 0 {
		t.Fatalf("signed without proof: %+v", list)
	}
	read = s.Get(path + "?meaning=approval")
	done := s.proof(read, path, password, s.code())
	if done.Status != http.StatusSeeOther || !strings.HasPrefix(done.Header.Get("Location"), form+"#signatures-") {
		t.Fatalf("%d %s", done.Status, done.Text())
	}
	page := s.Follow(done)
	for _, want := range []string{"Test physician", "I approve this record", "Valid", "Verified", "With password and code"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the form does not show %q: %s", want, page.Text())
		}
	}
	list := d.signatures("form/V0/phq9")
	if len(list) != 1 || list[0].Digest != digest.FindStringSubmatch(read.Body)[1] {
		t.Fatalf("what was signed is not what was shown: %+v", list)
	}

	// The same ticket again: nothing more is signed.
	d.Pass(time.Minute)
	replay := read.Form(t, path)
	for name, text := range map[string]string{"password": password, "code": s.code(), "meaning": study.MeansReview} {
		replay.Set(name, text)
	}
	if a := s.Post(path, replay); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "begin it again") {
		t.Errorf("a ticket that was used: %d %s", a.Status, a.Text())
	}
	if n := len(d.signatures("form/V0/phq9")); n != 1 {
		t.Errorf("%d signatures", n)
	}

	// A change makes it void, and says who changed what.
	d.save(2, 1, "read wrongly")
	for lang, want := range map[string][]string{
		"en": {"Void", "The record was changed after this signature", "Kari", "Corrected", "Little interest", "Reason: read wrongly", "sign anew"},
		"nb": {"Ugyldig", "Føringen ble endret etter denne signaturen", "Kari", "Rettet", "Årsak: read wrongly", "signer på nytt"},
	} {
		s.Lang = lang
		void := s.Get(form)
		webtest.CheckHTML(t, "void "+lang, void.Body)
		for _, w := range want {
			if !strings.Contains(void.Text(), w) {
				t.Errorf("%s: the void signature does not tell %q: %s", lang, w, void.Text())
			}
		}
		if strings.Contains(void.Text(), "Test coordinator") && strings.Contains(void.Text(), "coordinator-1,") {
			t.Errorf("%s: an account stands where a name should", lang)
		}
	}
}

// A record that is changed while its signature is under way is not signed.
func TestARecordThatChangesMeanwhileIsNotSigned(t *testing.T) {
	d := newDesk(t)
	s := d.signer(d.Actor("physician"))
	path := base + "/p/" + d.id + "/sign/form/V0/phq9"
	read := s.Get(path + "?meaning=review")
	d.save(3, 1, "typing error")
	a := s.proof(read, path, password, s.code())
	if a.Status != http.StatusConflict || !strings.Contains(a.Text(), "read it again") {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	was, is := digest.FindString(read.Body), digest.FindString(a.Body)
	if is == "" || is == was {
		t.Errorf("the page shows the statement of before: %q", is)
	}
	if list := d.signatures(""); len(list) != 0 {
		t.Errorf("signed all the same: %+v", list)
	}
}

func TestWhatCannotBeSigned(t *testing.T) {
	d := newDesk(t)
	s := d.signer(d.Actor("physician"))
	sign := base + "/p/" + d.id + "/sign/"
	for path, status := range map[string]int{sign + "form/V0/pcl5?meaning=review": 404, sign + "form/V77/phq9?meaning=review": 404, sign + "nothing?meaning=review": 422,
		sign + "protocol?meaning=review": 404, base + "/p/S01-999/sign/casebook?meaning=review": 404} {
		if a := s.Get(path); a.Status != status && a.Status/100 != 4 || strings.Contains(a.Body, "v-digest") {
			t.Errorf("%s: %d %s", path, a.Status, a.Text())
		}
	}
	// One who has neither passkey nor password is told what to do.
	bare := d.As(t, d.handler, d.Actor("therapist"))
	a := bare.Get(sign + "form/V0/phq9?meaning=review")
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "add a passkey") {
		t.Errorf("without a key: %d %s", a.Status, a.Text())
	}
	for _, form := range []url.Values{{"meaning": {"review"}}, {"meaning": {"review"}, "ticket": {"made-up"}, "password": {password}, "code": {s.code()}}, {"meaning": {"review"}, "answer": {"not json"}}, {}} {
		if a := s.Post(sign+"form/V0/phq9", form); a.Status < 400 {
			t.Errorf("%v: %d", form, a.Status)
		}
	}
	if list := d.signatures(""); len(list) != 0 {
		t.Errorf("something was signed: %+v", list)
	}
}

// The sponsor signs the protocol; its page shows the signature, and offers signing to
// no one who may not.
func TestProtocolIsSignedOnItsPage(t *testing.T) {
	d := newDesk(t)
	s := d.signer(d.Actor("sponsor"))
	path := base + "/sign/protocol"
	if a := s.Get(base + "/protocol"); !strings.Contains(a.Body, `href="`+path+`"`) {
		t.Fatalf("the protocol's page does not lead to signing: %s", a.Text())
	}
	done := s.proof(s.Get(path+"?meaning=approval"), path, password, s.code())
	page := s.Follow(done)
	for _, want := range []string{"Test sponsor", "I approve this record", "Valid", "Verified"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the protocol's page does not show %q: %s", want, page.Text())
		}
	}
	if a := d.As(t, d.handler, d.Actor("administrator")).Get(base + "/protocol"); !strings.Contains(a.Text(), "Test sponsor") || strings.Contains(a.Body, `href="`+path+`"`) {
		t.Errorf("to an administrator: %s", a.Text())
	}
}

// The casebook's signature stands on the participant's page, and any later event
// makes it void.
func TestCasebookSignatureStandsOnTheJourney(t *testing.T) {
	d := newDesk(t)
	s := d.signer(d.Actor("physician"))
	journey, path := base+"/p/"+d.id, base+"/p/"+d.id+"/sign/casebook"
	if a := s.Get(journey); !strings.Contains(a.Body, `href="`+path+`"`) {
		t.Fatalf("the journey does not lead to signing the casebook: %s", a.Text())
	}
	page := s.Follow(s.proof(s.Get(path+"?meaning=responsibility"), path, password, s.code()))
	if !strings.Contains(page.Body, `id="signatures-casebook"`) || !strings.Contains(page.Text(), "I take responsibility for this record") || strings.Contains(page.Text(), "Void") {
		t.Fatalf("%s", page.Text())
	}
	d.Do(t, d.Actor("coordinator"), study.RaiseDeviation{On: study.On{Participant: d.id}, Text: "late call"})
	if page = s.Get(journey); !strings.Contains(page.Text(), "Void") || !strings.Contains(page.Text(), "late call") {
		t.Errorf("after a later event: %s", page.Text())
	}
}

func (d *desk) signatures(record string) []study.Signature {
	d.t.Helper()
	list, err := d.App.Signatures(context.Background(), access.Actor{ID: "auditor", Name: "A", Role: "auditor"}, webtest.Study, d.id, record)
	if err != nil {
		d.t.Fatal(err)
	}
	out := make([]study.Signature, len(list))
	for i, m := range list {
		out[i] = m.Signature
	}
	return out
}
