package study

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"varde/expr"
	"varde/protocol"
)

// CheckResult is one go/no-go line as the record stands.
type CheckResult struct {
	Check    protocol.Check
	Truth    expr.Truth // True = go; Unknown for a line that a person answers, or a value not collected
	ByPerson bool
	Needs    []string // values not collected
}

// SessionChecks answers the go/no-go list for a visit, with the proposed pair.
func SessionChecks(def *protocol.Definition, s *State, env Env, visit string, pair []string) []CheckResult {
	if def.Dosing == nil {
		return nil
	}
	v := NewVars(def, s, env, visit)
	v.pair = pair
	if pair == nil {
		v.pair = []string{}
	}
	return checks(def, v, def.Dosing.Checks)
}

func checks(def *protocol.Definition, v Vars, list []protocol.Check) []CheckResult {
	out := make([]CheckResult, 0, len(list))
	for _, c := range list {
		r := CheckResult{Check: c, ByPerson: c.Expr == ""}
		if !r.ByPerson {
			p := def.Program(c.Expr)
			t, err := p.Test(v)
			if err == nil {
				r.Truth = t
			}
			if r.Truth == expr.Unknown {
				for _, name := range p.Uses() {
					if _, ok := v.Var(name); !ok {
						r.Needs = append(r.Needs, name)
					}
				}
			}
		}
		out = append(out, r)
	}
	return out
}

func (d *decision) dosingVisit(id string) (*protocol.Visit, int, *Refusal) {
	v, i, r := d.visit(id)
	if r != nil {
		return nil, 0, r
	}
	if v.Kind != protocol.Session || d.def.Dosing == nil {
		return nil, 0, refuse(Against, "no-session", say("%q is not a dosing session", "%q er ikke en doseringsøkt", v.Title))
	}
	return v, i, nil
}

// running answers the session of a visit when it is under way.
func (d *decision) running(id string) (*protocol.Visit, *SessionState, *Refusal) {
	v, _, r := d.dosingVisit(id)
	if r != nil {
		return nil, nil, r
	}
	if r := d.by(v.By); r != nil {
		return nil, nil, r
	}
	x := d.s.Sessions[id]
	if x == nil || x.Started.IsZero() {
		return nil, nil, against("not-started", "the session is not started", "økten er ikke startet")
	}
	if !x.Ended.IsZero() {
		return nil, nil, against("session-ended", "the session is ended and signed", "økten er avsluttet og signert")
	}
	if d.at.Before(x.Started) {
		return nil, nil, invalid("at", "before-start", "the time given is before the session was started", "tidspunktet ligger før økten ble startet")
	}
	return v, x, nil
}

func (d *decision) checkSession(c CheckSession) *Refusal {
	v, i, r := d.dosingVisit(c.Visit)
	if r != nil {
		return r
	}
	if r := d.by(v.By); r != nil {
		return r
	}
	if x := d.s.Sessions[c.Visit]; x != nil && !x.Started.IsZero() {
		return against("already-started", "the session is already started", "økten er allerede startet")
	}
	if r := VisitFault(d.def, d.s, d.env, i); r != nil {
		return r
	}
	env := d.env
	env.Now = d.at
	answers, goes := map[string]bool{}, true
	overridden := map[string]bool{}
	for _, o := range c.Overrides {
		if r := d.checkOverride(o); r != nil {
			return r
		}
		if overridden[o.Check] {
			return invalid("overrides."+o.Check, "override-twice", "this line is overridden twice", "denne linjen er overstyrt to ganger")
		}
		overridden[o.Check] = true
	}
	used := map[string]bool{}
	for _, res := range SessionChecks(d.def, d.s, env, c.Visit, c.Pair) {
		id := res.Check.ID
		yes := res.Truth == expr.True
		if res.ByPerson {
			answer, ok := c.Answers[id]
			if !ok {
				r := refuse(Invalid, "check-open", say("every line must be answered; this one is not: %s", "hver linje må besvares; denne mangler: %s", res.Check.Text))
				r.Field = "answers." + id
				return r
			}
			yes = answer
		}
		answers[id] = yes
		if !yes {
			used[id] = overridden[id]
			goes = goes && overridden[id]
		}
	}
	var overrides []Override
	for _, o := range c.Overrides {
		if used[o.Check] {
			overrides = append(overrides, o)
		}
	}
	d.happen(SessionChecked{Answers: answers, Go: goes, Overrides: overrides, Pair: slices.Clone(c.Pair), Visit: c.Visit})
	for _, o := range overrides {
		d.deviate(DeviationOverride, c.Visit, o.Check)
	}
	d.flagRelated(c.Visit, c.Pair)
	return nil
}

func (d *decision) checkOverride(o Override) *Refusal {
	i := slices.IndexFunc(d.def.Dosing.Checks, func(c protocol.Check) bool { return c.ID == o.Check })
	if i < 0 {
		return missing("no-such-check", fmt.Sprintf("there is no line %q to override", o.Check), fmt.Sprintf("det finnes ingen linje %q å overstyre", o.Check))
	}
	c := d.def.Dosing.Checks[i]
	if !c.Override {
		return refuse(Against, "never-overridden", say("this line cannot be overridden: %s. %s", "denne linjen kan ikke overstyres: %s. %s", c.Text, c.Why))
	}
	if strings.TrimSpace(o.Reason) == "" {
		return invalid("overrides."+o.Check+".reason", "reason-owed", "an override needs a reason", "en overstyring krever begrunnelse")
	}
	if m, ok := member(d.env.Site, o.Physician); !ok || !m.Serves("physician", d.siteDay()) {
		return invalid("overrides."+o.Check+".physician", "not-a-physician", "an override is made by a named physician of this site", "en overstyring gjøres av en navngitt lege ved stedet")
	}
	if m, ok := member(d.env.Site, o.Countersigned); !ok || !m.servesAny(d.siteDay()) || o.Countersigned == o.Physician {
		return invalid("overrides."+o.Check+".countersigned", "not-countersigned", "an override is countersigned by another person of this site", "en overstyring kontrasigneres av en annen person ved stedet")
	}
	return nil
}

func (d *decision) confirmTwo(c ConfirmTwo) *Refusal {
	if r := d.twoPersonCheck(c.Visit, c.Check); r != nil {
		return r
	}
	if len(c.Persons) != 2 || c.Persons[0] == c.Persons[1] {
		return invalid("persons", "two-persons", "two different persons confirm this", "to ulike personer bekrefter dette")
	}
	for _, p := range c.Persons {
		if m, ok := member(d.env.Site, p); !ok || !m.servesAny(d.siteDay()) {
			return invalid("persons", "not-staff", fmt.Sprintf("%s is not staff at this site", p), fmt.Sprintf("%s er ikke ansatt ved stedet", p))
		}
	}
	if r := d.confirmable(c.Visit, c.Check, c.Kit); r != nil {
		return r
	}
	d.happen(TwoPersonConfirmed{Check: c.Check, Kit: c.Kit, Persons: slices.Clone(c.Persons), Visit: c.Visit})
	return nil
}

// confirmOne takes the actor's half of a check; with the other half of the same day it
// is whole. Each has looked, and read the kit's number, for themselves.
func (d *decision) confirmOne(c ConfirmOne) *Refusal {
	if r := d.twoPersonCheck(c.Visit, c.Check); r != nil {
		return r
	}
	me := d.env.Actor.ID
	if m, ok := member(d.env.Site, me); !ok || !m.servesAny(d.siteDay()) {
		return invalid("persons", "not-staff", "this is confirmed by people who work at this site", "dette bekreftes av personer som arbeider ved stedet")
	}
	if r := d.confirmable(c.Visit, c.Check, c.Kit); r != nil {
		return r
	}
	if x := d.s.Sessions[c.Visit]; x != nil {
		for _, h := range x.Halves {
			switch {
			case h.Check != c.Check || DayOf(h.At, d.s.Zone) != DayOf(d.at, d.s.Zone) || h.Kit != c.Kit:
			case h.Person == me:
				return against("own-half", "you have confirmed this; the second person confirms it by their own account", "du har bekreftet dette; den andre bekrefter med sin egen konto")
			default:
				d.happen(TwoPersonConfirmed{Check: c.Check, Kit: c.Kit, Persons: []string{h.Person, me}, Visit: c.Visit})
				return nil
			}
		}
	}
	d.happen(OnePersonConfirmed{Check: c.Check, Kit: c.Kit, Person: me, Visit: c.Visit})
	return nil
}

// twoPersonCheck says that the protocol has the check and that the actor's role runs the session.
func (d *decision) twoPersonCheck(visit, check string) *Refusal {
	v, _, r := d.dosingVisit(visit)
	if r != nil {
		return r
	}
	if r := d.by(v.By); r != nil {
		return r
	}
	if !slices.ContainsFunc(d.def.Dosing.TwoPerson, func(t protocol.TwoPerson) bool { return t.ID == check }) {
		return missing("no-such-check", fmt.Sprintf("there is no two-person check %q", check), fmt.Sprintf("det finnes ingen topersonskontroll %q", check))
	}
	return nil
}

// confirmable says that the kit is the participant's, and that neither the check nor
// the dose is behind them.
func (d *decision) confirmable(visit, check, kit string) *Refusal {
	if d.def.Allocation != nil && d.s.Kit == "" {
		// Confirmed before there is a kit, the check would pass for whatever kit comes later that day.
		return against("not-randomised", "the participant is not randomised yet: there is no kit to confirm", "deltakeren er ikke randomisert ennå: det finnes ingen pakning å bekrefte")
	}
	if d.def.Allocation != nil && kit != d.s.Kit {
		return invalid("kit", "wrong-kit", fmt.Sprintf("kit %q is not this participant's: stop, and find the kit that was assigned", kit),
			fmt.Sprintf("pakning %q er ikke denne deltakerens: stopp, og finn pakningen som er tildelt", kit))
	}
	x := d.s.Sessions[visit]
	if x == nil {
		return nil
	}
	if !x.DoseAt.IsZero() {
		return against("already-dosed", "the dose is already given", "dosen er allerede gitt")
	}
	for i, done := range x.Confirmed {
		if done.Check == check && DayOf(x.ConfirmedAt[i], d.s.Zone) == DayOf(d.at, d.s.Zone) {
			return against("already-confirmed", "this is already confirmed", "dette er allerede bekreftet")
		}
	}
	return nil
}

func (d *decision) startSession(c StartSession) *Refusal {
	v, i, r := d.dosingVisit(c.Visit)
	if r != nil {
		return r
	}
	if r := d.by(v.By); r != nil {
		return r
	}
	x := d.s.Sessions[c.Visit]
	switch {
	case x != nil && !x.Started.IsZero():
		return against("already-started", "the session is already started", "økten er allerede startet")
	case d.s.OpenSession() != nil:
		return against("other-session", "another session of this participant is still open", "en annen økt for deltakeren er fortsatt åpen")
	case x == nil || x.CheckedAt.IsZero():
		return against("not-checked", "answer the go/no-go list first", "svar på klar/ikke klar-listen først")
	case !x.Go:
		return against("no-go", "the go/no-go list says no: the session cannot start", "klar/ikke klar-listen sier nei: økten kan ikke starte")
	case d.at.Before(x.CheckedAt):
		return invalid("at", "before-check", "the time given is before the go/no-go list was answered", "tidspunktet ligger før klar/ikke klar-listen ble besvart")
	case DayOf(x.CheckedAt, d.s.Zone) != DayOf(d.at, d.s.Zone):
		return against("check-old", "the go/no-go list was answered on another day: answer it again", "klar/ikke klar-listen ble besvart en annen dag: svar på nytt")
	}
	if r := d.tooSoon(v, i); r != nil {
		return r
	}
	// What was true when the list was answered must still be true.
	env := d.env
	env.Now = d.at
	for _, res := range SessionChecks(d.def, d.s, env, c.Visit, x.Pair) {
		if !res.ByPerson && res.Truth != expr.True && !slices.ContainsFunc(x.Overrides, func(o Override) bool { return o.Check == res.Check.ID }) {
			return refuse(Against, "no-go", say("this is no longer in order: %s", "dette er ikke lenger i orden: %s", res.Check.Text))
		}
	}
	if t := PairFault(d.def, d.env.Site, x.Pair, d.at); !t.Empty() {
		return refuse(Against, "pair", say("the session cannot start: %s", "økten kan ikke starte: %s", t))
	}
	for _, t := range d.def.Dosing.TwoPerson {
		today := false
		for i, done := range x.Confirmed {
			today = today || done.Check == t.ID && DayOf(x.ConfirmedAt[i], d.s.Zone) == DayOf(d.at, d.s.Zone)
		}
		if !today {
			return refuse(Against, "not-confirmed", say("two persons must confirm first: %s", "to personer må bekrefte først: %s", t.Text))
		}
	}
	if r := d.hold(i, x.Pair); r != nil {
		return r
	}
	d.happen(SessionStarted{Pair: x.Pair, Visit: c.Visit})
	return nil
}

// tooSoon refuses a session before its window opens when a dose was taken before: the
// time between two doses is for safety, and a deviation noted afterwards is no help.
// Late is a matter of deviation alone.
func (d *decision) tooSoon(v *protocol.Visit, i int) *Refusal {
	w := Windows(d.def, d.s)[i]
	if d.s.Doses == 0 || !w.Known || DayOf(d.at, d.s.Zone) >= w.Opens {
		return nil
	}
	return refuse(Against, "too-soon", say("%q is too soon after the dose before: its window opens on %s", "%q er for tidlig etter forrige dose: vinduet åpner %s", v.Title, w.Opens))
}

func (d *decision) giveDose(c GiveDose) *Refusal {
	_, x, r := d.running(c.Visit)
	if r != nil {
		return r
	}
	if !x.DoseAt.IsZero() {
		return against("already-dosed", "the initial dose is already recorded", "startdosen er allerede ført")
	}
	if r := d.noDose(x); r != nil {
		return r
	}
	if r := d.stillGo(c.Visit, x); r != nil {
		return r
	}
	if !slices.Contains(InitialAmounts(d.def, c.Visit), c.Amount) {
		return invalid("amount", "amount-not-allowed", fmt.Sprintf("the protocol allows %s mg here", amounts(InitialAmounts(d.def, c.Visit))),
			fmt.Sprintf("protokollen tillater %s mg her", amounts(InitialAmounts(d.def, c.Visit))))
	}
	if holding(d.def, d.s, x) {
		return against("hold", "a measurement is past a limit that forbids a dose: measure again, or call the physician", "en måling er over en grense som forbyr dose: mål på nytt, eller tilkall legen")
	}
	d.happen(DoseGiven{Amount: c.Amount, Step: "initial", Visit: c.Visit})
	return nil
}

// stillGo: what the record answers on the go/no-go list and nobody may override must hold
// at the dose too. A pregnancy test read after the start counts.
func (d *decision) stillGo(visit string, x *SessionState) *Refusal {
	env := d.env
	env.Now = d.at
	for _, res := range SessionChecks(d.def, d.s, env, visit, x.Pair) {
		if !res.ByPerson && !res.Check.Override && res.Truth != expr.True {
			return refuse(Against, "no-go", say("this is no longer in order: %s", "dette er ikke lenger i orden: %s", res.Check.Text))
		}
	}
	return nil
}

// noDose refuses any dose to one who has left the session or taken back consent, or
// whose treatment is stopped.
func (d *decision) noDose(x *SessionState) *Refusal {
	switch {
	case !d.s.Stopped.IsZero():
		return against("treatment-stopped", "treatment is stopped", "behandlingen er avsluttet")
	case !d.s.ConsentCurrent(d.def):
		return against("no-consent", "there is no valid consent: no dose may be given", "det finnes ikke noe gyldig samtykke: ingen dose kan gis")
	case !x.Discharged.IsZero():
		return against("already-discharged", "the participant is already discharged", "deltakeren er allerede utskrevet")
	}
	return nil
}

// holding says that the record forbids a dose: a limit of severity hold or
// transfer was passed and nobody has answered it, or the newest measurement of that
// metric is past the limit still. After a call for an ambulance there is no dose
// any more, unless the measurement was corrected to one within the limit.
func holding(def *protocol.Definition, s *State, x *SessionState) bool {
	var records []*FormState
	for _, b := range x.Breaches {
		r := def.Rule(b.Rule)
		if r == nil || r.Severity == "watch" {
			continue
		}
		if b.Acknowledged.IsZero() {
			return true
		}
		if records == nil {
			records = byTime(s.Records(x.Visit, def.Dosing.Vitals.Form))
		}
		for i := len(records) - 1; i >= 0; i-- {
			v, ok := measured(r, records[i], records)
			if ok && past(r, v) && (r.Severity != "transfer" || records[i].Key.Repeat == b.Repeat) {
				return true
			}
			if ok && r.Severity != "transfer" {
				break
			}
		}
	}
	return false
}

// WithholdReasons answers the checkpoint's lines that the record itself makes true.
func WithholdReasons(def *protocol.Definition, s *State, env Env, visit string) []CheckResult {
	if def.Dosing == nil {
		return nil
	}
	return checks(def, NewVars(def, s, env, visit), def.Dosing.Checkpoint.Withhold)
}

func (d *decision) decideSupplement(c DecideSupplement) *Refusal {
	_, x, r := d.running(c.Visit)
	if r != nil {
		return r
	}
	if r := d.by(d.def.Dosing.Checkpoint.By); r != nil {
		return r
	}
	step := doseStep(d.def, c.Visit, "supplement")
	switch {
	case step == nil:
		return against("no-supplement", "this session has no supplemental dose", "denne økten har ingen tilleggsdose")
	case x.DoseAt.IsZero():
		return against("not-dosed", "the initial dose is not recorded yet", "startdosen er ikke ført ennå")
	case x.Decision != "":
		return against("already-decided", "the supplemental dose is already decided", "tilleggsdosen er allerede avgjort")
	case d.at.Before(x.DoseAt):
		return invalid("at", "before-dose", "the time given is before the initial dose", "tidspunktet ligger før startdosen")
	}
	if c.Decision != "given" {
		if c.Decision != "withheld" && c.Decision != "declined" {
			return invalid("decision", "bad-decision", "the decision is given, withheld or declined", "avgjørelsen er given, withheld eller declined")
		}
		if len(c.Reasons) == 0 {
			return invalid("reasons", "reason-owed", "say why it is not given", "oppgi hvorfor den ikke gis")
		}
		d.happen(SupplementDecided{Decision: c.Decision, Reasons: slices.Clone(c.Reasons), Visit: c.Visit})
		return nil
	}
	if r := d.noDose(x); r != nil {
		return r
	}
	env := d.env
	env.Now = d.at
	var answers map[string]bool
	for _, w := range WithholdReasons(d.def, d.s, env, c.Visit) {
		if w.ByPerson {
			speaksAgainst, answered := c.Answers[w.Check.ID]
			if !answered {
				r := refuse(Invalid, "line-open", say("every line must be answered; this one is not: %s", "hver linje må besvares; denne mangler: %s", w.Check.Text))
				r.Field = "answers." + w.Check.ID
				return r
			}
			if speaksAgainst {
				return refuse(Against, "withhold", say("the protocol withholds the supplemental dose: %s", "protokollen holder tilbake tilleggsdosen: %s", w.Check.Text))
			}
			answers = answer(answers, w.Check.ID, false)
		}
		if !w.ByPerson && w.Truth == expr.Unknown {
			return refuse(Against, "withhold-unknown", say("not known yet, measure first: %s", "ikke kjent ennå, mål først: %s", w.Check.Text))
		}
		if !w.ByPerson && w.Truth == expr.True {
			return refuse(Against, "withhold", say("the protocol withholds the supplemental dose: %s", "protokollen holder tilbake tilleggsdosen: %s", w.Check.Text))
		}
	}
	if holding(d.def, d.s, x) {
		return against("hold", "a measurement is past a limit that forbids a dose", "en måling er over en grense som forbyr dose")
	}
	if since := d.at.Sub(x.DoseAt); since < step.Earliest.Std() || since > step.Latest.Std() {
		return refuse(Against, "outside-checkpoint", say(
			"the supplemental dose may be given from %s to %s after the initial dose; it is now %s after",
			"tilleggsdosen kan gis fra %s til %s etter startdosen; det er nå %s etter",
			step.Earliest, step.Latest, protocol.Duration(since.Truncate(time.Minute))))
	}
	if allowed := SupplementAmounts(d.def, x); !slices.Contains(allowed, c.Amount) {
		return invalid("amount", "amount-not-allowed", fmt.Sprintf("the protocol allows %s mg here", amounts(allowed)), fmt.Sprintf("protokollen tillater %s mg her", amounts(allowed)))
	}
	d.happen(SupplementDecided{Answers: answers, Decision: "given", Visit: c.Visit})
	d.happen(DoseGiven{Amount: c.Amount, Step: "supplement", Visit: c.Visit})
	return nil
}

func amounts(list []float64) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = fmt.Sprintf("%g", a)
	}
	return strings.Join(out, ", ")
}

func (d *decision) acknowledge(c Acknowledge) *Refusal {
	x := d.s.Sessions[c.Visit]
	if x == nil {
		return missing("no-such-session", "there is no such session", "økten finnes ikke")
	}
	for _, b := range x.Breaches {
		if b.ID != c.Breach {
			continue
		}
		rule := d.def.Rule(b.Rule)
		if !b.Acknowledged.IsZero() {
			return against("already-acknowledged", "this is already acknowledged", "dette er allerede kvittert")
		}
		if strings.TrimSpace(c.Action) == "" {
			return invalid("action", "action-owed", "say what was done", "skriv hva som ble gjort")
		}
		if rule != nil {
			if r := d.by(append(slices.Clone(rule.Acknowledge.Roles), rule.Escalate.Roles...)); r != nil {
				return r
			}
		}
		d.happen(BreachAcknowledged{Action: c.Action, ID: c.Breach, Visit: c.Visit})
		return nil
	}
	return missing("no-such-breach", "there is no such breach", "overskridelsen finnes ikke")
}

// DischargeFaults says what stands in the way of discharge, in the order a person would mend it.
func DischargeFaults(def *protocol.Definition, s *State, env Env, visit string, adult bool) []Text {
	if def.Dosing == nil {
		return []Text{say("the protocol has no dosing session", "protokollen har ingen doseringsøkt")}
	}
	x := s.Sessions[visit]
	g := def.Dosing.Discharge
	var out []Text
	if x == nil || x.Started.IsZero() {
		return []Text{say("the session is not started", "økten er ikke startet")}
	}
	if last := x.LastDoseAt(); !last.IsZero() {
		if left := g.Earliest.Std() - env.Now.Sub(last); left > 0 {
			out = append(out, say("%s must pass after the last dose; %s remain", "det må gå %s etter siste dose; %s gjenstår", g.Earliest, protocol.Duration(left.Round(time.Minute))))
		}
	}
	if g.Form != "" && !s.Last(visit, g.Form).Complete() {
		form, _ := def.Form(g.Form)
		out = append(out, say("%q is not complete", "%q er ikke fullstendig", form.Title))
	}
	for _, r := range checks(def, NewVars(def, s, env, visit), g.Checks) {
		if !r.ByPerson && r.Truth != expr.True && !(x.DoseAt.IsZero() && waitsForDose(r)) {
			out = append(out, r.Check.Text)
		}
	}
	for _, b := range x.Breaches {
		if b.Acknowledged.IsZero() {
			out = append(out, say("a limit was passed and nobody has acknowledged it", "en grense er passert og ingen har kvittert"))
			break
		}
	}
	if g.Adult && !adult {
		out = append(out, say("a named adult must receive the participant", "en navngitt voksen må ta imot deltakeren"))
	}
	return out
}

// waitsForDose says that a line is open only because it counts from a dose: where
// none was taken, it does not keep the participant.
func waitsForDose(r CheckResult) bool {
	if r.Truth != expr.Unknown || len(r.Needs) == 0 {
		return false
	}
	for _, name := range r.Needs {
		if name != "session.minutes_since_dose" && name != "session.minutes_since_last_dose" {
			return false
		}
	}
	return true
}

func (d *decision) discharge(c Discharge) *Refusal {
	_, x, r := d.running(c.Visit)
	if r != nil {
		return r
	}
	if !x.Discharged.IsZero() {
		return against("already-discharged", "the participant is already discharged", "deltakeren er allerede utskrevet")
	}
	if !slices.Contains([]string{"home", "overnight", "hospital"}, c.To) {
		return invalid("to", "bad-destination", "the participant goes home, overnight or to hospital", "deltakeren går home, overnight eller hospital")
	}
	env := d.env
	env.Now = d.at
	// Nobody is kept from a hospital by a form. At the site overnight no adult need be there to receive.
	if c.To != "hospital" {
		if faults := DischargeFaults(d.def, d.s, env, c.Visit, c.Adult || c.To == "overnight"); len(faults) > 0 {
			return refuse(Against, "discharge-gate", say("not yet: %s", "ikke ennå: %s", faults[0]))
		}
	}
	var answers map[string]bool
	for _, line := range d.def.Dosing.Discharge.Checks {
		yes, answered := c.Answers[line.ID]
		if line.Expr != "" {
			continue
		}
		if !yes && c.To != "hospital" {
			r := refuse(Against, "discharge-line", say("not yet: %s", "ikke ennå: %s", line.Text))
			r.Field = "answers." + line.ID
			return r
		}
		if answered {
			answers = answer(answers, line.ID, yes)
		}
	}
	d.happen(ParticipantDischarged{Adult: c.Adult, Answers: answers, To: c.To, Visit: c.Visit})
	return nil
}

// answer adds one line to the answers, which may be nil.
func answer(answers map[string]bool, line string, yes bool) map[string]bool {
	if answers == nil {
		answers = map[string]bool{}
	}
	answers[line] = yes
	return answers
}

func (d *decision) endSession(c EndSession) *Refusal {
	_, x, r := d.running(c.Visit)
	if r != nil {
		return r
	}
	if x.Discharged.IsZero() {
		return against("not-discharged", "the participant is not through the discharge gate", "deltakeren er ikke gjennom utskrivningsporten")
	}
	if d.at.Before(x.Discharged) {
		return invalid("at", "before-discharge", "the time given is before the discharge", "tidspunktet ligger før utskrivningen")
	}
	if f := d.def.Dosing.Solicited; f != "" && !x.DoseAt.IsZero() && !d.s.Last(c.Visit, f).Complete() {
		return against("solicited-open", "every line of the list of effects must be answered before the session is signed", "hver linje i effektlisten må besvares før økten signeres")
	}
	if !x.DoseAt.IsZero() {
		for _, l := range SessionPlan(d.def, d.s, x) {
			// What would have been due after the participant left is not missing.
			if !l.Done.IsZero() || l.Due.IsZero() || l.Due.After(x.Discharged) {
				continue
			}
			code := DeviationVitalsMissing
			if l.Kind == PlanForm {
				code = DeviationFormMissing
			}
			d.deviate(code, c.Visit, l.ID)
		}
	}
	d.happen(SessionEnded{Visit: c.Visit})
	d.leave() // who took back consent during the session has now left the study
	return nil
}
