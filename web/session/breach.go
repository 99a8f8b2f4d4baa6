package session

import (
	"time"

	"varde/study"
	"varde/web/page"
)

// acknowledge takes on a limit that was passed, by the number that the record gave it.
func acknowledge(r *room) (*done, error) {
	id := r.c.Value("breach")
	if err := r.take("breach-" + id); err != nil {
		return nil, err
	}
	return r.takeOn(id)
}

// acknowledgeRule takes on a limit that the device saw before the server did: the
// entry with the measurement stands before this one in the outbox, so the record has
// given the breach its number by now, which the device cannot know. It is the one of
// that rule that happened nearest to the measurement.
func acknowledgeRule(r *room) (*done, error) {
	if err := r.take("breach-rule"); err != nil {
		return nil, err
	}
	of, err := time.Parse(time.RFC3339Nano, r.c.Text("of"))
	if err != nil {
		return nil, page.Bad("of", "this is no time of a measurement", "dette er ikke tidspunktet for en måling")
	}
	id, gap := "", sameMeasurement
	if r.x != nil {
		for _, b := range r.x.Breaches {
			if d := b.At.Sub(of).Abs(); b.Rule == r.c.Text("rule") && d < gap {
				id, gap = b.ID, d
			}
		}
	}
	if id == "" {
		return nil, &study.Refusal{Kind: study.Missing, Code: "no-such-breach", Text: study.Text{
			EN: "the record has no such breach at that time: the measurement may have been corrected, or the limit was known already",
			NB: "journalen har ingen slik overskridelse på det tidspunktet: målingen kan være rettet, eller grensen var kjent fra før"}}
	}
	return r.takeOn(id)
}

// sameMeasurement is how far the device's time of a measurement and the record's may
// lie apart: a time typed to the minute stands for all of it.
const sameMeasurement = time.Minute

func (r *room) takeOn(id string) (*done, error) {
	cmd := study.Acknowledge{On: study.On{Participant: r.s.ID, At: r.c.Entered()}, Visit: r.visit.ID, Breach: id, Action: r.c.Text("action")}
	if _, err := r.c.Do(cmd); err != nil {
		return nil, err
	}
	d, err := did(r.c.T("room.breach.done"), "")
	if d != nil && r.c.Text("back") == "sessions" {
		d.to = r.c.Path("sessions")
	}
	return d, err
}
