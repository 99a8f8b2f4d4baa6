package app

import (
	"context"
	"encoding/json"
	"time"

	"varde/access"
	"varde/ledger"
	"varde/study"
)

// Delivery is how messages go out: what the house has, and of a study whom they do not
// reach. It holds no address.
type Delivery struct {
	Channels    []DeliveryChannel
	Waiting     []DeliveryLine // tried, and tried again
	Unreachable []DeliveryLine // somebody must look at
}

// DeliveryChannel is a channel, and how it did since this program began.
type DeliveryChannel struct {
	ID  string
	Has bool // it is configured
	ChannelState
}

// DeliveryLine is one participant.
type DeliveryLine struct {
	Participant string
	At          time.Time // next try, or since when
	Try         int
	Why         string // a code
	Task        study.Task
}

// mostDelivery bounds each list.
const mostDelivery = 200

// HouseDelivery answers the channels of the house. Needs access.SeeAccess.
func (a *App) HouseDelivery(_ context.Context, actor access.Actor) (Delivery, error) {
	if err := a.mayHouse(actor, access.SeeAccess); err != nil {
		return Delivery{}, err
	}
	return Delivery{Channels: a.channelStates()}, nil
}

// Delivery answers the channels and those of a study, within the actor's sites, whom
// messages do not reach. Needs access.SeeAudit.
func (a *App) Delivery(ctx context.Context, actor access.Actor, studyID string) (Delivery, error) {
	h, err := a.host(studyID)
	if err != nil {
		return Delivery{}, err
	}
	if err := a.may(h, actor, access.SeeAudit); err != nil {
		return Delivery{}, err
	}
	d := Delivery{Channels: a.channelStates()}
	rows, err := a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewNotice, Sites: actor.Sites, ByDue: true})
	if err != nil {
		return d, err
	}
	for _, r := range rows {
		var n noticeRow
		if err := json.Unmarshal(r.Doc, &n); err != nil {
			return d, err
		}
		if n.Why != "" && len(d.Waiting) < mostDelivery {
			d.Waiting = append(d.Waiting, DeliveryLine{Participant: r.Key, At: n.Next, Try: n.Try, Why: n.Why})
		}
	}
	if rows, err = a.store.Rows(ctx, ledger.Query{Study: h.id, View: viewTask, Sites: actor.Sites, Groups: []string{string(study.TaskReach)}, ByDue: true, Limit: mostDelivery}); err != nil {
		return d, err
	}
	for _, r := range rows {
		var t TaskRow
		if err := json.Unmarshal(r.Doc, &t); err != nil {
			return d, err
		}
		d.Unreachable = append(d.Unreachable, DeliveryLine{Participant: t.Participant, At: t.Task.Due, Task: t.Task})
	}
	return d, nil
}

func (a *App) channelStates() []DeliveryChannel {
	a.reminder.mu.Lock()
	defer a.reminder.mu.Unlock()
	var out []DeliveryChannel
	for _, c := range study.NoticeChannels {
		out = append(out, DeliveryChannel{ID: c, Has: a.outward.can(c), ChannelState: a.reminder.state[c]})
	}
	return out
}
