package usdm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"varde/bilingual"
	"varde/export/usdm"
	"varde/protocol"
	"varde/protocols"
)

// definitions are the example and the shipped protocols.
func definitions(t testing.TB) []*protocol.Definition {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	example, findings := protocol.Load(os.DirFS("../../docs/example-protocol"), lib)
	if example == nil {
		t.Fatal(findings)
	}
	out := []*protocol.Definition{example}
	for _, id := range protocols.Names() {
		def, err := protocols.Load(id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, def)
	}
	return out
}

func written(t testing.TB, def *protocol.Definition) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := usdm.Write(&b, def); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every id stands once and every reference leads to an object.
func TestReferencesResolve(t *testing.T) {
	for _, def := range definitions(t) {
		var x any
		if err := json.Unmarshal(written(t, def), &x); err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		var references []string
		var visit func(x any)
		visit = func(x any) {
			switch x := x.(type) {
			case map[string]any:
				if id, ok := x["id"].(string); ok {
					if have[id] {
						t.Errorf("%s: the id %s stands twice", def.ID, id)
					}
					have[id] = true
				}
				for key, v := range x {
					if s, ok := v.(string); ok && strings.HasSuffix(key, "Id") {
						references = append(references, s)
					}
					if list, ok := v.([]any); ok && strings.HasSuffix(key, "Ids") {
						for _, s := range list {
							references = append(references, fmt.Sprint(s))
						}
					}
					visit(v)
				}
			case []any:
				for _, v := range x {
					visit(v)
				}
			}
		}
		visit(x)
		if len(references) < 50 {
			t.Errorf("%s: only %d references", def.ID, len(references))
		}
		for _, r := range references {
			if !have[r] {
				t.Errorf("%s: nothing has the id %q", def.ID, r)
			}
		}
	}
}

// read decodes the imported files as the language has them.
func read(t *testing.T, s *usdm.Skeleton) protocol.Protocol {
	t.Helper()
	var p protocol.Protocol
	for _, name := range []string{"protocol.yaml", "schedule.yaml", "eligibility.yaml", "analysis.yaml"} {
		if err := yaml.Unmarshal(s.Files[name], &p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return p
}

// A text as it comes back: blanks within lines are joined.
func folded(x bilingual.Text) bilingual.Text {
	f := func(s string) string {
		lines := strings.Split(s, "\n")
		for i := range lines {
			lines[i] = strings.Join(strings.Fields(lines[i]), " ")
		}
		return strings.TrimSpace(strings.Join(lines, "\n"))
	}
	return bilingual.Text{EN: f(x.EN), NB: f(x.NB)}
}

// What is written and imported again has the same arms, epochs, visits, timings, gates,
// criteria, endpoints and estimands, in both languages.
func TestRoundTrip(t *testing.T) {
	for _, def := range definitions(t) {
		got := read(t, imported(t, string(written(t, def))))
		same := func(what string, got, want any) {
			t.Helper()
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s came back as\n%+v, want\n%+v", def.ID, what, got, want)
			}
		}
		same("the identity", []any{got.ID, got.Version, got.Kind, got.Phase, got.Registry, got.Title, folded(got.Summary)}, []any{def.ID, def.Version, def.Kind, def.Phase, def.Registry, def.Title, folded(def.Summary)})
		same("the arms", got.Arms, def.Arms)
		same("the epochs", got.Epochs, def.Epochs)
		if len(got.Visits) != len(def.Visits) {
			t.Fatalf("%s: %d visits came back of %d", def.ID, len(got.Visits), len(def.Visits))
		}
		for i, want := range def.Visits {
			want.Provenance = protocol.Provenance{}
			same("visit "+want.ID, got.Visits[i], want)
		}
		same("the gates", got.Eligibility.Gates, def.Eligibility.Gates)
		for i, want := range def.Eligibility.Criteria {
			want.Provenance = protocol.Provenance{}
			want.Text = folded(want.Text)
			x := got.Eligibility.Criteria[i]
			x.Text = folded(x.Text)
			same("criterion "+want.ID, x, want)
		}
		same("the number of criteria", len(got.Eligibility.Criteria), len(def.Eligibility.Criteria))
		same("the sample size", got.Analysis.SampleSize, def.Analysis.SampleSize)
		endpoints := map[string]protocol.Endpoint{}
		for _, e := range got.Analysis.Endpoints {
			endpoints[e.ID] = e
		}
		for _, want := range def.Analysis.Endpoints {
			x := endpoints[want.ID]
			same("endpoint "+want.ID, []any{x.Role, x.Text, x.Score, x.Baseline, x.Visits, x.At}, []any{want.Role, want.Text, want.Score, want.Baseline, want.Visits, want.At})
		}
		for i, want := range def.Analysis.Estimands {
			x := got.Analysis.Estimands[i]
			same("estimand "+want.ID, []any{x.ID, x.Text, x.Endpoint, x.Population, x.Strategy, x.Events, folded(x.Summary)}, []any{want.ID, want.Text, want.Endpoint, want.Population, want.Strategy, want.Events, folded(want.Summary)})
		}
	}
}

// The windows that came back are the ones of the study: with its schedule and criteria
// replaced by the imported ones the folder passes the checker, and is written the same.
func TestRoundTripIsSound(t *testing.T) {
	def := definitions(t)[0]
	s := imported(t, string(written(t, def)))
	files := map[string][]byte{}
	for name, text := range def.Files {
		files[name] = text
	}
	logs := def.Files["schedule.yaml"]
	logs = logs[bytes.Index(logs, []byte("\nlogs:")):]
	files["schedule.yaml"] = s.Files["schedule.yaml"]
	files["logs.yaml"] = logs
	files["eligibility.yaml"] = s.Files["eligibility.yaml"]
	again, findings := protocol.FromFiles(files)
	if again == nil {
		t.Fatal(findings)
	}
	again.Digest = def.Digest
	if !bytes.Equal(written(t, again), written(t, def)) {
		t.Error("the imported schedule and criteria are written otherwise")
	}
}

// Without what our own export adds, the rest still comes back: the English texts and
// the timings, as another program would write them.
func TestForeignRoundTrip(t *testing.T) {
	def := definitions(t)[1]
	var x any
	if err := json.Unmarshal(written(t, def), &x); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(x any) {
		switch x := x.(type) {
		case map[string]any:
			delete(x, "extensionAttributes")
			for _, v := range x {
				strip(v)
			}
		case []any:
			for _, v := range x {
				strip(v)
			}
		}
	}
	strip(x)
	b, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, imported(t, string(b)))
	if len(got.Visits) != len(def.Visits) {
		t.Fatalf("%d visits of %d", len(got.Visits), len(def.Visits))
	}
	for i, want := range def.Visits {
		v := got.Visits[i]
		if v.ID != want.ID || v.Title.EN != want.Title.EN || v.Epoch != want.Epoch || v.Anchor != want.Anchor || v.Offset != want.Offset || v.Before != want.Before || v.After != want.After {
			t.Errorf("visit %+v, want %+v", v, want)
		}
	}
	for i, want := range def.Eligibility.Criteria {
		c := got.Eligibility.Criteria[i]
		if folded(c.Text).EN != folded(want.Text).EN || c.Kind != want.Kind || c.Expr != "" {
			t.Errorf("criterion %+v, want %+v", c, want)
		}
	}
}

// Nothing that helps to guess an allocation leaves the house with the definition.
func TestNoBlockSizes(t *testing.T) {
	def := definitions(t)[0]
	def.Allocation.Blocks = []int{4711}
	if bytes.Contains(written(t, def), []byte("4711")) {
		t.Error("the block sizes stand in the file")
	}
}

func TestDeterministic(t *testing.T) {
	def := definitions(t)[1]
	first := written(t, def)
	for range 3 {
		if !bytes.Equal(first, written(t, def)) {
			t.Fatal("the same definition gives other bytes")
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	def := definitions(b)[1]
	for b.Loop() {
		if err := usdm.Write(io.Discard, def); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	text := written(b, definitions(b)[1])
	for b.Loop() {
		d, err := usdm.Read(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Import(); err != nil {
			b.Fatal(err)
		}
	}
}
