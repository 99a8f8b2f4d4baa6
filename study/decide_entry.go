package study

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
	"varde/protocol"
)

func (d *decision) refer(c Refer) *Refusal {
	if d.s != nil {
		return against("already-referred", "this participant number is taken", "deltakernummeret er i bruk")
	}
	if d.env.Site == nil || d.env.Site.Opened.IsZero() {
		return missing("no-such-site", fmt.Sprintf("there is no open site %q", c.Site), fmt.Sprintf("det finnes ikke noe åpent sted %q", c.Site))
	}
	if !d.env.Study.Closed.IsZero() {
		return against("recruitment-closed", "recruitment is closed: refer the person onwards", "inkluderingen er avsluttet: henvis personen videre")
	}
	if r := d.approved(); r != nil {
		return r
	}
	if !slices.Contains([]string{"self", "professional", "other"}, c.Channel) {
		return invalid("channel", "bad-channel", "the channel is self, professional or other", "kanalen er self, professional eller other")
	}
	if c.Language != "en" && c.Language != "nb" {
		return invalid("language", "bad-language", "the language is en or nb", "språket er en eller nb")
	}
	number := d.env.Site.Numbers + 1
	if want := ParticipantNumber(c.Site, number); c.Participant != want {
		return refuse(Stale, "number-taken", say("the site's next number is %s", "stedets neste nummer er %s", want))
	}
	d.happen(PersonReferred{Channel: c.Channel, Language: c.Language, Participant: c.Participant, Site: c.Site, TimeZone: d.env.Site.Zone.String()})
	d.elsewhere(SiteStream(c.Site), NumberTaken{Number: number, Participant: c.Participant})
	return nil
}

// ParticipantNumber is the site's n-th participant, such as "S01-007".
func ParticipantNumber(site string, n int) string { return fmt.Sprintf("%s-%03d", site, n) }

func (d *decision) prescreen(c Prescreen) *Refusal {
	if d.s.Prescreen != nil {
		return against("already-prescreened", "the pre-screening is already decided", "forhåndsvurderingen er allerede avgjort")
	}
	if !c.Passed && len(c.Reasons) == 0 {
		return invalid("reasons", "reason-owed", "say why the study does not suit the person", "oppgi hvorfor studien ikke passer for personen")
	}
	d.happen(PersonPrescreened{Passed: c.Passed, Reasons: slices.Clone(c.Reasons)})
	return nil
}

func (d *decision) giveConsent(c GiveConsent) *Refusal {
	if w, ok := d.s.Signed[c.Document]; ok && w.PVersion == c.Version {
		// The participant has read, understood and signed: what is added is the conversation.
		if c.Language == "" {
			c.Language = w.Language
		}
		if len(c.Answers) == 0 {
			c.Answers = w.Answers
		}
	}
	answers, r := d.understood(c.Document, c.Version, c.Language, c.Answers)
	if r != nil {
		return r
	}
	d.happen(ConsentGiven{Answers: answers, Document: c.Document, Language: c.Language, Obtained: d.env.Actor.ID, PVersion: c.Version})
	return nil
}

// understood refuses a signature under a version that may not be signed, or without
// every question answered right; it answers the answers to the document's questions.
func (d *decision) understood(document, version, language string, given map[string]string) (map[string]string, *Refusal) {
	if d.s.Reached[Prescreened].IsZero() {
		return nil, against("not-prescreened", "consent comes after the pre-screening: decide that first", "samtykke kommer etter forhåndsvurderingen: avgjør den først")
	}
	i := slices.IndexFunc(d.def.Consent.Documents, func(x protocol.ConsentDocument) bool { return x.ID == document && x.Version == version })
	if i < 0 {
		return nil, missing("no-such-consent", fmt.Sprintf("there is no consent document %q version %q", document, version),
			fmt.Sprintf("det finnes ikke noe samtykkeskjema %q versjon %q", document, version))
	}
	doc := &d.def.Consent.Documents[i]
	if !doc.Valid {
		return nil, against("consent-outdated", "this version of the consent may not be signed any more: use the present one",
			"denne versjonen av samtykket kan ikke signeres lenger: bruk den gjeldende")
	}
	if old := d.s.Consents[document]; old.Version == version && old.Withdrawn.IsZero() && !old.At.IsZero() {
		return nil, against("already-consented", "this version is already signed", "denne versjonen er allerede signert")
	}
	if language != "en" && language != "nb" {
		return nil, invalid("language", "bad-language", "say in which language it was read: en or nb", "oppgi hvilket språk det ble lest på: en eller nb")
	}
	answers := map[string]string{}
	for _, q := range doc.Questions {
		o := slices.IndexFunc(q.Options, func(o protocol.ConsentOption) bool { return o.ID == given[q.ID] })
		if o < 0 {
			return nil, refuse(Invalid, "question-open", say("the question %q is not answered", "spørsmålet %q er ikke besvart", q.Text))
		}
		if !q.Options[o].Right {
			r := refuse(Against, "not-understood", say(
				"not signed yet: talk about %q once more. %s", "ikke signert ennå: snakk om %q en gang til. %s", q.Text, q.Options[o].Why))
			r.Field = "answers." + q.ID
			return nil, r
		}
		answers[q.ID] = given[q.ID]
	}
	return answers, nil
}

func (d *decision) withdrawConsent(c WithdrawConsent) *Refusal {
	have, ok := d.s.Consents[c.Document]
	if !ok || !have.Withdrawn.IsZero() {
		if d.unsign(c.Document) {
			return nil
		}
		return against("no-consent", "there is no such consent to withdraw", "det finnes ikke noe slikt samtykke å trekke")
	}
	reason, r := d.reasonOf(c.Reason)
	if r != nil {
		return r
	}
	c.Reason = reason
	d.reason = c.Note
	d.happen(ConsentWithdrawn{Document: c.Document, Reason: c.Reason})
	// Whoever withdraws during a session gets no further dose, and must still be
	// brought safely out of it: taking part ends with the session.
	if d.s.OpenSession() == nil && !d.s.Status().Gone() {
		d.leave()
	}
	d.reason = ""
	return nil
}

// leave ends taking part when a required consent was taken back.
func (d *decision) leave() {
	for _, doc := range d.def.Consent.Documents {
		c, signed := d.s.Consents[doc.ID]
		if doc.Required && signed && !c.Withdrawn.IsZero() && d.s.Left.IsZero() {
			d.happen(ParticipantWithdrawn{Note: d.reason, Reason: c.Reason})
			return
		}
	}
}

// CriterionResult is one criterion as the record stands.
type CriterionResult struct {
	Criterion protocol.Criterion
	Truth     expr.Truth // True: in order (inclusion met, exclusion does not apply)
	Needs     []string   // values that are not collected, when Unknown
}

// Criteria answers every criterion of a gate.
func Criteria(def *protocol.Definition, s *State, env Env, gate string) []CriterionResult {
	v := NewVars(def, s, env, "")
	if g, ok := def.Gate(gate); ok {
		v.here = g.At
	}
	var out []CriterionResult
	for _, c := range def.Criteria(gate) {
		r := CriterionResult{Criterion: c}
		p := def.Program(c.Expr)
		t, err := p.Test(v)
		if err != nil {
			t = expr.Unknown
		}
		if c.Kind == "exclusion" {
			t = negate(t)
		}
		r.Truth = t
		if t == expr.Unknown {
			for _, name := range p.Uses() {
				if _, ok := v.Var(name); !ok {
					r.Needs = append(r.Needs, name)
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func negate(t expr.Truth) expr.Truth {
	switch t {
	case expr.True:
		return expr.False
	case expr.False:
		return expr.True
	}
	return expr.Unknown
}

func (d *decision) decideEligibility(c DecideEligibility) *Refusal {
	g, ok := d.def.Gate(c.Gate)
	if !ok {
		return missing("no-such-gate", fmt.Sprintf("the protocol has no decision %q", c.Gate), fmt.Sprintf("protokollen har ingen avgjørelse %q", c.Gate))
	}
	if r := d.by(g.By); r != nil {
		return r
	}
	if _, done := d.s.Gates[c.Gate]; done {
		return against("already-decided", "this is already decided", "dette er allerede avgjort")
	}
	if !d.s.ConsentCurrent(d.def) {
		return against("no-consent", "there is no valid consent: obtain it first", "det finnes ikke noe gyldig samtykke: innhent det først")
	}
	for _, other := range d.def.Eligibility.Gates {
		if other.ID == c.Gate {
			break
		}
		if d.s.Reached[other.Gives].IsZero() {
			return refuse(Against, "earlier-gate", say("%q must be decided before", "%q må avgjøres før", other.Title))
		}
	}
	if v, i, r := d.visit(g.At); r != nil {
		return r
	} else if d.s.Visits[i].Held.IsZero() {
		return refuse(Against, "visit-not-held", say("decided at %q, which is not held yet", "avgjøres ved %q, som ikke er gjennomført ennå", v.Title))
	}
	results := map[string]bool{}
	var failed, open []string
	env := d.env
	env.Now = d.at
	for _, r := range Criteria(d.def, d.s, env, c.Gate) {
		switch r.Truth {
		case expr.Unknown:
			open = append(open, r.Criterion.ID+" ("+strings.Join(r.Needs, ", ")+")")
		case expr.False:
			failed = append(failed, r.Criterion.ID)
			results[r.Criterion.ID] = false
		default:
			results[r.Criterion.ID] = true
		}
	}
	if len(failed) == 0 && len(open) > 0 {
		return refuse(Against, "criteria-open", say("cannot decide yet, not collected: %s", "kan ikke avgjøre ennå, ikke samlet inn: %s", strings.Join(open, "; ")))
	}
	d.happen(EligibilityDecided{Failed: failed, Gate: c.Gate, Passed: len(failed) == 0, Results: results})
	return nil
}

func (d *decision) randomise() *Refusal {
	if d.def.Allocation == nil {
		return against("no-allocation", "this protocol does not randomise", "denne protokollen randomiserer ikke")
	}
	if !d.s.Reached[Randomised].IsZero() {
		return against("already-randomised", "the participant is already randomised", "deltakeren er allerede randomisert")
	}
	if d.s.Reached[Enrolled].IsZero() {
		return against("not-enrolled", "randomisation comes after enrolment is confirmed", "randomisering kommer etter at inklusjonen er bekreftet")
	}
	if !d.s.ConsentCurrent(d.def) {
		return against("no-consent", "there is no valid consent to the present version: obtain it first", "det finnes ikke noe gyldig samtykke til gjeldende versjon: innhent det først")
	}
	if !d.s.Stopped.IsZero() {
		return against("treatment-stopped", "treatment is stopped", "behandlingen er avsluttet")
	}
	if r := d.approved(); r != nil {
		return r
	}
	if d.env.Slot == nil {
		return against("not-sealed", "the allocation list is not sealed yet", "fordelingslisten er ikke forseglet ennå")
	}
	stratum, r := StratumOf(d.def, d.s, d.env)
	if r != nil {
		return r
	}
	if d.env.Slot.Stratum != stratum {
		return refuse(Stale, "stratum-changed", say("the participant's stratum is now %s", "deltakerens stratum er nå %s", stratum))
	}
	d.happen(ParticipantRandomised{Kit: d.env.Slot.Kit, Stratum: stratum})
	d.elsewhere(AllocationStream, SlotTaken{Index: d.env.Slot.Index, Kit: d.env.Slot.Kit, Participant: d.s.ID, Stratum: stratum})
	return nil
}
