package study

import (
	"fmt"
	"slices"
	"time"

	"varde/protocol"
)

// Decide answers what happens when the command is carried out on the participant,
// or a *Refusal why it is not. The state is nil for Refer only.
func Decide(def *protocol.Definition, s *State, env Env, cmd Command) ([]Event, error) {
	events, _, err := Next(def, s, env, cmd)
	return events, err
}

// Next is Decide, and answers the state after the events as well: the same that
// Evolve would give, reached on the way.
func Next(def *protocol.Definition, s *State, env Env, cmd Command) ([]Event, *State, error) {
	if _, ok := cmd.(Refer); !ok && s == nil {
		return nil, nil, missing("no-such-participant", "there is no such participant", "deltakeren finnes ikke")
	}
	d := &decision{def: def, s: s, env: env, at: cmd.When()}
	if d.at.IsZero() {
		d.at = env.Now
	}
	d.at = d.at.UTC().Truncate(time.Microsecond)
	if r := d.common(cmd); r != nil {
		return nil, nil, r
	}
	if d.at.After(d.env.Now) {
		// A device's clock that runs ahead by a little must not open a gate early.
		d.at = d.env.Now.UTC().Truncate(time.Microsecond)
	}
	if r := d.decide(cmd); r != nil {
		return nil, nil, r
	}
	d.freed(s)
	if d.owned {
		d.s.made()
	}
	return d.events, d.s, nil
}

// decision collects the events of one command. While it goes on, s is kept up to
// date with them, so that a later rule sees what an earlier one decided.
type decision struct {
	def    *protocol.Definition
	s      *State
	env    Env
	at     time.Time
	reason string
	events []Event
	owned  bool // s is our own copy
}

// happen adds an event and takes it into account.
func (d *decision) happen(p Payload) {
	e := Event{At: d.at, Reason: d.reason, Data: p}
	d.events = append(d.events, e)
	switch {
	case d.s == nil:
		d.s, d.owned = newState(d.def), true
	case !d.owned:
		d.s, d.owned = d.s.clone(), true
	}
	e.Version, e.Recorded, e.Actor, e.Role = d.s.Version+1, d.env.Now, d.env.Actor.ID, d.env.Actor.Role
	d.s.apply(d.def, e)
}

// elsewhere adds an event of another stream.
func (d *decision) elsewhere(stream string, p Payload) {
	d.events = append(d.events, Event{Stream: stream, At: d.at, Data: p})
}

// common refuses what no command may do.
func (d *decision) common(cmd Command) *Refusal {
	const ahead = 5 * time.Minute // clocks of devices differ a little
	if d.at.After(d.env.Now.Add(ahead)) {
		return invalid("at", "in-the-future",
			"the time given is in the future: give the time at which it happened",
			"tidspunktet ligger i fremtiden: oppgi når det skjedde")
	}
	if r := unreadable(cmd); r != nil {
		return r
	}
	if d.env.Study == nil || d.env.Study.Opened.IsZero() {
		return against("study-not-open", "the study is not open", "studien er ikke åpnet")
	}
	if !d.env.Study.Locked.IsZero() {
		return against("study-locked", "the study is locked: nothing can be entered any more", "studien er låst: ingenting kan føres lenger")
	}
	if _, ok := cmd.(Refer); ok {
		return nil
	}
	if t := d.s.Reached[Referred]; d.at.Before(t) {
		return invalid("at", "before-referral", "the time given is before the person was referred", "tidspunktet ligger før personen ble henvist")
	}
	if d.s.Status().Gone() && !stillAllowed(cmd) && !d.takesBack(cmd) {
		return refuse(Against, "participant-gone", say(
			"nothing more can be done: the participant's status is %q",
			"ikke mer kan gjøres: deltakerens status er %q", StatusName(d.s.Status())))
	}
	return nil
}

// stillAllowed: what may be entered after a participant has left: the truth about
// what happened before, and safety.
func stillAllowed(cmd Command) bool {
	switch cmd.(type) {
	case SaveForm, Acknowledge, RaiseQuery, CloseQuery, CloseAlert, RaiseDeviation, DoDuty, PassTime,
		Sign, AskUnblinding, ConfirmUnblinding, NoteUnblinding, StateBlindness,
		WriteDiary, ShareDiary, SendMessage, ReadMessages:
		return true
	}
	return false
}

func (d *decision) decide(cmd Command) *Refusal {
	switch c := cmd.(type) {
	case Refer:
		return d.refer(c)
	case Prescreen:
		return d.prescreen(c)
	case GiveConsent:
		return d.giveConsent(c)
	case WithdrawConsent:
		return d.withdrawConsent(c)
	case DecideEligibility:
		return d.decideEligibility(c)
	case Randomise:
		return d.randomise()
	case PlanVisit:
		return d.planVisit(c)
	case HoldVisit:
		return d.holdVisit(c)
	case MissVisit:
		return d.missVisit(c)
	case SaveForm:
		return d.saveForm(c)
	case RaiseQuery:
		return d.raiseQuery(c)
	case CloseQuery:
		return d.closeQuery(c)
	case CloseAlert:
		return d.closeAlert(c)
	case RaiseDeviation:
		return d.raiseDeviation(c)
	case CheckSession:
		return d.checkSession(c)
	case ConfirmOne:
		return d.confirmOne(c)
	case ConfirmTwo:
		return d.confirmTwo(c)
	case StartSession:
		return d.startSession(c)
	case GiveDose:
		return d.giveDose(c)
	case DecideSupplement:
		return d.decideSupplement(c)
	case Acknowledge:
		return d.acknowledge(c)
	case Discharge:
		return d.discharge(c)
	case EndSession:
		return d.endSession(c)
	case DoDuty:
		return d.doDuty(c)
	case StopTreatment:
		return d.stopTreatment(c)
	case Withdraw:
		return d.withdraw(c)
	case Lose:
		return d.lose(c)
	case Complete:
		return d.complete()
	case PassTime:
		return d.passTime()
	case Sign:
		return d.sign(c)
	case AskUnblinding:
		return d.askUnblinding(c)
	case ConfirmUnblinding:
		return d.confirmUnblinding(c)
	case NoteUnblinding:
		return d.noteUnblinding(c)
	case DrawRater:
		return d.drawRater(c)
	case StateBlindness:
		return d.stateBlindness(c)
	case SignConsent:
		return d.signConsent(c)
	case WriteDiary:
		return d.writeDiary(c)
	case ShareDiary:
		return d.shareDiary(c)
	case SendMessage:
		return d.sendMessage(c)
	case ReadMessages:
		return d.readMessages(c)
	}
	return invalid("", "unknown-command", fmt.Sprintf("unknown command %T", cmd), fmt.Sprintf("ukjent kommando %T", cmd))
}

// by refuses a role that is not among those the protocol names. The system may
// always do what the clock makes due.
func (d *decision) by(roles []string) *Refusal {
	if len(roles) == 0 || slices.Contains(roles, d.env.Actor.Role) {
		return nil
	}
	return forbidden(
		fmt.Sprintf("the protocol leaves this to %s; your role is %s", joinRoles(roles, "en"), RoleName(d.env.Actor.Role).EN),
		fmt.Sprintf("protokollen overlater dette til %s; din rolle er %s", joinRoles(roles, "nb"), RoleName(d.env.Actor.Role).NB))
}

func (d *decision) visit(id string) (*protocol.Visit, int, *Refusal) {
	i := d.def.VisitIndex(id)
	if i < 0 {
		return nil, -1, missing("no-such-visit", fmt.Sprintf("the protocol has no visit %q", id), fmt.Sprintf("protokollen har ikke besøket %q", id))
	}
	return &d.def.Visits[i], i, nil
}
