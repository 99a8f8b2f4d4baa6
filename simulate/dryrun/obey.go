package dryrun

import (
	"slices"
	"strings"
	"time"

	"varde/access"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// thorough says how much of what a task asks for is done.
type thorough struct {
	forms   bool // fill in the forms of visits
	changes []change
}

// referred brings the person in.
func (l *life) referred() {
	l.as("coordinator", study.Refer{On: study.On{Participant: participant}, Channel: "self", Language: "nb", Site: siteID})
}

// tasks answers what is to be done for the participant, soonest first.
func (l *life) tasks() []study.Task {
	if l.s == nil {
		return nil
	}
	return study.Tasks(l.w.def, l.s)
}

// obey does what a task asks for, when it is due. It answers whether anything happened.
func (l *life) obey(t study.Task, how thorough) bool {
	before := l.version()
	if due := dueOf(t); due.After(l.now) {
		l.until(due)
	}
	switch t.Kind {
	case study.TaskPrescreen:
		l.as("coordinator", study.Prescreen{On: l.on(), Passed: true})
	case study.TaskConsent:
		l.consent()
	case study.TaskGate:
		l.decide(t, how)
	case study.TaskRandomise:
		l.as("coordinator", study.Randomise{On: l.on()})
	case study.TaskVisit:
		l.attend(t.Visit, how)
	case study.TaskForm:
		l.save(t.Visit, t.Form, "", how.changes...)
	case study.TaskVitals, study.TaskSessionForm:
		l.save(t.Visit, t.Form, t.Ref)
	case study.TaskSession:
		l.finishSession(t.Visit)
	case study.TaskComplete:
		l.as("coordinator", study.Complete{On: l.on()})
	default:
		l.answer(t)
	}
	return l.version() > before || l.broken != nil
}

func dueOf(t study.Task) time.Time {
	if !t.Opens.IsZero() && t.Opens.After(t.Due) {
		return t.Opens
	}
	if t.Kind == study.TaskVisit || t.Kind == study.TaskVitals || t.Kind == study.TaskSessionForm || t.Kind == study.TaskTaper || t.Kind == study.TaskContact {
		return t.Due.Add(working(t))
	}
	return time.Time{}
}

// working moves what is due on a day into its working hours.
func working(t study.Task) time.Duration {
	if t.Kind == study.TaskVisit && !t.Due.IsZero() {
		return 9 * time.Hour
	}
	return 0
}

// answer does the work that the record asks of people: queries, alerts, reports.
func (l *life) answer(t study.Task) {
	role := roleOf(t.Roles, "")
	who := actorOf(role)
	if t.Person != "" {
		who = person(t.Person, role)
	}
	switch t.Kind {
	case study.TaskQuery:
		l.do(who, study.CloseQuery{On: l.on(), ID: t.Ref, Answer: "as entered"})
	case study.TaskAlert:
		l.do(who, study.CloseAlert{On: l.on(), ID: t.Ref, Action: "talked, and a plan was made"})
	case study.TaskAcknowledge:
		l.do(who, study.Acknowledge{On: l.on(), Visit: t.Visit, Breach: t.Ref, Action: "rest, and measure again"})
	case study.TaskReport:
		l.do(who, study.DoDuty{On: l.on(), Clock: t.Ref, Repeat: t.Repeat, Reference: "R-1"})
	case study.TaskConfirmUnblinding:
		l.do(l.another(t.Ref), study.ConfirmUnblinding{On: l.on(), ID: t.Ref})
	case study.TaskUnblinding:
		l.do(who, study.NoteUnblinding{On: l.on(), ID: t.Ref})
	case study.TaskDrawRater:
		if r := l.as("coordinator", study.DrawRater{On: l.on(), Visit: t.Visit, Reason: "cannot do it"}); r != nil && r.Code == "nobody-eligible" {
			l.hireRater()
			l.as("coordinator", study.DrawRater{On: l.on(), Visit: t.Visit, Reason: "cannot do it"})
		}
	case study.TaskStateBlindness:
		l.do(who, study.StateBlindness{On: l.on(), Visit: t.Visit, Blind: true})
	case study.TaskMedicine:
		f := l.s.Form("", t.Form, t.Repeat)
		if f == nil {
			return
		}
		l.as("physician", study.SaveForm{On: l.on(), Form: t.Form, Repeat: t.Repeat, Reason: "decided",
			Items: study.Values{"decision": instrument.StringValue("stop"), "decision_reason": instrument.StringValue("may interact")}})
	case study.TaskTaper:
		l.saveLog(study.ContactLog, change{study.ContactLog, "cssrs", instrument.BoolValue(true)})
	case study.TaskContact:
		l.saveLog(study.ContactLog)
	case study.TaskMessage:
		l.do(who, study.ReadMessages{On: l.on(), Until: t.Ref})
	case study.TaskSign:
		l.signAgain(t)
	}
}

func (l *life) saveLog(form string, changes ...change) *study.Refusal {
	return l.save("", form, "", changes...)
}

// another is somebody who may confirm an unblinding that they did not ask for.
func (l *life) another(id string) study.Actor {
	by := ""
	for _, u := range l.s.Unblinded {
		if u.ID == id {
			by = u.By
		}
	}
	for _, role := range access.RolesWith(l.w.def, access.ConfirmUnblind) {
		if a := actorOf(role); a.ID != by {
			return a
		}
	}
	return actorOf("sponsor")
}

// consent talks every document through that must be signed, and signs it.
func (l *life) consent() {
	for i := range l.w.def.Consent.Documents {
		doc := &l.w.def.Consent.Documents[i]
		if doc.Required && doc.Valid {
			l.as("physician", study.GiveConsent{On: l.on(), Document: doc.ID, Version: doc.Version, Language: "nb", Answers: rightAnswers(doc)})
		}
	}
}

func rightAnswers(doc *protocol.ConsentDocument) map[string]string {
	out := map[string]string{}
	for _, q := range doc.Questions {
		for _, o := range q.Options {
			if o.Right {
				out[q.ID] = o.ID
			}
		}
	}
	return out
}

// decide passes or fails a gate. What it lacks is entered first.
func (l *life) decide(t study.Task, how thorough) {
	g, ok := l.w.def.Gate(t.Ref)
	if !ok {
		return
	}
	who := actorOf(roleOf(g.By, "physician"))
	r := l.do(who, study.DecideEligibility{On: l.on(), Gate: t.Ref})
	if r == nil || r.Code != "criteria-open" {
		return
	}
	for _, c := range study.Criteria(l.w.def, l.s, l.env(who, 0), t.Ref) {
		for _, name := range c.Needs {
			form := formOf(name)
			if _, at := study.PlaceOf(l.w.def, g.At, form); at {
				l.save(g.At, form, "", how.changes...)
				continue
			}
			l.collect(name, form, how)
		}
	}
	l.do(who, study.DecideEligibility{On: l.on(), Gate: t.Ref})
}

// collect enters what a decision lacks at the visits that collect it; one of them that
// was missed is held after all.
func (l *life) collect(name, form string, how thorough) {
	for i := range l.w.def.Visits {
		v := &l.w.def.Visits[i]
		if _, at := study.PlaceOf(l.w.def, v.ID, form); !at || strings.Count(name, ".") == 2 && !strings.HasPrefix(name, v.ID+".") {
			continue
		}
		switch st := l.s.Visits[i]; {
		case !st.Held.IsZero():
			l.save(v.ID, form, "", how.changes...)
		case st.Missed != "":
			how.forms = true
			l.attend(v.ID, how)
		}
	}
}

// attend holds a visit as it should be held, or records why it was not.
func (l *life) attend(id string, how thorough) {
	v, err := l.w.visit(id)
	if err != nil {
		return
	}
	if v.Kind == protocol.Session {
		if how.forms {
			l.wholeSession(id, how)
		} else {
			l.missed(v)
		}
		return
	}
	var r *study.Refusal
	if study.Rated(l.w.def, v) {
		r = l.rated(v, how)
	} else {
		who := actorOf(roleOf(v.By, "coordinator"))
		r = l.do(who, study.HoldVisit{On: l.on(), Visit: id, By: []string{who.ID}})
	}
	if r != nil {
		l.missed(v)
		return
	}
	if how.forms {
		l.forms(id, how)
	}
}

func (l *life) missed(v *protocol.Visit) {
	l.as("coordinator", study.MissVisit{On: l.on(), Visit: v.ID, Reason: "did not come"})
}

// rated holds an assessment by the rater whom lot gives it.
func (l *life) rated(v *protocol.Visit, how thorough) *study.Refusal {
	if l.s.Ratings[v.ID].Rater == "" {
		l.as("coordinator", study.PlanVisit{On: l.on(), Visit: v.ID, Time: l.now})
	}
	if x := l.s.Ratings[v.ID].Rater; x == "" || l.s.Barred[x] != "" {
		l.hireRater()
		l.as("coordinator", study.DrawRater{On: l.on(), Visit: v.ID, Reason: "cannot do it"})
	}
	who := person(l.s.Ratings[v.ID].Rater, "rater")
	if how.forms {
		l.forms(v.ID, how)
	}
	if l.s.Ratings[v.ID].Stated.IsZero() {
		l.do(who, study.StateBlindness{On: l.on(), Visit: v.ID, Blind: true})
	}
	return l.do(who, study.HoldVisit{On: l.on(), Visit: v.ID, By: []string{who.ID}})
}

// hireRater lets a rater begin who has met nobody yet.
func (l *life) hireRater() {
	for n := 3; n < 9; n++ {
		id := "rater-" + string(rune('0'+n))
		if _, works := l.site.Staff[id]; works {
			continue
		}
		l.as("administrator", l.w.employ(id, "Rater "+string(rune('0'+n)), "rater"))
		return
	}
}

// forms fills in what a visit asks for and nobody has filled in.
func (l *life) forms(visit string, how thorough) {
	i := l.w.def.VisitIndex(visit)
	for pass := range 2 { // one form can make another be asked for
		for _, f := range study.VisitForms(l.w.def, l.s, l.env(actorOf("system"), 0), i) {
			if l.broken != nil || f.Use.Optional || f.State.Complete() || pass > 0 && f.State != nil {
				continue
			}
			l.save(visit, f.Use.Form, "", how.changes...)
		}
	}
}

func (l *life) signAgain(t study.Task) {
	i := slices.IndexFunc(l.s.Signatures, func(x study.Signature) bool { return x.Record == t.Ref && !x.Holds() })
	if i < 0 {
		return
	}
	x := l.s.Signatures[i]
	l.sign(person(x.By, x.Role), x.Record, x.Meaning)
}

// sign signs a record with a password.
func (l *life) sign(who study.Actor, record, meaning string) *study.Refusal {
	ref, err := study.ParseRecordRef(record)
	if err != nil {
		return nil
	}
	tip, _ := l.s.Tip(ref)
	text, err := study.Statement{Account: who.ID, Meaning: meaning, Name: who.Name, Record: record, Role: who.Role,
		Stream: study.ParticipantStream(l.id()), Study: studyID, Time: l.now, Tip: "00", Version: tip}.Text()
	if err != nil {
		return nil
	}
	return l.do(who, study.Sign{On: l.on(), Statement: text, Proof: study.Proof{Method: study.ByPassword}})
}
