package api

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"unicode"

	"varde/access"
	"varde/study"
)

// Commands have a route each. With one address for all, every request would be a
// union of thirty shapes: generated clients make a union of it that nobody can fill
// in, a misspelt field is only found after guessing which shape was meant, and who
// may do what cannot be written beside the operation. The answer is the same for
// all of them.

// command is one line of the table of commands.
type command struct {
	Name     string // in the path
	Type     reflect.Type
	Summary  string
	Needs    access.Capability
	Who      string
	Required []string
	handle   func(*call) error // nil: decode and do

	shape  reflect.Type // the body
	fields [][]int      // by field of shape: its place in Type
}

func commandOf[T study.Command](name, summary string, needs access.Capability, who string, required ...string) command {
	c := command{Name: name, Type: reflect.TypeFor[T](), Summary: summary, Needs: needs, Who: who, Required: required}
	if f, ok := c.Type.FieldByName("On"); ok && f.Anonymous {
		c.Required = append([]string{"participant"}, required...)
	}
	c.shape, c.fields = shapeOf(c.Type)
	return c
}

const (
	gateRoles  = "the protocol names the roles for each decision"
	visitRoles = "the protocol names the roles for each visit"
	ownRecord  = "a participant's token reaches their own record only"
	ownOrTeam  = "the participant, or the team at the site"
)

var commands = []command{
	commandOf[study.Refer]("refer", "Begin the record of a person who was referred. The number is the site's next", access.Refer, "", "channel", "language", "site"),
	commandOf[study.Prescreen]("prescreen", "Record the first conversation's result", access.Refer, "", "passed"),
	commandOf[study.GiveConsent]("give-consent", "Record a signature under a consent document, with the answers that show understanding; where the participant has signed it themselves, confirm it after the conversation: their answers and language are taken", access.Consent, "", "document", "version"),
	commandOf[study.WithdrawConsent]("withdraw-consent", "Take a signature back; with a required document the participant leaves the study. Staff give one of the protocol's reasons, a participant owes none", access.ConsentOrOwn, ownRecord, "document"),
	commandOf[study.SignConsent]("sign-consent", "Sign a consent document as the participant, with the answers that show understanding; it counts when the conversation about it is confirmed", access.OwnConsent, ownRecord, "document", "version", "language", "answers"),
	commandOf[study.WriteDiary]("write-diary", "Write a diary entry, or write it anew; private unless shared. It is sealed under the participant's own key", access.OwnWords, ownRecord, "entry"),
	commandOf[study.ShareDiary]("share-diary", "Let the team read a diary entry, or take that back", access.OwnWords, ownRecord, "entry", "shared"),
	commandOf[study.SendMessage]("send-message", "Send a message to the team, or from the team to the participant. It is sealed under the participant's own key", access.OwnOrMessage, ownOrTeam, "id", "text"),
	commandOf[study.ReadMessages]("read-messages", "Say that the other side's messages are read, up to one", access.OwnOrMessage, ownOrTeam, "until"),
	commandOf[study.DecideEligibility]("decide-eligibility", "Decide a gate: the criteria decide, the person signs", access.Decide, gateRoles, "gate"),
	commandOf[study.Randomise]("randomise", "Take the next allocation of the participant's stratum", access.Randomise, ""),
	commandOf[study.PlanVisit]("plan-visit", "Make an appointment", access.Schedule, visitRoles, "visit", "time"),
	commandOf[study.HoldVisit]("hold-visit", "Record that a visit took place", access.Schedule, visitRoles, "visit"),
	commandOf[study.MissVisit]("miss-visit", "Record that a visit did not take place, and why", access.Schedule, visitRoles, "visit", "reason"),
	commandOf[study.RaiseQuery]("raise-query", "Ask about an answer", access.Query, "", "form", "item", "text"),
	commandOf[study.CloseQuery]("close-query", "Say how a query was clarified", access.Answer, "", "id", "answer"),
	commandOf[study.CloseAlert]("close-alert", "Say what was done about an alert", access.Answer, "", "id", "action"),
	commandOf[study.RaiseDeviation]("raise-deviation", "Report a departure from the protocol that the record cannot see by itself", access.Report, "", "text"),
	commandOf[study.CheckSession]("check-session", "Answer the go/no-go list before a dosing session", access.RunSession, visitRoles, "visit"),
	commandOf[study.ConfirmOne]("confirm-one", "Confirm one's own half of a two-person check; another person's half on the same day completes it", access.RunSession, visitRoles, "visit", "check"),
	commandOf[study.ConfirmTwo]("confirm-two", "Record what two persons have checked", access.RunSession, "", "visit", "check"),
	commandOf[study.StartSession]("start-session", "Begin a dosing session", access.RunSession, visitRoles, "visit"),
	commandOf[study.GiveDose]("give-dose", "Record that the initial dose was taken", access.RunSession, "", "visit", "amount"),
	commandOf[study.DecideSupplement]("decide-supplement", "Record the decision on a supplemental dose", access.RunSession, "", "visit", "decision"),
	commandOf[study.Acknowledge]("acknowledge", "Take on a passed limit", access.Acknowledge, "the protocol names the roles for each rule", "visit", "breach", "action"),
	commandOf[study.Discharge]("discharge", "Pass the gate at the end of a dosing session", access.RunSession, "", "visit", "adult", "to"),
	commandOf[study.EndSession]("end-session", "End and sign a dosing session", access.RunSession, visitRoles, "visit"),
	commandOf[study.DoDuty]("do-duty", "Record that a safety report was made", access.Report, "", "clock", "repeat", "reference"),
	commandOf[study.StopTreatment]("stop-treatment", "End treatment; follow-up goes on. Staff give one of the protocol's reasons, a participant owes none", access.LeaveOrOwn, ownRecord),
	commandOf[study.Withdraw]("withdraw", "End taking part. Staff give one of the protocol's reasons, a participant owes none", access.LeaveOrOwn, ownRecord),
	commandOf[study.Lose]("lose", "Record that the participant cannot be reached any more", access.EndTaking, "", "attempts"),
	commandOf[study.Complete]("complete", "End the participant's study as planned", access.EndTaking, ""),
	commandOf[study.DrawRater]("draw-rater", "Draw a rater for an assessment by lot, or another when there is a reason", access.DrawRater, "", "visit"),
	commandOf[study.StateBlindness]("state-blindness", "State after an assessment whether anything unblinding was said", access.Rate, "the rater who was drawn", "visit", "blind"),
	commandOf[study.AskUnblinding]("ask-unblinding", "Ask for an emergency unblinding of a participant", access.Unblind, "", "reason"),
	commandOf[study.ConfirmUnblinding]("confirm-unblinding", "Confirm, as the second person, an emergency unblinding", access.ConfirmUnblind, "not the one who asked", "id"),
	commandOf[study.NoteUnblinding]("note-unblinding", "Say that an emergency unblinding was taken note of", access.NoteUnblind, "", "id"),

	openStudy,
	commandOf[study.RecordApproval]("record-approval", "Record that an authority has approved", access.SetUp, "", "approval", "reference", "given"),
	sealAllocation,
	commandOf[study.OpenSite]("open-site", "Begin work at a site", access.SetUp, "", "site", "name", "country", "timeZone"),
	commandOf[study.Delegate]("delegate", "Delegate a role in the study", access.Delegate, "a physician delegates at their own sites", "account", "name", "role"),
	commandOf[study.EndDelegation]("end-delegation", "End a delegation at once", access.Delegate, "", "account", "role", "reason"),
	commandOf[study.AssignStaff]("assign-staff", "Give a person a role at a site", access.Delegate, "", "site", "person", "name", "role"),
	commandOf[study.RemoveStaff]("remove-staff", "End a person's role at a site", access.Delegate, "", "site", "person", "role"),
	commandOf[study.CloseRecruitment]("close-recruitment", "End referral of new people", access.Lock, ""),
	commandOf[study.LockStudy]("lock-study", "End all entry of data", access.Lock, ""),
	commandOf[study.UnblindStudy]("unblind-study", "Open the arms of a locked study", access.Lock, "", "witness"),
}

func (k *command) route() route {
	r := route{Method: http.MethodPost, Path: "/studies/{study}/commands/" + k.Name, ID: operation(k.Name), Group: "commands", Summary: k.Summary,
		Needs: k.Needs, Who: k.Who, Keyed: true, Body: k.shape, Required: k.Required, Answer: reflect.TypeFor[Outcome](), Problems: []int{403, 409, 413, 415, 422}, Handle: k.handle}
	if r.Handle == nil {
		r.Handle = k.do
	}
	r.NewStudy = k.Type == reflect.TypeFor[study.OpenStudy]()
	return r
}

// operation turns "give-consent" into "giveConsent".
func operation(name string) string {
	words := strings.Split(name, "-")
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

// shapeOf makes the body's type of a command's type: the same fields under JSON
// names, each a pointer, so that what was not sent can be told from what is zero.
func shapeOf(t reflect.Type) (reflect.Type, [][]int) {
	var fields []reflect.StructField
	var places [][]int
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		of := f.Type
		if k := of.Kind(); k != reflect.Map && k != reflect.Slice {
			of = reflect.PointerTo(of)
		}
		fields = append(fields, reflect.StructField{Name: f.Name, Type: of, Tag: reflect.StructTag(fmt.Sprintf(`json:%q`, camel(f.Name)+",omitempty"))})
		places = append(places, f.Index)
	}
	return reflect.StructOf(fields), places
}

func camel(name string) string {
	if strings.ToUpper(name) == name {
		return strings.ToLower(name)
	}
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// read makes the command of a body.
func (k *command) read(body []byte) (study.Command, error) {
	in := reflect.New(k.shape)
	if err := decode(body, in.Interface()); err != nil {
		return nil, err
	}
	out := reflect.New(k.Type).Elem()
	for i, place := range k.fields {
		f := in.Elem().Field(i)
		if f.IsNil() {
			if name := camel(k.shape.Field(i).Name); contains(k.Required, name) {
				return nil, required(name)
			}
			continue
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
			if name := camel(k.shape.Field(i).Name); f.Kind() == reflect.String && f.Len() == 0 && contains(k.Required, name) {
				return nil, required(name)
			}
		}
		out.FieldByIndex(place).Set(f)
	}
	cmd, ok := out.Interface().(study.Command)
	if !ok {
		return nil, fmt.Errorf("api: %s is not a command", k.Type)
	}
	return cmd, nil
}

func required(name string) error {
	return bad("/"+name, "required", "this field is needed", "dette feltet trengs")
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Outcome is what a command did. It is durable.
type Outcome struct {
	Participant string       `json:"participant,omitempty"`
	Status      study.Status `json:"status,omitempty" doc:"of the participant, as it stands now"`
	Version     int64        `json:"version,omitempty" doc:"events in the participant's record, as it stands now"`
	Events      []Event      `json:"events" doc:"what happened; none when it was so already"`
}

func (k *command) do(c *call) error {
	body, client, err := c.readWrite()
	if err != nil {
		return err
	}
	cmd, err := k.read(body)
	if err != nil {
		return err
	}
	if cmd, err = c.unmask(cmd); err != nil {
		return err
	}
	return c.carryOut(cmd, client)
}

func (c *call) carryOut(cmd study.Command, client string) error {
	done, err := c.app.Do(c.r.Context(), c.actor, c.study, cmd, client)
	if err != nil {
		return err
	}
	if c.def == nil { // just opened
		c.def, _ = c.app.Definition(c.study)
	}
	out := Outcome{Participant: done.Participant, Events: make([]Event, 0, len(done.Events))}
	if done.State != nil {
		out.Status, out.Version = done.State.Status(), done.State.Version
	}
	for _, e := range done.Events {
		x, err := c.event(e)
		if err != nil {
			return err
		}
		out.Events = append(out.Events, x)
	}
	return c.send(http.StatusOK, out)
}
