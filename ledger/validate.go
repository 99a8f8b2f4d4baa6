package ledger

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a batch. They are far above what a form needs and keep a mistake from
// filling the disk.
const (
	MaxNameBytes  = 512      // study, stream, actor, role, client id, type, view, key and the like
	MaxTextBytes  = 64 << 10 // a reason, a row's Sort
	MaxJSONBytes  = 16 << 20 // a payload, a row's document
	MaxBatchItems = 100_000  // events and rows of one batch
)

// Validate says whether a store could ever write the batch; the error wraps
// [ErrInvalid] and names the part. Stores call it before they queue a batch.
//
// Names are valid UTF-8 of at most MaxNameBytes without control characters.
// Times are years 1 to 9999; what is finer than a microsecond is cut off when
// the batch is written.
func (b *Batch) Validate() error {
	if err := validName("study", b.Study, true); err != nil {
		return err
	}
	if len(b.Parts) == 0 && len(b.Rows) == 0 {
		return invalid("the batch has neither events nor rows")
	}
	for i := range b.Rows {
		if err := b.Rows[i].Validate(); err != nil {
			return err
		}
	}
	items := len(b.Rows)
	if len(b.Parts) > 0 || b.ClientID != "" {
		if err := b.validateEnvelope(); err != nil {
			return err
		}
	}
	for i := range b.Parts {
		p := &b.Parts[i]
		items += len(p.Events)
		if err := p.validate(); err != nil {
			return err
		}
		for _, other := range b.Parts[:i] {
			if other.Stream == p.Stream {
				return invalid("the stream %s has two parts in one batch: put their events into one", p.Stream)
			}
		}
	}
	if items > MaxBatchItems {
		return invalid("%d events and rows in one batch, at most %d", items, MaxBatchItems)
	}
	return nil
}

func (b *Batch) validateEnvelope() error {
	if err := validName("actor", b.Actor, false); err != nil {
		return err
	}
	if err := validName("role", b.Role, false); err != nil {
		return err
	}
	if err := validName("client id", b.ClientID, false); err != nil {
		return err
	}
	return validTime("RecordedAt", b.RecordedAt)
}

func (p *Part) validate() error {
	if err := validName("stream", p.Stream, true); err != nil {
		return err
	}
	if p.Expected < 0 {
		return invalid("stream %s: the expected version %d is negative", p.Stream, p.Expected)
	}
	if len(p.Events) == 0 {
		return invalid("stream %s: the part has no events", p.Stream)
	}
	for i := range p.Events {
		if err := p.Events[i].validate(); err != nil {
			return fmt.Errorf("%w (event %d of stream %s)", err, i+1, p.Stream)
		}
	}
	return nil
}

func (n *New) validate() error {
	if err := validName("type", n.Type, true); err != nil {
		return err
	}
	if n.Schema < 1 || n.Schema > 1<<31-1 {
		return invalid("%s: the schema version is %d, it counts from 1", n.Type, n.Schema)
	}
	if err := validTime("EffectiveAt of "+n.Type, n.EffectiveAt); err != nil {
		return err
	}
	if err := validText("reason", n.Reason); err != nil {
		return err
	}
	return validJSON("the payload of "+n.Type, n.Payload)
}

// Validate says whether a store could write the row; the error wraps [ErrInvalid].
// Doc may be empty.
func (r *Row) Validate() error {
	if err := validName("view", r.View, true); err != nil {
		return err
	}
	if err := validName("key", r.Key, true); err != nil {
		return fmt.Errorf("%w (view %s)", err, r.View)
	}
	if r.Delete {
		return nil
	}
	for _, f := range [...]struct{ what, value string }{{"site", r.Site}, {"parent", r.Parent}, {"group", r.Group}} {
		if err := validName(f.what, f.value, false); err != nil {
			return fmt.Errorf("%w (row %s/%s)", err, r.View, r.Key)
		}
	}
	if err := validText("sort", r.Sort); err != nil {
		return fmt.Errorf("%w (row %s/%s)", err, r.View, r.Key)
	}
	if !r.Due.IsZero() {
		if err := validTime("Due", r.Due); err != nil {
			return fmt.Errorf("%w (row %s/%s)", err, r.View, r.Key)
		}
	}
	if len(r.Doc) == 0 {
		return nil
	}
	return validJSON("the document of row "+r.View+"/"+r.Key, r.Doc)
}

// Validate says whether the query makes sense; the error wraps [ErrInvalid].
func (q *Query) Validate() error {
	switch {
	case q.Study == "" || q.View == "":
		return invalid("a query names a study and a view: %q, %q", q.Study, q.View)
	case q.Offset < 0 || q.Limit < 0:
		return invalid("a query's offset %d and limit %d are not negative", q.Offset, q.Limit)
	}
	return nil
}

// ValidateStudy says whether name can be a study's id.
func ValidateStudy(name string) error { return validName("study", name, true) }

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

func validName(what, value string, required bool) error {
	switch {
	case value == "" && required:
		return invalid("the %s is empty", what)
	case len(value) > MaxNameBytes:
		return invalid("the %s has %d bytes, at most %d", what, len(value), MaxNameBytes)
	case !utf8.ValidString(value):
		return invalid("the %s %q is not valid UTF-8", what, value)
	}
	for i := range len(value) {
		if value[i] < 0x20 || value[i] == 0x7f {
			return invalid("the %s %q holds a control character", what, value)
		}
	}
	return nil
}

func validText(what, value string) error {
	switch {
	case len(value) > MaxTextBytes:
		return invalid("the %s has %d bytes, at most %d", what, len(value), MaxTextBytes)
	case !utf8.ValidString(value):
		return invalid("the %s is not valid UTF-8", what)
	case strings.IndexByte(value, 0) >= 0:
		return invalid("the %s holds a NUL character", what)
	}
	return nil
}

func validTime(what string, t time.Time) error {
	if t.IsZero() {
		return invalid("%s is not set", what)
	}
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return invalid("%s is in the year %d", what, y)
	}
	return nil
}

func validJSON(what string, text []byte) error {
	if len(text) > MaxJSONBytes {
		return invalid("%s has %d bytes, at most %d", what, len(text), MaxJSONBytes)
	}
	if IsCanonical(text) {
		return nil
	}
	if _, err := CanonicalJSON(text); err != nil {
		return invalid("%s is not JSON: %v", what, err)
	}
	return invalid("%s is not canonical JSON: make it with ledger.Canonical", what)
}
