package signing

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"varde/ledger"
	"varde/study"
)

// Report is the answer of [Verify].
type Report struct {
	Study      string   `json:"study"`
	Signatures int      `json:"signatures"`
	Passkey    int      `json:"passkey"`           // signed by a passkey
	Password   int      `json:"password"`          // signed with password and code: no key signs these
	Void       int      `json:"void"`              // the record was changed after the signature
	Bad        int      `json:"bad"`               // do not verify
	Owners     bool     `json:"owners"`            // whose keys they were was compared with the house's log
	Origins    []string `json:"origins,omitempty"` // where browsers said they were, sorted
	Faults     []Place  `json:"faults,omitempty"`  // in the order of the log, at most ledger.MaxFaults
}

// Place is a signature that does not verify, and where it stands.
type Place struct {
	Seq     int64  `json:"seq"`
	Stream  string `json:"stream"`
	Version int64  `json:"version"`
	Record  string `json:"record,omitempty"`
	Name    string `json:"name,omitempty"`
	Fault   *Fault `json:"fault"`
}

// OK reports whether every signature verifies. One whose record was changed
// afterwards verifies: it is void, and was good when it was given.
func (r *Report) OK() bool { return r.Bad == 0 }

// String sums the report up in one line.
func (r *Report) String() string {
	s := fmt.Sprintf("study %q: %d signatures (%d by passkey, %d by password), %d void because their record was changed later", r.Study, r.Signatures, r.Passkey, r.Password, r.Void)
	if r.Bad > 0 {
		return fmt.Sprintf("%s; %d do not verify; the first: %s", s, r.Bad, r.Faults[0])
	}
	s += "; all verify"
	switch {
	case r.Passkey == 0:
	case r.Owners:
		s += ", and the house's log shows each key as the signer's"
	default:
		s += "; whose the keys were is not checked, for that the house's log is needed"
	}
	return s
}

func (p Place) String() string {
	return fmt.Sprintf("event seq %d (stream %q, version %d), signature of %q under %s: %s", p.Seq, p.Stream, p.Version, p.Name, p.Record, p.Fault.Text.EN)
}

// pending is a signature on its way through the second reading.
type pending struct {
	place   Place
	record  study.RecordRef
	tip     string
	version int64 // of the record's last event
	seen    bool  // that event was found
	void    bool
}

// Reading answers a study's events, or those of one stream, from the start each time
// it is called.
type Reading func() (iter.Seq2[ledger.Event, error], error)

// Verify checks every signature of a study. The log is read twice, so that memory
// grows with the signatures and not with the log. Events that cannot be read are
// passed over: [ledger.Verify] names them. Keys may be nil, when the house's log is
// not at hand.
func Verify(ctx context.Context, studyID string, events Reading, keys *Keys) (Report, error) {
	r, err := verify(ctx, studyID, events, keys)
	r.Faults = r.Faults[:min(len(r.Faults), ledger.MaxFaults)]
	return r, err
}

// Stream checks the signatures of one stream, and answers the faults by the version
// of the signature's event. A signature that is not in it verifies.
func Stream(ctx context.Context, studyID string, events Reading, keys *Keys) (map[int64]*Fault, error) {
	r, err := verify(ctx, studyID, events, keys)
	out := make(map[int64]*Fault, len(r.Faults))
	for _, p := range r.Faults {
		out[p.Version] = p.Fault
	}
	return out, err
}

func verify(ctx context.Context, studyID string, events Reading, keys *Keys) (Report, error) {
	r := Report{Study: studyID, Owners: keys != nil}
	found := map[string][]*pending{}
	var all []*pending
	err := each(ctx, events, func(l *ledger.Event) {
		if l.Type != (study.Event{Data: study.RecordSigned{}}).Type() {
			return
		}
		if p := r.first(studyID, l, keys); p != nil {
			found[l.Stream] = append(found[l.Stream], p)
			all = append(all, p)
		}
	})
	if err == nil && len(found) > 0 {
		err = each(ctx, events, func(l *ledger.Event) {
			if list := found[l.Stream]; len(list) > 0 {
				second(l, list)
			}
		})
	}
	if err != nil {
		return r, fmt.Errorf("signing: study %s: %w", studyID, err)
	}
	for _, p := range all {
		switch {
		case p.place.Fault == nil && !p.seen:
			p.place.Fault = fault(BadTip, "the event that the statement names is not there", "hendelsen som erklæringen viser til, finnes ikke")
		case p.void:
			r.Void++
		}
		if p.place.Fault != nil {
			r.Bad++
			r.Faults = append(r.Faults, p.place)
		}
	}
	slices.SortStableFunc(r.Faults, func(a, b Place) int { return int(min(max(a.Seq-b.Seq, -1), 1)) })
	slices.Sort(r.Origins)
	return r, nil
}

// first checks a signature by itself. It answers what is to be compared with the
// rest of the stream, nil when the signature is bad already.
func (r *Report) first(studyID string, l *ledger.Event, keys *Keys) *pending {
	r.Signatures++
	place := Place{Seq: l.Seq, Stream: l.Stream, Version: l.Version}
	bad := func(f *Fault) *pending {
		r.Bad++
		place.Fault = f
		r.Faults = append(r.Faults, place)
		return nil
	}
	e, err := study.Decode(*l)
	if err != nil {
		return bad(fault(BadEvent, "the signature cannot be read", "signaturen kan ikke leses"))
	}
	d, ok := e.Data.(study.RecordSigned)
	if !ok {
		return bad(fault(BadEvent, "the signature cannot be read", "signaturen kan ikke leses"))
	}
	place.Record, place.Name = d.Record, d.Name
	switch d.Proof.Method {
	case study.ByPasskey:
		r.Passkey++
		if o, _ := Origin(d.Proof); o != "" && !slices.Contains(r.Origins, o) {
			r.Origins = append(r.Origins, o)
		}
	case study.ByPassword:
		r.Password++
	}
	st, f := CheckEvent(studyID, e, d)
	if f == nil {
		f = keys.Check(st.Account, d.Proof, e.Recorded)
	}
	if f != nil {
		return bad(f)
	}
	ref, err := study.ParseRecordRef(d.Record)
	if err != nil {
		return bad(fault(BadStatement, "the statement names no record", "erklæringen viser ikke til noen føring"))
	}
	return &pending{place: place, record: ref, tip: st.Tip, version: st.Version}
}

// second compares an event with the signatures of its stream.
func second(l *ledger.Event, list []*pending) {
	var e study.Event
	decoded := false
	for _, p := range list {
		if l.Version < p.version || p.place.Fault != nil || p.void && l.Version > p.place.Version {
			continue
		}
		if !decoded {
			var err error
			if e, err = study.Decode(*l); err != nil {
				e = study.Event{Data: study.RecruitmentClosed{}} // unknown: it touches the whole record at most
			}
			decoded = true
		}
		touches := p.record.TouchedBy(e.Data)
		switch {
		case l.Version == p.version:
			p.seen = true
			hash := l.LeafHash()
			if p.place.Fault = CheckTip(study.Statement{Tip: p.tip}, hash); p.place.Fault == nil && !touches {
				p.place.Fault = fault(BadTip, "the event that the statement names is not one of the record", "hendelsen som erklæringen viser til, hører ikke til føringen")
			}
		case touches && l.Version < p.place.Version:
			p.place.Fault = fault(NotLast, "the record was changed before it was signed, and an older state of it was signed", "føringen ble endret før den ble signert, og en eldre tilstand ble signert")
		case touches:
			p.void = true
		}
	}
}

// each reads all events, and passes over those that cannot be read.
func each(ctx context.Context, events Reading, do func(*ledger.Event)) error {
	list, err := events()
	if err != nil {
		return err
	}
	for e, err := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var unreadable *ledger.RecordError
		switch {
		case errors.As(err, &unreadable):
		case err != nil:
			return err
		case strings.HasPrefix(e.Stream, "participant/") || e.Stream == study.StudyStream:
			do(&e)
		}
	}
	return nil
}
