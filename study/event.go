package study

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	jsonv2 "github.com/go-json-experiment/json" // decodes in half the time, and everything is decoded often

	"varde/instrument"
	"varde/ledger"
)

// Event is something that happened. Decide makes it without the fields that the
// ledger gives (Seq, Version, Recorded, Actor, Role, Hash).
type Event struct {
	Stream   string // "" = the stream of the command
	Seq      int64
	Version  int64
	Recorded time.Time
	At       time.Time // when it happened in the world
	Actor    string
	Role     string
	Reason   string
	Hash     ledger.Hash
	Data     Payload
}

// Payload is the content of an event. The JSON keys of every payload stand in
// alphabetical order, so that encoding it is canonical.
type Payload interface{ eventType() string }

// Type answers the event's type, such as "form.saved".
func (e Event) Type() string { return e.Data.eventType() }

// Values are the answers of a form by item id.
type Values map[string]instrument.Value

// Payloads. Times are UTC. None of them carries an identity or the arm.
type (
	// StudyOpened begins a study under one version of one protocol.
	StudyOpened struct {
		Mode     string            `json:"mode"` // "practice" or "live"
		Protocol string            `json:"protocol"`
		Digest   string            `json:"protocolDigest"`
		Files    map[string]string `json:"protocolFiles"`
		PVersion string            `json:"protocolVersion"`
		Title    string            `json:"title"`
	}
	// ApprovalRecorded says that an authority has approved.
	ApprovalRecorded struct {
		Approval  string `json:"approval"`
		Expires   string `json:"expires,omitempty"` // YYYY-MM-DD
		Given     string `json:"given"`             // YYYY-MM-DD
		Reference string `json:"reference"`
	}
	// RecruitmentClosed ends referral of new people.
	RecruitmentClosed struct{}
	// StudyLocked ends all entry of data.
	StudyLocked struct{}
	// StudyUnblinded opens the arms to those who analyse.
	StudyUnblinded struct {
		Witness string `json:"witness"`
	}
	// AllocationSealed commits to the allocation before anyone is randomised.
	AllocationSealed struct {
		Commitment string `json:"commitment"` // hex SHA-256 of the seed
		Sealed     string `json:"sealed"`     // the seed, encrypted
	}
	// SlotTaken says which slot of the list a participant took.
	SlotTaken struct {
		Index       int    `json:"index"` // in the stratum, from 0
		Kit         string `json:"kit"`
		Participant string `json:"participant"`
		Stratum     string `json:"stratum"`
	}

	// SiteOpened begins work at a site.
	SiteOpened struct {
		Country  string `json:"country"`
		Name     string `json:"name"`
		Pairs    int    `json:"pairs"`
		Rooms    int    `json:"rooms"`
		Site     string `json:"site"`
		TimeZone string `json:"timeZone"`
	}
	// StaffAssigned gives a person a role at a site, with credentials.
	StaffAssigned struct {
		Credentials map[string]string `json:"credentials"`    // credential id -> last valid day, YYYY-MM-DD ("" = no expiry)
		From        string            `json:"from,omitempty"` // first day of the delegation, YYYY-MM-DD; "" = at once
		Name        string            `json:"name"`
		Person      string            `json:"person"`
		Related     []string          `json:"related,omitempty"` // staff this person is related or married to
		Role        string            `json:"role"`
		Until       string            `json:"until,omitempty"` // last day of the delegation; "" = until removed
	}
	// StaffRemoved ends an assignment.
	StaffRemoved struct {
		Person string `json:"person"`
		Role   string `json:"role"`
	}
	// NumberTaken says that the site gave a participant number.
	NumberTaken struct {
		Number      int    `json:"number"`
		Participant string `json:"participant"`
	}

	// PersonReferred begins a participant's stream.
	PersonReferred struct {
		Channel     string `json:"channel"` // "self", "professional", "other"
		Language    string `json:"language"`
		Participant string `json:"participant"`
		Site        string `json:"site"`
		TimeZone    string `json:"timeZone"`
	}
	// PersonPrescreened is the result of the first conversation.
	PersonPrescreened struct {
		Passed  bool     `json:"passed"`
		Reasons []string `json:"reasons,omitempty"`
	}
	// ConsentGiven is a signature under one version of one document.
	ConsentGiven struct {
		Answers  map[string]string `json:"answers,omitempty"` // comprehension question -> option
		Document string            `json:"document"`
		Language string            `json:"language"`
		Obtained string            `json:"obtainedBy"`
		PVersion string            `json:"version"`
	}
	// ConsentWithdrawn takes it back.
	ConsentWithdrawn struct {
		Document string `json:"document"`
		Reason   string `json:"reasonCode"`
	}
	// EligibilityDecided is a gate passed or failed.
	EligibilityDecided struct {
		Failed  []string        `json:"failed,omitempty"`
		Gate    string          `json:"gate"`
		Passed  bool            `json:"passed"`
		Results map[string]bool `json:"results"` // criterion -> in order (inclusion met, exclusion does not apply)
	}
	// ParticipantRandomised shows a kit, never an arm.
	ParticipantRandomised struct {
		Kit     string `json:"kit"`
		Stratum string `json:"stratum"`
	}
	// VisitPlanned is an appointment.
	VisitPlanned struct {
		Room  string    `json:"room,omitempty"`
		Staff []string  `json:"staff,omitempty"` // who will hold it
		Time  time.Time `json:"time"`
		Visit string    `json:"visit"`
	}
	// VisitHeld says that it took place.
	VisitHeld struct {
		By    []string `json:"by,omitempty"`
		Visit string   `json:"visit"`
	}
	// VisitMissed says that it did not.
	VisitMissed struct {
		Reason string `json:"reasonCode"`
		Visit  string `json:"visit"`
	}
	// DeviationRaised is a departure from the protocol, raised by the record itself or by a person.
	DeviationRaised struct {
		Code   string `json:"code"`
		Detail string `json:"detail,omitempty"`
		ID     string `json:"id"`
		Visit  string `json:"visit,omitempty"`
	}
	// FormSaved adds answers to a form.
	FormSaved struct {
		Form   string `json:"form"`
		Items  Values `json:"items"`
		Repeat int    `json:"repeat,omitempty"`
		Slot   string `json:"slot,omitempty"` // the session slot (vitals set, session form) it answers
		Visit  string `json:"visit,omitempty"`
	}
	// FormCorrected changes answers that were saved before. The event carries the reason.
	FormCorrected struct {
		Form   string `json:"form"`
		From   Values `json:"from"`
		Items  Values `json:"items"`
		Repeat int    `json:"repeat,omitempty"`
		Visit  string `json:"visit,omitempty"`
	}
	// QueryRaised asks about one answer.
	QueryRaised struct {
		Code   string           `json:"code"`
		Form   string           `json:"form"`
		ID     string           `json:"id"`
		Item   string           `json:"item"`
		Repeat int              `json:"repeat,omitempty"`
		Text   string           `json:"text,omitempty"` // a person's own question
		Value  instrument.Value `json:"value"`
		Visit  string           `json:"visit,omitempty"`
	}
	// QueryClosed answers it.
	QueryClosed struct {
		Answer string `json:"answer"`
		ID     string `json:"id"`
	}
	// AlertRaised calls a person because of an answer.
	AlertRaised struct {
		Alert  string `json:"alert"`
		Form   string `json:"form"`
		ID     string `json:"id"`
		Repeat int    `json:"repeat,omitempty"`
		Visit  string `json:"visit,omitempty"`
	}
	// AlertClosed tells what was done.
	AlertClosed struct {
		Action string `json:"action"`
		ID     string `json:"id"`
	}
	// SessionChecked is the go/no-go list, answered.
	SessionChecked struct {
		Answers   map[string]bool `json:"answers"`
		Go        bool            `json:"go"`
		Overrides []Override      `json:"overrides,omitempty"`
		Pair      []string        `json:"pair"`
		Visit     string          `json:"visit"`
	}
	// TwoPersonConfirmed is a fact that two persons saw.
	TwoPersonConfirmed struct {
		Check   string   `json:"check"`
		Kit     string   `json:"kit,omitempty"`
		Persons []string `json:"persons"`
		Visit   string   `json:"visit"`
	}
	// OnePersonConfirmed is the first half of a two-person check: one person saw it, by
	// their own account. The second half makes it TwoPersonConfirmed.
	OnePersonConfirmed struct {
		Check  string `json:"check"`
		Kit    string `json:"kit,omitempty"`
		Person string `json:"person"`
		Visit  string `json:"visit"`
	}
	// SessionStarted begins a dosing session.
	SessionStarted struct {
		Pair  []string `json:"pair"`
		Visit string   `json:"visit"`
	}
	// DoseGiven records a dose taken.
	DoseGiven struct {
		Amount float64 `json:"amount"` // mg, as labelled
		Step   string  `json:"step"`
		Visit  string  `json:"visit"`
	}
	// SupplementDecided is the checkpoint's decision.
	SupplementDecided struct {
		Answers  map[string]bool `json:"answers,omitempty"` // withholding lines that people answered
		Decision string          `json:"decision"`          // "given", "withheld", "declined"
		Reasons  []string        `json:"reasons,omitempty"`
		Visit    string          `json:"visit"`
	}
	// RuleBreached says that a measurement passed a limit.
	RuleBreached struct {
		ID     string  `json:"id"`
		Repeat int     `json:"repeat"`
		Rule   string  `json:"rule"`
		Value  float64 `json:"value"`
		Visit  string  `json:"visit"`
	}
	// BreachAcknowledged says who took it on and what was done.
	BreachAcknowledged struct {
		Action string `json:"action"`
		ID     string `json:"id"`
		Visit  string `json:"visit"`
	}
	// BreachEscalated says that nobody answered in time.
	BreachEscalated struct {
		ID    string `json:"id"`
		Visit string `json:"visit"`
	}
	// ParticipantDischarged is the gate at the end of a session.
	ParticipantDischarged struct {
		Adult   bool            `json:"adult"`             // a named adult received the participant
		Answers map[string]bool `json:"answers,omitempty"` // lines of the gate that people answered
		To      string          `json:"to"`                // "home", "overnight", "hospital"
		Visit   string          `json:"visit"`
	}
	// SessionEnded is the pair's signature under the session.
	SessionEnded struct {
		Visit string `json:"visit"`
	}
	// DutyDone says that a safety clock's report was made.
	DutyDone struct {
		Clock     string `json:"clock"`
		Reference string `json:"reference"`
		Repeat    int    `json:"repeat"`
	}
	// TreatmentStopped ends treatment; follow-up goes on.
	TreatmentStopped struct {
		Note   string `json:"note,omitempty"`
		Reason string `json:"reasonCode"`
	}
	// ParticipantWithdrawn ends taking part.
	ParticipantWithdrawn struct {
		Note   string `json:"note,omitempty"`
		Reason string `json:"reasonCode"`
	}
	// ParticipantLost could not be reached any more.
	ParticipantLost struct {
		Attempts int `json:"attempts"`
	}
	// ParticipantCompleted has been through the whole plan.
	ParticipantCompleted struct{}
)

// Override of one go/no-go line.
type Override struct {
	Check         string `json:"check"`
	Countersigned string `json:"countersignedBy"`
	Physician     string `json:"physician"`
	Reason        string `json:"reason"`
}

func (StudyOpened) eventType() string           { return "study.opened" }
func (ApprovalRecorded) eventType() string      { return "study.approvalRecorded" }
func (RecruitmentClosed) eventType() string     { return "study.recruitmentClosed" }
func (StudyLocked) eventType() string           { return "study.locked" }
func (StudyUnblinded) eventType() string        { return "study.unblinded" }
func (AllocationSealed) eventType() string      { return "allocation.sealed" }
func (SlotTaken) eventType() string             { return "allocation.slotTaken" }
func (SiteOpened) eventType() string            { return "site.opened" }
func (StaffAssigned) eventType() string         { return "site.staffAssigned" }
func (StaffRemoved) eventType() string          { return "site.staffRemoved" }
func (NumberTaken) eventType() string           { return "site.numberTaken" }
func (PersonReferred) eventType() string        { return "person.referred" }
func (PersonPrescreened) eventType() string     { return "person.prescreened" }
func (ConsentGiven) eventType() string          { return "consent.given" }
func (ConsentWithdrawn) eventType() string      { return "consent.withdrawn" }
func (EligibilityDecided) eventType() string    { return "eligibility.decided" }
func (ParticipantRandomised) eventType() string { return "participant.randomised" }
func (VisitPlanned) eventType() string          { return "visit.planned" }
func (VisitHeld) eventType() string             { return "visit.held" }
func (VisitMissed) eventType() string           { return "visit.missed" }
func (DeviationRaised) eventType() string       { return "deviation.raised" }
func (FormSaved) eventType() string             { return "form.saved" }
func (FormCorrected) eventType() string         { return "form.corrected" }
func (QueryRaised) eventType() string           { return "query.raised" }
func (QueryClosed) eventType() string           { return "query.closed" }
func (AlertRaised) eventType() string           { return "alert.raised" }
func (AlertClosed) eventType() string           { return "alert.closed" }
func (SessionChecked) eventType() string        { return "session.checked" }
func (OnePersonConfirmed) eventType() string    { return "session.half-confirmed" }
func (TwoPersonConfirmed) eventType() string    { return "session.confirmed" }
func (SessionStarted) eventType() string        { return "session.started" }
func (DoseGiven) eventType() string             { return "session.doseGiven" }
func (SupplementDecided) eventType() string     { return "session.supplementDecided" }
func (RuleBreached) eventType() string          { return "session.ruleBreached" }
func (BreachAcknowledged) eventType() string    { return "session.breachAcknowledged" }
func (BreachEscalated) eventType() string       { return "session.breachEscalated" }
func (ParticipantDischarged) eventType() string { return "session.discharged" }
func (SessionEnded) eventType() string          { return "session.ended" }
func (DutyDone) eventType() string              { return "safety.dutyDone" }
func (TreatmentStopped) eventType() string      { return "participant.treatmentStopped" }
func (ParticipantWithdrawn) eventType() string  { return "participant.withdrawn" }
func (ParticipantLost) eventType() string       { return "participant.lost" }
func (ParticipantCompleted) eventType() string  { return "participant.completed" }

var payloads = func() map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, p := range []Payload{
		StudyOpened{}, ApprovalRecorded{}, RecruitmentClosed{}, StudyLocked{}, StudyUnblinded{},
		AllocationSealed{}, SlotTaken{}, SiteOpened{}, StaffAssigned{}, StaffRemoved{}, NumberTaken{},
		PersonReferred{}, PersonPrescreened{}, ConsentGiven{}, ConsentWithdrawn{}, EligibilityDecided{},
		ParticipantRandomised{}, VisitPlanned{}, VisitHeld{}, VisitMissed{}, DeviationRaised{},
		FormSaved{}, FormCorrected{}, QueryRaised{}, QueryClosed{}, AlertRaised{}, AlertClosed{},
		SessionChecked{}, OnePersonConfirmed{}, TwoPersonConfirmed{}, SessionStarted{}, DoseGiven{}, SupplementDecided{},
		RuleBreached{}, BreachAcknowledged{}, BreachEscalated{}, ParticipantDischarged{}, SessionEnded{},
		DutyDone{}, TreatmentStopped{}, ParticipantWithdrawn{}, ParticipantLost{}, ParticipantCompleted{},
		DelegationGiven{}, DelegationEnded{}, RecordSigned{}, UnblindingAsked{}, UnblindingConfirmed{}, UnblindingNoted{},
		RaterDrawn{}, BlindnessStated{}, IdentityRecorded{}, IdentitySeen{}, IdentityErased{}, RecordSeen{}, ArmSeen{},
		ConsentSigned{}, ConsentUnsigned{}, DiaryWritten{}, DiaryShared{}, MessageSent{}, MessagesRead{},
		ReferralReceived{}, ReferralAssessed{}, ReferralMoved{}, ReferralChecked{}, ReferralInvited{}, ReferralPassedOn{}, ReferralClosed{}, ReferralErased{}, ReferralSeen{}, ReferralCared{},
		ConcernRaised{}, ConcernAnswered{}, SlotBooked{}, SlotFreed{}, NoticesWished{}, NoticeClaimed{}, NoticeDeferred{}, NoticeSent{}, NoticeFailed{},
	} {
		m[p.eventType()] = reflect.TypeOf(p)
	}
	return m
}()

// Encode makes the ledger's form of an event that Decide answered.
func Encode(e Event) (ledger.New, error) {
	var w bytes.Buffer
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.Data); err != nil {
		return ledger.New{}, fmt.Errorf("study: encode %s: %w", e.Type(), err)
	}
	text := bytes.TrimRight(w.Bytes(), "\n")
	if bytes.Contains(text, []byte(`\u202`)) {
		// encoding/json escapes two line separators that canonical JSON writes as they are.
		var err error
		if text, err = ledger.CanonicalJSON(text); err != nil {
			return ledger.New{}, fmt.Errorf("study: encode %s: %w", e.Type(), err)
		}
	}
	return ledger.New{
		Type: e.Type(), Schema: 1, EffectiveAt: e.At, Reason: e.Reason,
		Payload: text,
	}, nil
}

// Decode reads an event from the ledger. An unknown type or schema is an error:
// a program that does not know an event must not guess at the state.
func Decode(l ledger.Event) (Event, error) {
	t, ok := payloads[l.Type]
	if !ok || l.Schema != 1 {
		return Event{}, fmt.Errorf("study: event %d is of type %q schema %d, which this version of Varde does not know: use a newer version", l.Seq, l.Type, l.Schema)
	}
	v := reflect.New(t)
	if err := jsonv2.Unmarshal(l.Payload, v.Interface()); err != nil {
		return Event{}, fmt.Errorf("study: event %d (%s): %w", l.Seq, l.Type, err)
	}
	data, _ := v.Elem().Interface().(Payload)
	return Written(l, data), nil
}

// Written answers a payload as the event that the ledger wrote it in.
func Written(l ledger.Event, data Payload) Event {
	return Event{
		Stream: l.Stream, Seq: l.Seq, Version: l.Version, Recorded: l.RecordedAt, At: l.EffectiveAt,
		Actor: l.Actor, Role: l.Role, Reason: l.Reason, Hash: l.Hash, Data: data,
	}
}
