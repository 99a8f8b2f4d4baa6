package signing

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/app"
	"varde/identity"
	"varde/study"
	"varde/web/page"
	"varde/web/ui"
)

// signView is the page on which one record is signed.
type signView struct {
	Heading  ui.Heading
	Record   ui.Link // back to it
	Choose   *chooseView
	Signing  *proofView
	Manifest *ui.Signatures
	NoKey    *ui.Alert // the account has nothing to sign with yet
}

// chooseView asks for the meaning; it is the first step.
type chooseView struct {
	Action  string
	Meaning ui.Field
	Errors  ui.ErrorSummary
}

// proofView shows what will be signed and asks for proof; it is the second.
type proofView struct {
	Rows     []ui.KeyValue
	Digest   string
	Detail   []ui.KeyValue // of the statement, for who verifies it later
	Action   string
	Ticket   string
	Meaning  string
	Options  string // for the passkey's script; "" without a passkey
	Password ui.Field
	Code     ui.Field
	Errors   ui.ErrorSummary
	Open     bool // the password's part stands open
	Change   string
}

// place is what the address names.
type place struct{ participant, record string }

func placeOf(c *page.Context) place { return place{c.Value("id"), c.Value("record")} }

// back is the page of the record itself.
func (p place) back(c *page.Context) string {
	parts := strings.Split(p.record, "/")
	switch {
	case p.participant == "":
		return c.Path("protocol")
	case len(parts) >= 3 && parts[0] == "form":
		return c.Path(append([]string{"p", p.participant, "f"}, parts[1:]...)...)
	case len(parts) == 2 && parts[0] == "session":
		return c.Path("p", p.participant, "session", parts[1])
	}
	return c.Path("p", p.participant)
}

// show is the page by GET: without a meaning it asks for one.
func show(c *page.Context) error {
	p := placeOf(c)
	meaning := c.Query("meaning")
	if meaning == "" {
		return render(c, p, signView{Choose: choose(c, p, nil)}, 0)
	}
	if !slices.Contains(study.Meanings, meaning) {
		return page.Bad("meaning", "choose what the signature means", "velg hva signaturen betyr")
	}
	return begin(c, p, meaning, nil)
}

// begin makes the statement anew and asks for proof. Refused is why a try before
// did not sign.
func begin(c *page.Context, p place, meaning string, refused *study.Refusal) error {
	s, err := c.App.BeginSignature(c.Ctx(), c.Actor, c.Session, c.Study, p.participant, p.record, meaning)
	if r, ok := page.Refused(err); ok && (r.Kind == study.Against || r.Kind == study.Invalid) {
		return render(c, p, signView{Choose: choose(c, p, r)}, page.Status(r))
	}
	if err != nil {
		return err
	}
	zone(c, p)
	v := proof(c, p, s, meaning)
	status := 0
	if refused != nil {
		status = page.Status(refused)
		v.Open = refused.Field == "password" || refused.Field == "code" || v.Options == ""
		v.Errors = ui.ErrorSummary{Title: c.T("signing.refused"), Errors: []ui.FieldError{{ID: "proof", Text: page.Sentence(c.Say(refused.Text))}}}
	}
	return render(c, p, signView{Signing: v}, status)
}

func choose(c *page.Context, p place, refused *study.Refusal) *chooseView {
	v := &chooseView{Action: Path(c, p.participant, p.record)}
	v.Meaning = ui.Field{Kind: ui.RadioField, Name: "meaning", Label: c.T("signing.meaning"), Required: true, Value: c.Query("meaning")}
	for _, m := range study.Meanings {
		v.Meaning.Options = append(v.Meaning.Options, ui.Option{Value: m, Label: Meaning(c, m), Hint: c.T("signing.meaning." + m)})
	}
	if refused != nil {
		v.Meaning.Error = page.Sentence(c.Say(refused.Text))
		v.Errors = ui.ErrorSummary{Title: c.T("signing.refused"), Errors: []ui.FieldError{{ID: v.Meaning.Target(), Text: v.Meaning.Error}}}
	}
	return v
}

func proof(c *page.Context, p place, s app.Signing, meaning string) *proofView {
	st := s.Statement
	v := &proofView{Digest: s.Digest, Action: Path(c, p.participant, p.record), Ticket: s.Ticket, Meaning: meaning, Options: string(s.Options), Open: len(s.Options) == 0}
	v.Change = Path(c, p.participant, p.record)
	add := func(key, text string) {
		if text != "" {
			v.Rows = append(v.Rows, ui.KeyValue{Key: c.T(key), Cell: ui.Cell{Text: text}})
		}
	}
	add("signing.record", c.Say(s.Title))
	add("signing.participant", p.participant)
	add("signing.meaning", Meaning(c, meaning))
	add("signing.name", st.Name)
	add("signing.role", c.Say(study.RoleName(st.Role)))
	add("signing.time", c.Voice().Stamped(st.Time))
	// What only those see who may know which visit it is: the use case leaves it out
	// for the others.
	if st.Tip != "" {
		v.Detail = append(v.Detail, ui.KeyValue{Key: c.T("signing.name.record"), Cell: ui.Cell{Text: st.Record}},
			ui.KeyValue{Key: c.T("signing.tip"), Cell: ui.Cell{Text: st.Tip}},
			ui.KeyValue{Key: c.T("signing.version"), Cell: ui.Cell{Text: c.Voice().Number(float64(st.Version), 0)}})
	}
	v.Password = ui.Field{Kind: ui.PasswordField, Name: "password", Label: c.T("signing.password"), Autocomplete: "current-password", Required: true}
	v.Code = ui.Field{Kind: ui.NumberField, Name: "code", Label: c.T("signing.code"), Hint: c.T("signing.code.hint"), Autocomplete: "one-time-code", Required: true}
	return v
}

// zone shows times as they are where the participant is.
func zone(c *page.Context, p place) {
	if p.participant == "" {
		return
	}
	if s, err := c.App.Participant(c.Ctx(), c.Actor, c.Study, p.participant); err == nil && s.Zone != nil {
		c.Zone = s.Zone
	}
}

func render(c *page.Context, p place, v signView, status int) error {
	v.Heading = ui.Heading{Title: c.T("signing.title"), Lead: c.T("signing.lead")}
	v.Record = ui.Link{Text: c.T("signing.back"), Href: p.back(c), Variant: "tertiary"}
	v.Manifest = Manifest(c, p.participant, p.record, false)
	var err error
	if v.NoKey, err = keyNeeded(c); err != nil {
		return err
	}
	crumbs := []ui.Crumb{{Text: c.T("signing.title")}}
	if p.participant != "" {
		person := ui.Crumb{Text: p.participant}
		if c.Can(access.SeeJourney) {
			person.Href = c.Path("p", p.participant)
		}
		crumbs = append([]ui.Crumb{person}, crumbs...)
	}
	return c.Render("sign", page.Page{Title: c.T("signing.title"), Crumbs: crumbs, Status: status, Data: v})
}

// sign takes the proof and signs.
func sign(c *page.Context) error {
	p := placeOf(c)
	if _, err := c.Form(); err != nil {
		return err
	}
	meaning := c.Text("meaning")
	if !slices.Contains(study.Meanings, meaning) {
		return page.Bad("meaning", "choose what the signature means", "velg hva signaturen betyr")
	}
	var answer []byte
	if text := c.Text("answer"); text != "" {
		if !json.Valid([]byte(text)) {
			return page.Bad("answer", "the passkey's answer cannot be read", "svaret fra passnøkkelen kan ikke leses")
		}
		answer = []byte(text)
	}
	form, _ := c.Form()
	_, err := c.App.FinishSignature(c.Ctx(), c.Actor, c.Session, c.Text("ticket"), answer, form.Get("password"), c.Text("code"), c.Source())
	if r := unproven(err); r != nil {
		return begin(c, p, meaning, r)
	}
	if err != nil {
		return err
	}
	return c.RedirectWith(p.back(c)+"#signatures-"+plain(p.record), ui.Success, c.T("signing.done"))
}

// unproven answers why a try did not sign, when another may.
func unproven(err error) *study.Refusal {
	if r, ok := page.Refused(err); ok {
		if r.Kind == study.Forbidden || r.Kind == study.Missing {
			return nil
		}
		return r
	}
	refuse := func(code, en, nb string) *study.Refusal {
		return &study.Refusal{Kind: study.Against, Code: code, Field: "password", Text: study.Text{EN: en, NB: nb}}
	}
	var wait *identity.WaitError
	switch {
	case errors.As(err, &wait):
		m := min(max(wait.For.Round(time.Minute), time.Minute), 24*time.Hour)
		return refuse("wait", "too many attempts: try again in "+m.String(), "for mange forsøk: prøv igjen om "+m.String())
	case errors.Is(err, identity.ErrDenied):
		return refuse("not-proven", "it could not be confirmed that this is you: nothing was signed", "det kunne ikke bekreftes at det er deg: ingenting ble signert")
	case errors.Is(err, identity.ErrLink), errors.Is(err, identity.ErrStale):
		return refuse("ticket", "the time for signing ran out: read it again and sign once more", "tiden for å signere gikk ut: les på nytt og signer igjen")
	}
	return nil
}
