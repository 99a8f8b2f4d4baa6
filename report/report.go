// Package report makes documents from the record: the result of a study as
// typed page data with figures, as JSON with full precision, and as a short text
// for the terminal. It writes nothing to the record, and it shows no more than
// the actor who asks may see: the arms come from app, or not at all.
package report

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"varde/access"
	"varde/analysis"
	"varde/instrument"
	"varde/ledger"
	"varde/protocol"
	"varde/study"
)

// Source is where the record comes from: *app.App is one.
type Source interface {
	Definition(studyID string) (*protocol.Definition, bool)
	Study(studyID string) (*study.StudyState, error)
	Subjects(ctx context.Context, actor access.Actor, studyID string) iter.Seq2[*study.State, error]
	Arms(ctx context.Context, actor access.Actor, studyID string) (map[string]string, error)
	Checkpoint(ctx context.Context, studyID string) (ledger.Checkpoint, error)
}

// attempts at a cut while others write. Reading takes a moment, so a busy study
// may need a second try.
const attempts = 4

// Build cuts the data as the actor may see them and applies the protocol's plan.
// The cut is exact: when the ledger grew while it was read, it is read again.
// Refusals of the source pass through unchanged.
func Build(ctx context.Context, src Source, actor access.Actor, studyID string) (analysis.Result, error) {
	return buildWith(ctx, src, actor, studyID, 0)
}

// BuildDummy does the same with arms that are drawn by the seed (not 0) and have nothing
// to do with those of the study: to see the whole analysis run before it is unblinded.
func BuildDummy(ctx context.Context, src Source, actor access.Actor, studyID string, seed uint64) (analysis.Result, error) {
	return buildWith(ctx, src, actor, studyID, seed)
}

func buildWith(ctx context.Context, src Source, actor access.Actor, studyID string, dummy uint64) (analysis.Result, error) {
	def, ok := src.Definition(studyID)
	if !ok {
		return analysis.Result{}, &study.Refusal{Kind: study.Missing, Code: "no-such-study", Text: study.Text{EN: "there is no such study", NB: "studien finnes ikke"}}
	}
	for range attempts {
		before, err := src.Checkpoint(ctx, studyID)
		if err != nil {
			return analysis.Result{}, fmt.Errorf("report: %w", err)
		}
		ds, err := read(ctx, src, def, actor, studyID, dummy)
		if err != nil {
			return analysis.Result{}, err
		}
		after, err := src.Checkpoint(ctx, studyID)
		if err != nil {
			return analysis.Result{}, fmt.Errorf("report: %w", err)
		}
		if before.Size == after.Size {
			ds.Cut.Size, ds.Cut.Root, ds.Cut.Time = before.Size, hex.EncodeToString(before.Root[:]), before.Time
			return analysis.Analyse(def, ds), nil
		}
	}
	return analysis.Result{}, &study.Refusal{Kind: study.Against, Code: "record-moving", Text: study.Text{
		EN: "the record grew while it was read; try again in a moment", NB: "det ble skrevet i journalen mens den ble lest; prøv igjen om litt"}}
}

func read(ctx context.Context, src Source, def *protocol.Definition, actor access.Actor, studyID string, dummy uint64) (analysis.Dataset, error) {
	var ds analysis.Dataset
	st, err := src.Study(studyID)
	if err != nil {
		return ds, err
	}
	arms, err := src.Arms(ctx, actor, studyID)
	if err != nil {
		return ds, err
	}
	ds = analysis.Dataset{
		Cut:       analysis.Cut{Study: studyID, Title: st.Title, Protocol: def.ID, Version: def.Version, Digest: def.Digest, Mode: st.Mode},
		Simulated: st.Mode != "live",
		Arms:      arms != nil || dummy != 0,
		Dummy:     dummy,
	}
	for _, class := range []instrument.Blinding{instrument.Revealing, instrument.Rating, instrument.Unblinded} {
		if st.Unblinded.IsZero() && actor.Role != "system" && !access.Sees(def, actor.Role, class) {
			ds.Hidden = append(ds.Hidden, class)
		}
	}
	needs := analysis.NeedsOf(def)
	for s, err := range src.Subjects(ctx, actor, studyID) {
		if err != nil {
			return ds, err
		}
		if s == nil {
			continue
		}
		arm := arms[s.ID]
		if dummy != 0 {
			arm = dummyArm(def, s.ID, dummy)
		}
		ds.Subjects = append(ds.Subjects, Subject(def, needs, s, arm))
	}
	return ds, nil
}

// dummyArm draws one of the protocol's arms from the seed and the number alone.
func dummyArm(def *protocol.Definition, id string, seed uint64) string {
	if len(def.Arms) == 0 {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "dummy arm %d %s", seed, id))
	return def.Arms[binary.BigEndian.Uint64(sum[:8])%uint64(len(def.Arms))].ID
}

// JSON writes the result with full precision, the keys in a fixed order.
func JSON(w io.Writer, r analysis.Result) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
