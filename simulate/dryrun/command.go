package dryrun

import (
	"strconv"
	"strings"
	"time"

	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// kind makes one type of command, with arguments between what is meant and anything.
type kind struct {
	name string
	make func(l *life) study.Command
	role []string // who usually gives it; nil = as the visit says
}

// kinds are all types of command on a participant, a site and the study. A test holds
// them against the rules.
var kinds []kind

func init() {
	kinds = append(kinds, lifeCommands...)
	kinds = append(kinds, sessionCommands...)
	kinds = append(kinds, otherCommands...)
	kinds = append(kinds, aroundCommands...)
}

func one[T any](l *life, list ...T) T { return list[l.rng.IntN(len(list))] }

func (l *life) yes(p float64) bool { return l.rng.Float64() < p }

// moment is when something is said to have happened: mostly now, or a clock is off.
func (l *life) moment() study.On {
	on := l.on()
	if l.yes(0.7) {
		return on
	}
	on.At = l.now.Add(one(l, -time.Minute, -30*time.Minute, -3*time.Hour, -30*time.Hour, -20*24*time.Hour, 3*time.Minute, 4*time.Minute+59*time.Second, 6*time.Minute))
	return on
}

// near is a visit: that of the open session, the next one, or any.
func (l *life) near() string {
	if l.s != nil && l.yes(0.75) {
		if x := l.s.OpenSession(); x != nil {
			return x.Visit
		}
		for i := range l.s.Visits {
			if v := &l.w.def.Visits[i]; l.s.Visits[i].Held.IsZero() && l.s.Visits[i].Missed == "" && !v.Optional {
				return v.ID
			}
		}
	}
	if l.yes(0.02) {
		return "nowhere"
	}
	return one(l, l.w.def.Visits...).ID
}

// sessionNear is a dosing visit.
func (l *life) sessionNear() string {
	if v, ok := l.w.def.Visit(l.near()); ok && v.Kind == protocol.Session {
		return v.ID
	}
	if s := sessionsOf(l.w.def); len(s) > 0 {
		if l.yes(0.8) && l.s != nil {
			for _, id := range s {
				if x := l.s.Sessions[id]; x == nil || x.Ended.IsZero() {
					return id
				}
			}
		}
		return one(l, s...)
	}
	return "nowhere"
}

func (l *life) words(usual string) string { return one(l, usual, usual, usual, "", "\x00", "æøå") }

func (l *life) reason() string {
	if r := l.w.def.Withdrawal.Reasons; len(r) > 0 && l.yes(0.9) {
		return one(l, r...).ID
	}
	return "because"
}

func (l *life) document() *protocol.ConsentDocument {
	if d := l.w.def.Consent.Documents; len(d) > 0 {
		return &d[l.rng.IntN(len(d))]
	}
	return &protocol.ConsentDocument{ID: "none"}
}

// quiz answers a document's questions: right, one wrong, or one left out.
func (l *life) quiz(doc *protocol.ConsentDocument) map[string]string {
	out := rightAnswers(doc)
	if len(doc.Questions) > 0 && l.yes(0.25) {
		q := one(l, doc.Questions...)
		out[q.ID] = one(l, q.Options...).ID
		if l.yes(0.3) {
			delete(out, q.ID)
		}
	}
	return out
}

var lifeCommands = []kind{
	{"Refer", func(l *life) study.Command {
		return study.Refer{On: l.on(), Channel: one(l, "self", "professional", "other", "pigeon"), Language: one(l, "en", "nb", "sv"), Site: one(l, siteID, siteID, "S99")}
	}, []string{"coordinator"}},
	{"Prescreen", func(l *life) study.Command {
		return study.Prescreen{On: l.moment(), Passed: l.yes(0.6), Reasons: one(l, nil, []string{"another treatment suits better"})}
	}, []string{"coordinator"}},
	{"GiveConsent", func(l *life) study.Command {
		doc := l.document()
		return study.GiveConsent{On: l.moment(), Document: doc.ID, Version: one(l, doc.Version, doc.Version, "0.0"), Language: one(l, "nb", "nb", "en", ""), Answers: l.quiz(doc)}
	}, []string{"physician", "coordinator"}},
	{"WithdrawConsent", func(l *life) study.Command {
		return study.WithdrawConsent{On: l.moment(), Document: l.document().ID, Reason: l.reason(), Note: "n"}
	}, []string{"participant", "coordinator"}},
	{"DecideEligibility", func(l *life) study.Command {
		gate := "none"
		if g := l.w.def.Eligibility.Gates; len(g) > 0 && l.yes(0.95) {
			gate = one(l, g...).ID
		}
		return study.DecideEligibility{On: l.moment(), Gate: gate}
	}, []string{"physician"}},
	{"Randomise", func(l *life) study.Command { return study.Randomise{On: l.moment()} }, []string{"coordinator", "physician"}},
	{"PlanVisit", func(l *life) study.Command {
		c := study.PlanVisit{On: l.moment(), Visit: l.near(), Time: l.now.Add(time.Duration(l.rng.IntN(60)-5) * 24 * time.Hour).Truncate(time.Hour)}
		if l.yes(0.4) {
			c.Room = one(l, roomID, study.RoomsOf(l.w.def, l.site)[0], "cellar")
			c.Staff = one(l, nil, l.w.pair(), []string{"therapist-1", "therapist-1"}, []string{"pharmacist-1"}, []string{"therapist-1", "therapist-4"}, []string{"rater-1"})
		}
		if l.yes(0.05) {
			c.Time = one(l, time.Time{}, time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC))
		}
		return c
	}, []string{"coordinator"}},
	{"HoldVisit", func(l *life) study.Command {
		return study.HoldVisit{On: l.moment(), Visit: l.near(), By: one(l, nil, []string{"therapist-1"}, []string{"rater-1"})}
	}, nil},
	{"MissVisit", func(l *life) study.Command {
		return study.MissVisit{On: l.moment(), Visit: l.near(), Reason: one(l, "ill", "did not come", "")}
	}, []string{"coordinator"}},
	{"StopTreatment", func(l *life) study.Command {
		return study.StopTreatment{On: l.moment(), Reason: l.reason(), Note: "n"}
	}, []string{"physician"}},
	{"Withdraw", func(l *life) study.Command { return study.Withdraw{On: l.moment(), Reason: l.reason(), Note: "n"} }, []string{"participant", "coordinator", "physician"}},
	{"Lose", func(l *life) study.Command { return study.Lose{On: l.moment(), Attempts: l.rng.IntN(6)} }, []string{"coordinator"}},
	{"Complete", func(l *life) study.Command { return study.Complete{On: l.moment()} }, []string{"coordinator"}},
	{"PassTime", func(l *life) study.Command { return study.PassTime{On: l.on()} }, []string{"system"}},
}

// override of a go/no-go line, rightly made or not.
func (l *life) override() study.Override {
	o := study.Override{Check: "none", Physician: one(l, "physician-1", "physician-1", "therapist-1", ""), Countersigned: one(l, "therapist-1", "physician-1", "pharmacist-1", ""), Reason: one(l, "judged safe", "judged safe", " ")}
	if d := l.w.def.Dosing; d != nil && len(d.Checks) > 0 {
		o.Check = one(l, d.Checks...).ID
	}
	return o
}

func (l *life) anyPair() []string {
	return one(l, l.w.pair(), l.w.pair(), []string{"therapist-1", "therapist-1"}, []string{"therapist-1"}, []string{"therapist-1", "therapist-3"}, []string{"therapist-1", "therapist-4"},
		[]string{"therapist-2", "therapist-5"}, []string{"therapist-1", "physician-1"}, []string{"therapist-3", "nobody"}, nil, []string{"rater-1", "therapist-2"})
}

func (l *life) answered(checks []protocol.Check, usual bool) map[string]bool {
	out := lines(checks, usual)
	if l.yes(0.3) {
		for _, c := range checks {
			if c.Expr == "" && l.yes(0.3) {
				out[c.ID] = !usual
				if l.yes(0.2) {
					delete(out, c.ID)
				}
				break
			}
		}
	}
	return out
}

func (l *life) kit() string {
	if l.s != nil && l.yes(0.85) {
		return l.s.Kit
	}
	return "K-999"
}

func (l *life) twoPersonCheck() string {
	if d := l.w.def.Dosing; d != nil && len(d.TwoPerson) > 0 && l.yes(0.95) {
		return one(l, d.TwoPerson...).ID
	}
	return "none"
}

func (l *life) checks() *protocol.Dosing {
	if l.w.def.Dosing != nil {
		return l.w.def.Dosing
	}
	return &protocol.Dosing{}
}

func (l *life) amountOf(visit, step string) float64 {
	if x := stepOf(l.w.def, visit, step); x != nil && len(x.Amounts) > 0 {
		a := one(l, x.Amounts...)
		return one(l, a, a, a, a+1, a*2, -a, 0)
	}
	return 40
}

func (l *life) breachID(visit string) string {
	if l.s != nil {
		if x := l.s.Sessions[visit]; x != nil && len(x.Breaches) > 0 {
			return one(l, x.Breaches...).ID
		}
	}
	return "B0"
}

var sessionCommands = []kind{
	{"CheckSession", func(l *life) study.Command {
		c := study.CheckSession{On: l.moment(), Visit: l.sessionNear(), Pair: l.anyPair(), Answers: l.answered(l.checks().Checks, true)}
		for range l.rng.IntN(3) {
			c.Overrides = append(c.Overrides, l.override())
		}
		return c
	}, nil},
	{"ConfirmTwo", func(l *life) study.Command {
		return study.ConfirmTwo{On: l.moment(), Visit: l.sessionNear(), Check: l.twoPersonCheck(), Kit: l.kit(),
			Persons: one(l, []string{"therapist-1", "therapist-2"}, []string{"therapist-1", "therapist-1"}, []string{"therapist-1"}, []string{"physician-1", "nobody"})}
	}, nil},
	{"ConfirmOne", func(l *life) study.Command {
		return study.ConfirmOne{On: l.moment(), Visit: l.sessionNear(), Check: l.twoPersonCheck(), Kit: l.kit()}
	}, nil},
	{"StartSession", func(l *life) study.Command { return study.StartSession{On: l.moment(), Visit: l.sessionNear()} }, nil},
	{"GiveDose", func(l *life) study.Command {
		v := l.sessionNear()
		return study.GiveDose{On: l.moment(), Visit: v, Amount: l.amountOf(v, "initial")}
	}, nil},
	{"DecideSupplement", func(l *life) study.Command {
		v := l.sessionNear()
		return study.DecideSupplement{On: l.moment(), Visit: v, Decision: one(l, "given", "given", "given", "withheld", "declined", "perhaps"), Amount: l.amountOf(v, "supplement"),
			Reasons: one(l, []string{"r"}, nil), Answers: l.answered(l.checks().Checkpoint.Withhold, false)}
	}, []string{"physician", "therapist"}},
	{"Acknowledge", func(l *life) study.Command {
		v := l.sessionNear()
		return study.Acknowledge{On: l.moment(), Visit: v, Breach: l.breachID(v), Action: l.words("rest")}
	}, []string{"physician", "therapist"}},
	{"Discharge", func(l *life) study.Command {
		return study.Discharge{On: l.moment(), Visit: l.sessionNear(), Adult: l.yes(0.7), To: one(l, "home", "home", "overnight", "hospital", "bar"), Answers: l.answered(l.checks().Discharge.Checks, true)}
	}, nil},
	{"EndSession", func(l *life) study.Command { return study.EndSession{On: l.moment(), Visit: l.sessionNear()} }, nil},
}

// record is any record of a form that there is.
func (l *life) record() (study.FormKey, bool) {
	if l.s == nil || len(l.s.Forms) == 0 {
		return study.FormKey{}, false
	}
	n := l.rng.IntN(len(l.s.Forms))
	best := []study.FormKey{}
	for k := range l.s.Forms {
		best = append(best, k)
	}
	sortKeys(best)
	return best[n], true
}

var otherCommands = []kind{
	{"SaveForm", func(l *life) study.Command { return l.anySave() }, nil},
	{"RaiseQuery", func(l *life) study.Command {
		k, _ := l.record()
		item := "none"
		if c, ok := l.w.def.Form(k.Form); ok && l.yes(0.9) {
			item = one(l, c.Items...).ID
		}
		return study.RaiseQuery{On: l.moment(), Visit: k.Visit, Form: k.Form, Repeat: k.Repeat, Item: item, Text: l.words("is this right?")}
	}, []string{"monitor", "data-manager"}},
	{"CloseQuery", func(l *life) study.Command {
		return study.CloseQuery{On: l.moment(), ID: "Q" + strconv.Itoa(1+l.rng.IntN(3)), Answer: l.words("yes")}
	}, []string{"data-manager", "coordinator"}},
	{"CloseAlert", func(l *life) study.Command {
		return study.CloseAlert{On: l.moment(), ID: "A" + strconv.Itoa(1+l.rng.IntN(3)), Action: l.words("talked")}
	}, []string{"physician"}},
	{"RaiseDeviation", func(l *life) study.Command {
		return study.RaiseDeviation{On: l.moment(), Visit: one(l, "", l.near()), Text: l.words("came by car")}
	}, []string{"coordinator"}},
	{"DoDuty", func(l *life) study.Command {
		clock := "none"
		if k := l.w.def.Safety.Clocks; len(k) > 0 && l.yes(0.95) {
			clock = one(l, k...).ID
		}
		return study.DoDuty{On: l.moment(), Clock: clock, Repeat: 1 + l.rng.IntN(2), Reference: l.words("R-1")}
	}, []string{"sponsor", "physician"}},
	{"Sign", func(l *life) study.Command { return l.anySignature() }, []string{"physician", "therapist", "rater"}},
	{"AskUnblinding", func(l *life) study.Command {
		return study.AskUnblinding{On: l.moment(), Reason: one(l, "seizure in the night", "seizure in the night", "urgent"), Alone: one(l, "", "", "nobody answers the phone", "no")}
	}, []string{"physician", "rater"}},
	{"ConfirmUnblinding", func(l *life) study.Command {
		return study.ConfirmUnblinding{On: l.moment(), ID: one(l, "U1", "U1", "U2")}
	}, []string{"sponsor", "pharmacist", "physician", "rater"}},
	{"NoteUnblinding", func(l *life) study.Command { return study.NoteUnblinding{On: l.moment(), ID: one(l, "U1", "U1", "U2")} }, []string{"sponsor", "monitor"}},
	{"DrawRater", func(l *life) study.Command {
		return study.DrawRater{On: l.moment(), Visit: l.near(), Reason: one(l, "", "ill")}
	}, []string{"coordinator"}},
	{"StateBlindness", func(l *life) study.Command {
		return study.StateBlindness{On: l.moment(), Visit: l.near(), Blind: l.yes(0.6), What: one(l, "", "", "named the day")}
	}, []string{"rater"}},
	{"SignConsent", func(l *life) study.Command {
		doc := l.document()
		return study.SignConsent{On: l.moment(), Document: doc.ID, Version: doc.Version, Language: one(l, "nb", "en"), Answers: l.quiz(doc)}
	}, []string{"participant"}},
	{"WriteDiary", func(l *life) study.Command {
		return study.WriteDiary{On: l.moment(), Entry: one(l, "d1", "d2", "", "two words"), Text: l.words("sealed"), Shared: l.yes(0.5)}
	}, []string{"participant"}},
	{"ShareDiary", func(l *life) study.Command {
		return study.ShareDiary{On: l.moment(), Entry: one(l, "d1", "d2"), Shared: l.yes(0.5)}
	}, []string{"participant"}},
	{"SendMessage", func(l *life) study.Command {
		return study.SendMessage{On: l.moment(), ID: one(l, "m1", "m2", "m3", ""), Text: l.words("sealed")}
	}, []string{"participant", "therapist"}},
	{"ReadMessages", func(l *life) study.Command {
		return study.ReadMessages{On: l.moment(), Until: one(l, "m1", "m2", "m9")}
	}, []string{"therapist", "participant"}},
}

var aroundCommands = []kind{
	{"OpenStudy", func(l *life) study.Command {
		return study.OpenStudy{Mode: "practice", Title: "Again", Definition: l.w.def}
	}, []string{"administrator"}},
	{"RecordApproval", func(l *life) study.Command {
		id := "none"
		if a := l.w.def.Approvals; len(a) > 0 {
			id = one(l, a...).ID
		}
		return study.RecordApproval{Approval: id, Reference: l.words("REK 1"), Given: one(l, "2026-01-01", "soon"), Expires: ""}
	}, []string{"administrator"}},
	{"SealAllocation", func(l *life) study.Command {
		return study.SealAllocation{Commitment: one(l, "short", strings.Repeat("0", 64)), Sealed: "sealed"}
	}, []string{"administrator"}},
	{"CloseRecruitment", func(l *life) study.Command { return study.CloseRecruitment{} }, []string{"administrator"}},
	{"LockStudy", func(l *life) study.Command { return study.LockStudy{} }, []string{"administrator"}},
	{"UnblindStudy", func(l *life) study.Command { return study.UnblindStudy{Witness: one(l, "", "Physician 1")} }, []string{"administrator"}},
	{"OpenSite", func(l *life) study.Command {
		return study.OpenSite{Site: siteID, Name: "Again", Country: "NO", TimeZone: "Europe/Oslo", Pairs: 1, Rooms: 1}
	}, []string{"administrator"}},
	{"AssignStaff", func(l *life) study.Command {
		n := one(l, "1", "2")
		c := l.w.employ("therapist-"+n, "Therapist "+n, "therapist")
		switch l.rng.IntN(4) {
		case 0: // everything that was held runs out
			for id := range c.Credentials {
				c.Credentials[id] = study.DayOf(l.now, l.zone()).String()
			}
		case 1:
			c.Related = []string{"therapist-1", "therapist-2"}
		case 2:
			c.Until = (study.DayOf(l.now, l.zone()) + 1).String()
		}
		return c
	}, []string{"administrator"}},
	{"RemoveStaff", func(l *life) study.Command {
		return study.RemoveStaff{Site: siteID, Person: one(l, "therapist-2", "rater-1", "physician-2", "nobody"), Role: one(l, "therapist", "rater", "physician"), Reason: "left"}
	}, []string{"administrator"}},
	{"Delegate", func(l *life) study.Command {
		return study.Delegate{Account: one(l, "rater-1", "mona"), Name: "Mona", Role: one(l, "rater", "monitor")}
	}, []string{"sponsor", "administrator"}},
	{"EndDelegation", func(l *life) study.Command {
		return study.EndDelegation{Account: "mona", Role: one(l, "rater", "monitor"), Reason: "left"}
	}, []string{"sponsor", "administrator"}},
}

// anySignature signs something, rightly or not.
func (l *life) anySignature() study.Command {
	record := "casebook"
	if k, ok := l.record(); ok && l.yes(0.6) {
		record = study.FormRecord(k).String()
	} else if l.yes(0.5) {
		record = study.SessionRecord(l.sessionNear()).String()
	}
	who := actorOf(one(l, "physician", "therapist"))
	version := int64(0)
	if ref, err := study.ParseRecordRef(record); err == nil && l.s != nil {
		version, _ = l.s.Tip(ref)
	}
	text, err := study.Statement{Account: who.ID, Meaning: one(l, append([]string{"joy"}, study.Meanings...)...), Name: who.Name, Record: record, Role: who.Role,
		Stream: study.ParticipantStream(l.id()), Study: one(l, studyID, studyID, studyID, "other"), Time: l.now.Add(one(l, 0, 0, 0, -time.Hour)), Tip: "00", Version: version + one(l, int64(0), 0, 0, 1)}.Text()
	if err != nil {
		text = "{}"
	}
	return study.Sign{On: l.on(), Statement: one(l, text, text, text, "{}"), Proof: study.Proof{Method: one(l, study.ByPassword, study.ByPassword, "shout")}}
}

// anySave saves some form of a visit or a log, mostly one that can be saved now.
func (l *life) anySave() study.SaveForm {
	visit, form := l.place()
	c := study.SaveForm{On: l.moment(), Visit: visit, Form: form, Items: l.scrambled(form), Reason: one(l, "checked again", "checked again", "")}
	if p, ok := study.PlaceOf(l.w.def, visit, form); ok && p.Repeats {
		c.New = l.yes(0.8)
		if !c.New {
			c.Repeat = l.rng.IntN(3)
		}
	}
	if l.s != nil {
		if f := l.s.Form(visit, form, c.Repeat); f != nil && !c.New {
			c.Version = f.Version
		}
	}
	if l.yes(0.05) {
		c.Version++
	}
	if l.yes(0.03) {
		c.Slot = "no-such-line"
	}
	return c
}

func (l *life) place() (visit, form string) {
	if logs := l.w.def.Logs; len(logs) > 0 && l.yes(0.25) {
		return "", one(l, logs...).Form
	}
	v, ok := l.w.def.Visit(l.near())
	if !ok {
		return "nowhere", one(l, sortedKeys(l.w.def.Instruments)...)
	}
	var forms []string
	for _, u := range v.Forms {
		forms = append(forms, u.Form)
	}
	if d := l.w.def.Dosing; d != nil && v.Kind == protocol.Session {
		forms = append(forms, d.Vitals.Form)
		for _, x := range []string{d.Solicited, d.Discharge.Form, d.Log} {
			if x != "" {
				forms = append(forms, x)
			}
		}
	}
	if len(forms) == 0 || l.yes(0.02) {
		return v.ID, one(l, sortedKeys(l.w.def.Instruments)...)
	}
	return v.ID, one(l, forms...)
}

// scrambled fills a form in with a few answers that are not those of a person whom
// nothing keeps away.
func (l *life) scrambled(form string) study.Values {
	c, ok := l.w.def.Form(form)
	if !ok || len(c.Items) == 0 {
		return study.Values{"x": instrument.BoolValue(true)}
	}
	out := l.filled(form, l.twist(c)...)
	if l.yes(0.03) {
		out[one(l, c.Items...).ID] = one(l, instrument.AbsentValue("refused"), instrument.AbsentValue("no idea"), instrument.StringValue("many"), instrument.NumberValue(1e9), instrument.SealedValue("s"))
	}
	return out
}

// twist are one to three changes of a form's answers: a condition turned, a medicine
// that meets the table, or any items at any of their telling values.
func (l *life) twist(c *instrument.Compiled) []change {
	if c.ID == l.w.def.Safety.Medication && len(l.w.def.Interactions) > 0 {
		row := one(l, l.w.def.Interactions...)
		name := "paracetamol"
		if len(row.Examples) > 0 && l.yes(0.8) {
			name = one(l, row.Examples...)
		}
		return []change{{c.ID, "name", instrument.StringValue(name)}, {c.ID, "ongoing", instrument.BoolValue(l.yes(0.5))}}
	}
	if l.yes(0.4) {
		var fit []turn
		for _, t := range l.w.well.turns {
			if t.changes[0].form == c.ID {
				fit = append(fit, t)
			}
		}
		if len(fit) > 0 {
			return one(l, fit...).changes
		}
	}
	var out []change
	for range 1 + l.rng.IntN(3) {
		item := &c.Items[l.rng.IntN(len(c.Items))]
		if v := l.w.well.values(c, item); len(v) > 0 {
			out = append(out, change{c.ID, item.ID, one(l, v...)})
		}
	}
	return out
}
