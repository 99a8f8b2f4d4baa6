package app

import (
	"context"
	"io"
	"math"
	"slices"

	"varde/access"
	"varde/instrument"
	"varde/protocol"
	"varde/study"
)

// OwnData writes everything that is kept of the participant whose account it is, as
// JSON of the shape of OwnDocument, part by part: no more than one part is in memory.
// What blinding hides until the study is unblinded is named as hidden. That their
// identity was opened for it stands in the record. Needs access.SeeOwn.
func (a *App) OwnData(ctx context.Context, actor access.Actor, studyID string, w io.Writer) error {
	h, s, err := a.about(ctx, actor, studyID, actor.Participant, "OwnData", access.SeeOwn)
	if err != nil {
		return err
	}
	k, err := a.keptOf(ctx, h, s.ID)
	if err != nil {
		return err
	}
	def, sees := h.definition(), a.sees(h, actor)
	x := &ownData{app: a, ctx: ctx, h: h, def: def, actor: actor, full: s, s: study.Redact(def, s, sees), sees: sees, kept: k, out: &partWriter{w: w}}
	return x.write()
}

// ownData writes one participant's data.
type ownData struct {
	app   *App
	ctx   context.Context
	h     *host
	def   *protocol.Definition
	actor access.Actor
	full  *study.State
	s     *study.State // without what blinding hides
	sees  study.Sees
	kept  kept
	out   *partWriter
}

// readable says that what is sealed can be opened.
func (x *ownData) readable() bool { return x.app.vault != nil && x.kept.Erased.IsZero() }

func (x *ownData) write() error {
	st := x.h.studyState()
	o := x.out
	o.field("format", OwnFormat)
	o.field("made", x.app.Now())
	o.field("study", OwnStudy{ID: x.h.id, Title: st.Title, Protocol: x.def.ID, Version: x.def.Version})
	o.field("participant", x.s.ID)
	o.field("site", x.s.Site)
	o.field("language", x.s.Language)
	o.field("status", study.StatusName(x.s.Status()))
	list(o, "milestones", x.milestones())
	list(o, "hidden", x.hidden())
	if err := x.identity(); err != nil {
		return err
	}
	for _, part := range []func() error{x.consents, x.visits, x.forms, x.words, x.concerns, x.notices, x.looks, x.history} {
		if err := part(); err != nil {
			return err
		}
		if o.err != nil {
			return o.err
		}
	}
	return o.end()
}

func (x *ownData) milestones() []OwnMilestone {
	var out []OwnMilestone
	for _, m := range protocol.Milestones {
		if t := x.s.Reached[m]; !t.IsZero() {
			out = append(out, OwnMilestone{At: t, Title: study.MilestoneName(m)})
		}
	}
	return out
}

// hidden names what is kept and not shown. It is the same for everybody in a study:
// what stands there says nothing of one person.
func (x *ownData) hidden() []OwnHidden {
	why := study.Text{
		EN: "so that nobody's hopes or fears colour the result. It is opened when the study is over and unblinded; then you can ask for it",
		NB: "slik at verken håp eller frykt farger resultatet. Det åpnes når studien er over og avblindet; da kan du be om det"}
	notes := study.Text{
		EN: "they are working notes about the treatment, kept for those who treat you. Ask your physician: what the law lets you read of a medical record, you can read there",
		NB: "de er arbeidsnotater om behandlingen, for dem som behandler deg. Spør legen din: det loven lar deg lese i en journal, kan du lese der"}
	var out []OwnHidden
	add := func(en, nb string) {
		out = append(out, OwnHidden{What: study.Text{EN: en, NB: nb}, Why: why})
	}
	if !x.sees(instrument.Treating) {
		out = append(out, OwnHidden{What: study.Text{EN: "notes that your therapists wrote", NB: "notater som terapeutene dine har skrevet"}, Why: notes})
	}
	if x.def.Allocation != nil && !x.open() {
		add("which of the treatments you were given, and the number of your kit", "hvilken av behandlingene du fikk, og nummeret på pakningen din")
	}
	if !x.sees(instrument.Rating) {
		add("what independent raters noted in their conversations with you", "det uavhengige vurderere noterte i samtalene med deg")
	}
	if !x.sees(instrument.Revealing) {
		add("measurements and observations from the medicine sessions", "målinger og observasjoner fra medisinøktene")
	}
	return out
}

// open says that the study is unblinded.
func (x *ownData) open() bool { return !x.h.studyState().Unblinded.IsZero() }

func (x *ownData) identity() error {
	var fields []OwnField
	if x.readable() && x.h.permits(x.actor, access.SeeIdentity) {
		opened, err := x.app.OpenIdentity(x.ctx, x.actor, x.h.id, x.s.ID, nil, "")
		if err != nil {
			return err
		}
		for _, f := range IdentityFields {
			if v := opened[f]; v != "" {
				fields = append(fields, OwnField{Field: f, Value: v})
			}
		}
	}
	list(x.out, "identity", fields)
	if !x.kept.Erased.IsZero() {
		x.out.field("erased", x.kept.Erased)
	}
	return x.out.err
}

func (x *ownData) visits() error {
	var visits []OwnVisit
	var sessions []OwnSession
	for i, st := range x.s.Visits {
		v := &x.def.Visits[i]
		if !st.Planned.IsZero() || !st.Held.IsZero() || st.Missed != "" {
			visits = append(visits, OwnVisit{Visit: v.ID, Title: v.Title, Planned: st.Planned, Held: st.Held, Missed: st.Missed})
		}
		if d := x.s.Sessions[v.ID]; d != nil && !d.Started.IsZero() {
			sessions = append(sessions, OwnSession{Visit: v.ID, Title: v.Title, Started: d.Started, DoseAt: d.DoseAt, Dose: d.Dose,
				SecondAt: d.SupplementAt, Second: d.Supplement, Discharged: d.Discharged, Ended: d.Ended})
		}
	}
	list(x.out, "visits", visits)
	list(x.out, "sessions", sessions)
	return x.out.err
}

// words are the diary and the messages.
func (x *ownData) words() error {
	x.out.open("diary")
	for _, d := range x.full.Diary {
		if !x.readable() {
			break
		}
		w, err := x.app.openDiary(x.ctx, x.h, x.s.ID, d)
		if err != nil {
			return err
		}
		x.out.element(OwnDiary{At: d.At, Changed: d.Changed, Mood: w.Mood, Text: w.Text, Shared: d.Shared})
	}
	x.out.shut()
	names := x.app.printedNames(x.ctx, x.h)
	x.out.open("messages")
	for _, m := range x.full.Messages {
		if !x.readable() {
			break
		}
		text, err := x.app.openWords(x.ctx, x.h, x.s.ID, messageField(m.ID), m.Sealed)
		if err != nil {
			return err
		}
		line := OwnMessage{At: m.At, Own: m.Own, Text: text, Read: m.Read}
		if !m.Own {
			line.From = names(m.By)
		}
		x.out.element(line)
	}
	x.out.shut()
	return x.out.err
}

func (x *ownData) concerns() error {
	x.out.open("concerns")
	if x.app.vault != nil && x.h.permits(x.actor, access.RaiseConcern) {
		list, err := x.app.Concerns(x.ctx, x.actor, x.h.id)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(p, q ConcernLine) int { return p.At.Compare(q.At) })
		for _, c := range list {
			line := OwnConcern{ID: c.ID, Kind: c.Kind, Named: c.Who != "", Words: []OwnConcernWord{}}
			for _, w := range c.Words {
				line.Words = append(line.Words, OwnConcernWord(w))
			}
			x.out.element(line)
		}
	}
	x.out.shut()
	return x.out.err
}

func (x *ownData) notices() error {
	x.out.open("notices")
	err := x.app.each(x.ctx, x.h.id, study.NoticeStream(x.s.ID), func(e study.Event) error {
		switch d := e.Data.(type) {
		case study.NoticeSent:
			x.out.element(OwnNotice{At: e.Recorded, Channel: d.Channel, Kind: d.Kind})
		case study.NoticeFailed:
			x.out.element(OwnNotice{At: e.Recorded, Channel: d.Channel, Kind: d.Kind, Failed: true})
		}
		return x.out.err
	})
	x.out.shut()
	return err
}

func (x *ownData) looks() error {
	x.out.open("looks")
	if x.h.permits(x.actor, access.SeeLooks) {
		looks, err := x.app.Looks(x.ctx, x.actor, x.h.id, x.s.ID, math.MaxInt)
		if err != nil {
			return err
		}
		for _, l := range looks {
			if l.Role == x.actor.Role {
				continue // their own
			}
			who := l.Name
			if who == "" {
				who = l.Account
			}
			x.out.element(OwnLook{At: l.At, Who: who, Role: study.RoleName(l.Role), What: study.LookedAt(x.def, l.What), Fields: l.Fields, Purpose: l.Purpose})
		}
	}
	x.out.shut()
	return x.out.err
}

// history is what was recorded, as the participant may read it. The kit number of a
// blinded study is left out: with the pharmacy's list it tells the arm.
func (x *ownData) history() error {
	x.out.open("history")
	err := x.app.each(x.ctx, x.h.id, study.ParticipantStream(x.s.ID), func(e study.Event) error {
		for _, e := range x.app.visible(x.h, x.actor, []study.Event{e}) {
			if !x.open() {
				e = study.WithoutKit(e)
			}
			x.out.element(OwnHistoryLine{At: e.At, Recorded: e.Recorded, Role: study.RoleName(e.Role), What: study.Describe(x.def, e), Reason: e.Reason})
		}
		return x.out.err
	})
	x.out.shut()
	return err
}
