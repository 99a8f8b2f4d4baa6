package study

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"varde/protocol"
)

// RecordRef names a record: what can be signed, and what an audit can ask for.
//
//	form/V3/caps5       a form at a visit
//	form/V5/vitals/3    the third record of a form that repeats
//	form/-/ae/1         a record of a log
//	session/V5          a dosing session, with the forms of its visit
//	gate/screening      a decision on eligibility
//	consent/main        a participant's consents under a document
//	deviation/D2        a deviation from the protocol
//	casebook            the whole record of a participant
//	protocol            the study's protocol, as the opening event carries it
type RecordRef struct {
	Kind   RecordKind
	ID     string // visit of a session; gate, document or deviation
	Visit  string // of a form; "" = log
	Form   string
	Repeat int // from 1 for records that repeat, else 0
}

// RecordKind is the first part of a reference.
type RecordKind string

const (
	RecordForm      RecordKind = "form"
	RecordSession   RecordKind = "session"
	RecordGate      RecordKind = "gate"
	RecordConsent   RecordKind = "consent"
	RecordDeviation RecordKind = "deviation"
	RecordCasebook  RecordKind = "casebook"
	RecordProtocol  RecordKind = "protocol"
)

// FormRecord is the reference of a form's record.
func FormRecord(k FormKey) RecordRef {
	return RecordRef{Kind: RecordForm, Visit: k.Visit, Form: k.Form, Repeat: k.Repeat}
}

// SessionRecord is the reference of a dosing session.
func SessionRecord(visit string) RecordRef { return RecordRef{Kind: RecordSession, ID: visit} }

// Casebook is the reference of the whole record of a participant.
var Casebook = RecordRef{Kind: RecordCasebook}

// ProtocolRecord is the reference of the study's protocol.
var ProtocolRecord = RecordRef{Kind: RecordProtocol}

// Key answers which form's record is meant.
func (r RecordRef) Key() FormKey { return FormKey{Visit: r.Visit, Form: r.Form, Repeat: r.Repeat} }

// String is the reference as it is written; ParseRecordRef reads it back.
func (r RecordRef) String() string {
	switch r.Kind {
	case RecordForm:
		visit := r.Visit
		if visit == "" {
			visit = "-"
		}
		s := string(RecordForm) + "/" + visit + "/" + r.Form
		if r.Repeat > 0 {
			s += "/" + strconv.Itoa(r.Repeat)
		}
		return s
	case RecordCasebook, RecordProtocol:
		return string(r.Kind)
	}
	return string(r.Kind) + "/" + r.ID
}

// maxRecordRef bounds a reference: three ids of a protocol and a number.
const maxRecordRef = 256

// ParseRecordRef reads a reference in the one way it is written. What it names may
// still not exist.
func ParseRecordRef(s string) (RecordRef, error) {
	fail := func(format string, args ...any) (RecordRef, error) {
		return RecordRef{}, fmt.Errorf("study: record %.80q: %s", s, fmt.Sprintf(format, args...))
	}
	if len(s) > maxRecordRef {
		return fail("longer than %d bytes", maxRecordRef)
	}
	kind, rest, more := strings.Cut(s, "/")
	r := RecordRef{Kind: RecordKind(kind)}
	switch r.Kind {
	case RecordCasebook, RecordProtocol:
		if more {
			return fail("nothing follows %q", kind)
		}
		return r, nil
	case RecordSession, RecordGate, RecordConsent, RecordDeviation:
		if rest == "" || strings.Contains(rest, "/") {
			return fail("write it as %s/<id>", kind)
		}
		r.ID = rest
		return r, nil
	case RecordForm:
	default:
		return fail("a record is form/…, session/…, gate/…, consent/…, deviation/…, casebook or protocol")
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return fail("write it as form/<visit>/<form>, with /<number> for a record that repeats and - for a log's visit")
	}
	if r.Visit, r.Form = parts[0], parts[1]; r.Visit == "-" {
		r.Visit = ""
	}
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 1 || strconv.Itoa(n) != parts[2] {
			return fail("%q is not the number of a record, from 1", parts[2])
		}
		r.Repeat = n
	}
	return r, nil
}

// TouchedBy says that the event changes what the record says. Queries and alerts
// ask about a form and do not change it; signatures change nothing; a diary and
// messages are no part of the casebook.
func (r RecordRef) TouchedBy(p Payload) bool {
	switch r.Kind {
	case RecordCasebook:
		_, signed := p.(RecordSigned)
		return !signed && !ownWords(p)
	case RecordProtocol:
		_, opened := p.(StudyOpened)
		return opened
	case RecordForm:
		switch d := p.(type) {
		case FormSaved:
			return r.Key() == FormKey{d.Visit, d.Form, d.Repeat}
		case FormCorrected:
			return r.Key() == FormKey{d.Visit, d.Form, d.Repeat}
		}
	case RecordSession:
		switch d := p.(type) {
		case FormSaved:
			return d.Visit == r.ID
		case FormCorrected:
			return d.Visit == r.ID
		}
		visit, ok := sessionOf(p)
		return ok && visit == r.ID
	case RecordGate:
		d, ok := p.(EligibilityDecided)
		return ok && d.Gate == r.ID
	case RecordConsent:
		switch d := p.(type) {
		case ConsentGiven:
			return d.Document == r.ID
		case ConsentWithdrawn:
			return d.Document == r.ID
		}
	case RecordDeviation:
		d, ok := p.(DeviationRaised)
		return ok && d.ID == r.ID
	}
	return false
}

// sessionOf answers the visit of a dosing session's event.
func sessionOf(p Payload) (visit string, ok bool) {
	switch d := p.(type) {
	case SessionChecked:
		return d.Visit, true
	case OnePersonConfirmed:
		return d.Visit, true
	case TwoPersonConfirmed:
		return d.Visit, true
	case SessionStarted:
		return d.Visit, true
	case DoseGiven:
		return d.Visit, true
	case SupplementDecided:
		return d.Visit, true
	case RuleBreached:
		return d.Visit, true
	case BreachAcknowledged:
		return d.Visit, true
	case BreachEscalated:
		return d.Visit, true
	case ParticipantDischarged:
		return d.Visit, true
	case SessionEnded:
		return d.Visit, true
	}
	return "", false
}

// touched is the last change of a record that has no place of its own in the state.
type touched struct {
	version int64
	by      []string // accounts that made or changed it
}

type touchKey struct {
	kind RecordKind
	id   string
}

// touch keeps the tips of records, and voids signatures under what was changed.
// Forms keep their own tip (saveForm).
func (s *State) touch(e Event) {
	if _, signed := e.Data.(RecordSigned); signed || ownWords(e.Data) {
		return
	}
	s.casebook = e.Version
	switch d := e.Data.(type) {
	case FormSaved:
		if d.Visit != "" && s.Sessions[d.Visit] != nil {
			s.touchRecord(RecordSession, d.Visit, e)
		}
	case FormCorrected:
		if d.Visit != "" && s.Sessions[d.Visit] != nil {
			s.touchRecord(RecordSession, d.Visit, e)
		}
	case EligibilityDecided:
		s.touchRecord(RecordGate, d.Gate, e)
	case ConsentGiven:
		s.touchRecord(RecordConsent, d.Document, e)
	case ConsentWithdrawn:
		s.touchRecord(RecordConsent, d.Document, e)
	case DeviationRaised:
		s.touchRecord(RecordDeviation, d.ID, e)
	default:
		if visit, ok := sessionOf(e.Data); ok {
			s.touchRecord(RecordSession, visit, e)
		}
	}
	if len(s.Signatures) > 0 {
		s.void(e)
	}
}

func (s *State) touchRecord(kind RecordKind, id string, e Event) {
	key := touchKey{kind, id}
	t := s.records[key]
	t.version = e.Version
	if !contains(t.by, e.Actor) {
		t.by = append(t.by[:len(t.by):len(t.by)], e.Actor)
	}
	s.own(partRecords)
	s.records[key] = t
}

// Tip answers the version of the stream at the last change of a record, and false
// for a record that does not exist.
func (s *State) Tip(r RecordRef) (int64, bool) {
	switch r.Kind {
	case RecordCasebook:
		return s.casebook, s.casebook > 0
	case RecordForm:
		f := s.Forms[r.Key()]
		if f == nil {
			return 0, false
		}
		return f.tip, true
	}
	t, ok := s.records[touchKey{r.Kind, r.ID}]
	return t.version, ok
}

// entered says that the account has entered or changed something in the record.
func (s *State) entered(r RecordRef, account string) bool {
	if r.Kind == RecordForm {
		return s.Forms[r.Key()].enteredBy(account)
	}
	return contains(s.records[touchKey{r.Kind, r.ID}].by, account)
}

func (f *FormState) enteredBy(account string) bool {
	return f != nil && (f.By == account || contains(f.also, account))
}

// RecordTitle answers what a record is called. With blind set, the visit is left out.
func RecordTitle(def *protocol.Definition, r RecordRef, blind bool) Text {
	visit := func(id string) Text {
		if v, ok := def.Visit(id); ok {
			return v.Title
		}
		return Text{EN: id, NB: id}
	}
	switch r.Kind {
	case RecordForm:
		title := Text{EN: r.Form, NB: r.Form}
		if c, ok := def.Form(r.Form); ok {
			title = c.Title
		}
		switch {
		case blind:
			return say("Assessment: %s", "Vurdering: %s", title)
		case r.Visit == "" && r.Repeat > 0:
			return say("%s, no. %d", "%s, nr. %d", title, r.Repeat)
		case r.Repeat > 0:
			return say("%s, no. %d (%s)", "%s, nr. %d (%s)", title, r.Repeat, visit(r.Visit))
		}
		return say("%s (%s)", "%s (%s)", title, visit(r.Visit))
	case RecordSession:
		return say("Dosing session: %s", "Doseringsøkt: %s", visit(r.ID))
	case RecordGate:
		if g, ok := def.Gate(r.ID); ok {
			return g.Title
		}
	case RecordConsent:
		for _, d := range def.Consent.Documents {
			if d.ID == r.ID {
				return say("Consent: %s", "Samtykke: %s", d.Title)
			}
		}
	case RecordDeviation:
		return say("Deviation %s", "Avvik %s", r.ID)
	case RecordCasebook:
		return say("The participant's whole record", "Deltakerens samlede journal")
	case RecordProtocol:
		return say("Protocol %s, version %s", "Protokoll %s, versjon %s", def.ID, def.Version)
	}
	return Text{EN: r.String(), NB: r.String()}
}
