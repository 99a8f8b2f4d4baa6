package simulate

import (
	"math"
	"time"

	"varde/instrument"
)

// Answers to the items of shipped instruments where neither the protocol's model
// nor the item's type says enough. All shares here are our own: they make records
// look like a clinic's and carry no result.

func number(x float64) instrument.Value { return instrument.NumberValue(x) }

func share(p float64) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value { return instrument.BoolValue(a.p.rng.yes(p)) }
}

func pick(shares map[string]float64) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value {
		return instrument.StringValue(a.p.rng.weighted(shares))
	}
}

func whole(low, high int) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value {
		return number(float64(a.p.rng.between(low, high)))
	}
}

func bell(mean, sd, low, high float64) generator {
	return func(a *asking, item *instrument.Item) instrument.Value {
		x := min(max(mean+sd*a.p.rng.NormFloat64(), low), high)
		decimals := 0
		if item.Type == instrument.Decimal {
			decimals = item.Decimals
		}
		return number(round(x, decimals))
	}
}

func words(texts ...string) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value {
		return instrument.StringValue(one(a.p.rng, texts))
	}
}

func codes(list ...string) generator {
	return func(*asking, *instrument.Item) instrument.Value { return instrument.ListValue(list...) }
}

func now(a *asking, _ *instrument.Item) instrument.Value { return moment(a.p, a.at) }

func none(*asking, *instrument.Item) instrument.Value { return instrument.Value{} }

// moment writes a date and time at the site.
func moment(p *person, t time.Time) instrument.Value {
	return instrument.StringValue(t.In(p.state.Zone).Truncate(time.Second).Format(time.RFC3339))
}

func day(p *person, t time.Time) instrument.Value {
	return instrument.StringValue(t.In(p.state.Zone).Format(time.DateOnly))
}

// strength draws an effect on a scale to 100: strong when something was given,
// weak when not. At the end of the day most has passed.
func strength(active, control float64) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value {
		mean := active
		if a.p.w.model.control[a.p.arm] {
			mean = control
		}
		switch point(a) {
		case "before":
			mean = math.Min(active, control)
		case "end":
			mean = control + 0.3*(mean-control)
		}
		return number(round(min(max(mean+16*a.p.rng.NormFloat64(), 0), 100), 0))
	}
}

// point names the time point of a slot of the session.
func point(a *asking) string {
	d := a.p.w.def.Dosing
	if d == nil {
		return "end"
	}
	for _, f := range d.Forms {
		if f.ID == a.slot {
			switch f.Anchor {
			case "start":
				return "before"
			case "dose":
				return "after-initial"
			case "checkpoint", "supplement":
				return "before-supplement"
			}
		}
	}
	return "end"
}

func respondent(a *asking, _ *instrument.Item) instrument.Value {
	switch a.role {
	case "participant", "therapist", "rater":
		return instrument.StringValue(a.role)
	}
	return instrument.StringValue("participant")
}

// guess draws what the person believes, once: most do not change their mind.
func guess(a *asking, item *instrument.Item) instrument.Value {
	p := a.p
	if p.guess == nil {
		p.guess = map[string]string{}
	}
	g, ok := p.guess[a.role]
	if !ok || p.rng.yes(0.05) {
		g = "unknown"
		for _, s := range p.w.model.sim.Guess {
			if s.Arm == p.arm {
				g = p.rng.weighted(s.Rates)
			}
		}
		if a.role == "rater" { // sees nothing that would tell
			g = "unknown"
			if p.rng.yes(0.5) {
				g = p.rng.weighted(p.w.model.shares)
			}
		}
		p.guess[a.role] = g
	}
	code := g
	if p.w.model.control[g] {
		code = "control"
	}
	for _, o := range a.form.OptionsOf(item) {
		if o.Value.Text() == code {
			return o.Value
		}
	}
	return instrument.StringValue("unknown")
}

func childbearing(a *asking, _ *instrument.Item) instrument.Value {
	age, _ := a.has("age").Float()
	return instrument.BoolValue(age < 51 && a.p.rng.yes(0.85))
}

func period(a *asking, _ *instrument.Item) instrument.Value {
	if a.p.state.Latest["cssrs"] == nil {
		return instrument.StringValue("past6months")
	}
	return instrument.StringValue("since-last")
}

func fertile(a *asking, _ *instrument.Item) instrument.Value {
	yes := false
	if f := a.p.state.Latest["demographics"]; f != nil {
		yes, _ = f.Values["childbearing"].Bool()
	}
	return instrument.BoolValue(yes)
}

func solicitedPeriod(a *asking, _ *instrument.Item) instrument.Value {
	if v, ok := a.p.w.def.Visit(a.visit); ok && v.Kind == "dosing" {
		return instrument.StringValue("session")
	}
	return instrument.StringValue("week-after")
}

func ending(a *asking, _ *instrument.Item) instrument.Value {
	if !a.p.state.Stopped.IsZero() {
		return instrument.StringValue("treatment-stopped")
	}
	return instrument.StringValue("completed")
}

func events(a *asking, item *instrument.Item) instrument.Value {
	options := a.form.OptionsOf(item)
	if item.ID == "lec5_"+[...]string{"06", "08", "05", "02"}[a.p.trauma%4] { // the event that brought them here
		return instrument.ListValue("happened")
	}
	if a.p.rng.yes(0.7) {
		return instrument.ListValue("no")
	}
	return instrument.ListValue(one(a.p.rng, options).Value.Text())
}

var usual = map[string]generator{
	"prescreen.adult": share(1), "prescreen.language_ok": share(1), "prescreen.trauma": share(1), "prescreen.heart_disease": share(0),
	"prescreen.psychosis": share(0), "prescreen.pregnant": share(0), "prescreen.contact_ok": share(1), "prescreen.interested": share(1),

	"demographics.gender":       none,
	"demographics.age":          bell(40, 11, 18, 75),
	"demographics.education":    pick(map[string]float64{"primary": .05, "secondary": .2, "vocational": .15, "bachelor": .35, "master": .2, "other": .05}),
	"demographics.employment":   pick(map[string]float64{"working": .45, "studying": .1, "sick-leave": .15, "disability": .15, "unemployed": .1, "other": .05}),
	"demographics.childbearing": childbearing,
	"demographics.prior_mdma":   share(.4),

	"cssrs.period":    period,
	"cssrs.ideation":  whole0(map[int]float64{0: .8, 1: .15, 2: .05}),
	"cssrs.intensity": whole(2, 9), "cssrs.behaviour": share(0), "cssrs.attempt": share(0),

	"medical.exam_normal": share(.93), "medical.findings": words("Old scar, no consequence", "Mild eczema", "Tense neck and shoulders"), "medical.notes": none,
	"ecg.taken_at": now, "ecg.rhythm_normal": share(.98), "ecg.finding": words("Single extrasystoles", "Sinus arrhythmia, normal variant"),
	"ecg.qtcb": bell(412, 14, 370, 448), "ecg.qtcf": bell(408, 14, 365, 446), "ecg.hr": bell(68, 9, 48, 98),
	"labs.taken_at": now, "labs.alt_uln": none, "labs.ast_uln": none, "labs.alp_uln": none, "labs.bilirubin_uln": none,
	"pregnancy.applicable": fertile, "pregnancy.result": pick(map[string]float64{"negative": 1}),
	"drugscreen.result": pick(map[string]float64{"negative": 1}), "drugscreen.substances": codes("cannabis"),

	"expectancy.improvement": bell(72, 15, 0, 100), "expectancy.confidence": bell(68, 17, 0, 100), "expectancy.hopes_drug": bell(75, 18, 0, 100),
	"expectancy.hopes_therapy": bell(65, 18, 0, 100), "expectancy.disappointment": bell(50, 25, 0, 100),

	"preparation.minutes": whole(70, 95), "preparation.manual_content": codes("course", "effects", "safety", "boundaries", "intentions", "support"),
	"preparation.touch_agreement": share(1), "preparation.stop_signal": share(1), "preparation.boundaries_told": share(1), "preparation.reporting_line": share(1),
	"preparation.music": share(.95), "preparation.contacts": share(1), "preparation.driver": share(1), "preparation.fasting": share(1), "preparation.bring": share(.9), "preparation.note": none,

	"integration.minutes": whole(80, 100), "integration.manual_content": codes("session", "feelings", "daily-life"), "integration.kept_to_manual": share(.97),
	"integration.departure": words("Shortened: the participant was tired", "More time for grief than planned"), "integration.safety_asked": share(1),
	"integration.wellbeing": bell(6, 2, 0, 10), "integration.note": none,
	"safety_call.reached": share(.97), "safety_call.wellbeing": bell(6.2, 1.8, 0, 10), "safety_call.sleep_hours": bell(6.8, 1.2, 2, 11), "safety_call.low_mood": share(.18),
	"safety_call.thoughts": share(.01), "safety_call.worsened": share(.015), "safety_call.plan": none, "safety_call.next_attempt": later(20 * time.Hour),

	"vitals.taken_at": now, "vitals.position": pick(map[string]float64{"sitting": .5, "lying": .5}), "vitals.device": words("Monitor A", "Monitor B"), "vitals.note": none,
	"vitals.sbp": bell(121, 8, 95, 138), "vitals.dbp": bell(74, 6, 55, 88), "vitals.hr": bell(71, 8, 50, 98), "vitals.temp": bell(36.7, .2, 36, 37.4),

	"effects.time_point": func(a *asking, _ *instrument.Item) instrument.Value { return instrument.StringValue(point(a)) },
	"effects.euphoria":   strength(62, 9), "effects.high": strength(60, 7), "effects.relaxed": strength(58, 35), "effects.anxious": strength(35, 28),
	"effects.negative_mood": strength(25, 25), "effects.positive_mood": strength(65, 35), "effects.body_perception": strength(50, 9), "effects.confusion": strength(28, 8),
	"effects.concentration": strength(40, 45), "effects.clarity": strength(55, 40), "effects.compassion_self": strength(68, 38), "effects.compassion_others": strength(70, 42),
	"effects.sociable": strength(60, 35), "effects.calm": strength(55, 40), "effects.talkative": strength(55, 35), "effects.openness": strength(72, 40),
	"effects.meaningful": strength(75, 40), "effects.distress": strength(35, 30),
	"solicited.period": solicitedPeriod,

	"guess.who": respondent, "guess.guess": guess, "guess.confidence": bell(72, 20, 0, 100), "guess.reason": none,
	"guess.certain_at": pick(map[string]float64{"never": .2, "first-two-hours": .5, "later-in-session": .2, "after-session": .1}),

	"readiness.assessed_at": now, "readiness.orientation": whole0(map[int]float64{0: .9, 1: .1}), "readiness.gait": whole0(map[int]float64{0: .8, 1: .2}),
	"readiness.speech": whole0(map[int]float64{0: .95, 1: .05}), "readiness.attention": whole0(map[int]float64{0: .8, 1: .2}),
	"readiness.mood_stable": share(1), "readiness.vitals_ok": share(1), "readiness.adult_present": share(1),

	"termination.status": ending, "termination.reason": words("See the reason given when treatment was stopped"), "termination.other_treatment": share(.2),
	"termination.other_treatment_what": words("Talking therapy", "Group at the local clinic"), "termination.mdma_use_since": share(.03),
	"followup.relapse": share(.08), "followup.relapse_on": func(a *asking, _ *instrument.Item) instrument.Value {
		return day(a.p, a.at.Add(-a.p.rng.days(5, 60)))
	},
	"followup.other_treatment": share(.25), "followup.other_treatment_what": codes("talking"),
	"followup.mdma_use_since": share(.06), "followup.mdma_times": whole(1, 3), "followup.harm": share(.02), "followup.harm_text": words("Felt worse for some weeks after the study"),
	"followup.wellbeing": bell(6.4, 1.9, 0, 10), "followup.benefit": bell(66, 24, 0, 100), "followup.note": none,

	"adherence.part": pick(map[string]float64{"dosing": 1}), "adherence.minutes_seen": whole(60, 240), "adherence.both_present": share(1),
	"adherence.follows_person": whole(3, 4), "adherence.calm_presence": whole(3, 4), "adherence.keeps_safe": whole(3, 4), "adherence.content_covered": whole(2, 4),
	"adherence.no_pressure": whole(3, 4), "adherence.touch": pick(map[string]float64{"none": .4, "agreed": .6}), "adherence.boundary_concern": share(0), "adherence.note": none,

	"eligibility.fluent": share(1), "eligibility.swallow_pills": share(1), "eligibility.agrees_recording": share(1), "eligibility.contact_named": share(1), "eligibility.informs_48h": share(1),
	"eligibility.contraception": share(1), "eligibility.lifestyle_rules": share(1), "eligibility.ptsd_confirmed": share(1), "eligibility.symptoms_6_months": share(1),
	"eligibility.consent_capacity": share(1), "eligibility.stable_home": share(1),
	"eligibility.other_trial": share(0), "eligibility.psychotic_disorder": share(0), "eligibility.bipolar1": share(0), "eligibility.mdd_psychotic": share(0),
	"eligibility.dissociative_identity": share(0), "eligibility.purging": share(0), "eligibility.personality_disorder": share(0), "eligibility.substance_disorder": share(0),
	"eligibility.suicide_risk": share(0), "eligibility.relative_psychosis": share(0), "eligibility.cardiovascular": share(0), "eligibility.arrhythmia": share(0),
	"eligibility.wpw": share(0), "eligibility.torsades_risk": share(0), "eligibility.liver": share(0), "eligibility.hyponatraemia": share(0), "eligibility.hyperthermia": share(0),
	"eligibility.other_medical": share(0), "eligibility.interacting_medication": share(0), "eligibility.lactating": share(0),

	"caps5.onset_months": whole(0, 6), "caps5.validity": whole(0, 1), "caps5.improvement_global": improvement,

	"pcptsd5.exposed": share(1),
	"lec5.lec5_01":    events, "lec5.lec5_02": events, "lec5.lec5_03": events, "lec5.lec5_04": events, "lec5.lec5_05": events, "lec5.lec5_06": events,
	"lec5.lec5_07": events, "lec5.lec5_08": events, "lec5.lec5_09": events, "lec5.lec5_10": events, "lec5.lec5_11": events, "lec5.lec5_12": events,
	"lec5.lec5_13": events, "lec5.lec5_14": events, "lec5.lec5_15": events, "lec5.lec5_16": events, "lec5.lec5_17": events,

	"ae.onset": now, "ae.end": none, "ae.severity": pick(map[string]float64{"mild": .7, "moderate": .27, "severe": .03}),
	"ae.relation": pick(map[string]float64{"unlikely": .2, "possible": .5, "probable": .3}), "ae.serious": share(0), "ae.criteria": codes("hospital"), "ae.expected": share(0),
	"ae.valence": pick(map[string]float64{"unpleasant": .8, "neutral": .2}), "ae.outcome": pick(map[string]float64{"recovered": .85, "recovering": .15}),
	"ae.action": pick(map[string]float64{"none": .9, "medicine-given": .1}), "ae.interest": codes("none"), "ae.narrative": none,

	"conmed.indication": words("Headache", "Allergy", "Sleep"), "conmed.decision": pick(map[string]float64{"accept": 1}), "conmed.decision_reason": words("No interaction that matters"),
	"conmed.ongoing": share(1), "conmed.stop": func(a *asking, _ *instrument.Item) instrument.Value { return day(a.p, a.at) }, "conmed.last_intake": none, "conmed.atc": none,
	"conmed.dose": words("1 tablet a day", "As needed"), "conmed.start": func(a *asking, _ *instrument.Item) instrument.Value {
		return day(a.p, a.at.Add(-a.p.rng.days(60, 900)))
	},

	"session_log.at": now, "session_log.kind": pick(map[string]float64{"observation": .5, "fluid": .4, "note": .1}), "session_log.amount": whole(100, 250),
	"session_log.text": words("Quiet, eyes closed, music on", "Speaks calmly of a memory", "Cries, is held by the hand as agreed", "Rests"),
	"daycheck.mood":    bell(6, 2, 2, 10), "daycheck.sleep": whole0(map[int]float64{0: .5, 1: .35, 2: .13, 3: .02}), "daycheck.unrest": bell(4, 2, 0, 8),
	"daycheck.worse": whole0(map[int]float64{0: .5, 1: .42, 2: .07, 3: .01}), "daycheck.life": whole0(map[int]float64{0: .985, 1: .013, 2: .002}), "daycheck.call": share(.04),
}

func whole0(shares map[int]float64) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value {
		u := a.p.rng.Float64()
		for x := 0; x <= 10; x++ {
			if u -= shares[x]; u < 0 {
				return number(float64(x))
			}
		}
		return number(0)
	}
}

func later(after time.Duration) generator {
	return func(a *asking, _ *instrument.Item) instrument.Value { return moment(a.p, a.at.Add(after)) }
}

func improvement(a *asking, _ *instrument.Item) instrument.Value {
	if a.visit == a.p.w.model.baselineVisit() {
		return instrument.Value{}
	}
	return number(float64(a.p.rng.between(0, 4)))
}

// plain draws an answer from the item's type alone.
func plain(item *instrument.Item) generator {
	low, high := 0.0, 100.0
	if item.Min != nil {
		low = *item.Min
	}
	if item.Max != nil {
		high = *item.Max
	}
	if item.Min != nil && item.Max == nil {
		high = low + 100
	}
	return func(a *asking, item *instrument.Item) instrument.Value {
		c := a.p.rng
		if !item.Required && c.yes(0.5) {
			return instrument.Value{}
		}
		switch item.Type {
		case instrument.Integer, instrument.Scale:
			return number(float64(c.between(int(math.Ceil(low+(high-low)*.3)), int(low+(high-low)*.7))))
		case instrument.Decimal:
			return number(round(low+(high-low)*(.3+.4*c.Float64()), item.Decimals))
		case instrument.Boolean:
			return instrument.BoolValue(c.yes(.1))
		case instrument.Choice:
			return one(c, a.form.OptionsOf(item)).Value
		case instrument.MultiChoice:
			return instrument.ListValue(one(c, a.form.OptionsOf(item)).Value.Text())
		case instrument.Date:
			return day(a.p, a.at)
		case instrument.DateTime:
			return moment(a.p, a.at)
		case instrument.Time:
			return instrument.StringValue(a.at.In(a.p.state.Zone).Format("15:04"))
		}
		if item.Required {
			return instrument.StringValue("As talked about")
		}
		return instrument.Value{}
	}
}

// drawVariable draws a characteristic: the person's own, with a little variation
// from one time to the next.
func drawVariable(name string, v *variable) generator {
	return func(a *asking, item *instrument.Item) instrument.Value {
		if v.margin == nil {
			code, ok := a.p.traits[name]
			if !ok {
				code = a.p.rng.weighted(v.spec.Rates)
				a.p.traits[name] = code
			}
			if item.Type == instrument.Boolean {
				return instrument.BoolValue(code == "true")
			}
			for _, o := range a.form.OptionsOf(item) {
				if o.Value.Text() == code {
					if item.Type == instrument.MultiChoice {
						return instrument.ListValue(code)
					}
					return o.Value
				}
			}
			return instrument.Value{}
		}
		z, ok := a.p.scores[name]
		if !ok {
			z = a.p.rng.NormFloat64()
			a.p.scores[name] = z
		}
		const own = 0.9 // of the variance .81 is the person's, the rest the day's
		return number(v.margin.at(own*z + math.Sqrt(1-own*own)*a.p.rng.NormFloat64()))
	}
}
