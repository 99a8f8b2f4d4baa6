package odm_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"varde/bilingual"
	"varde/export/odm"
	"varde/protocol"
	"varde/protocols"
)

var update = flag.Bool("update", false, "write the golden files anew")

var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func example(t testing.TB) *protocol.Definition {
	t.Helper()
	lib, err := protocols.Library()
	if err != nil {
		t.Fatal(err)
	}
	def, findings := protocol.Load(os.DirFS("../../docs/example-protocol"), lib)
	if def == nil {
		t.Fatal(findings)
	}
	return def
}

// definitions are the shipped protocols and the example.
func definitions(t testing.TB) []*protocol.Definition {
	t.Helper()
	out := []*protocol.Definition{example(t)}
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
	if err := odm.Write(&b, def, at); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	def := example(t)
	def.Digest = "the digest of the definition"
	got := written(t, def)
	const file = "testdata/example.xml"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at the change, then write it with -update", file)
	}
}

// schema answers the path of ODM.xsd, or skips.
func schema(t *testing.T) string {
	t.Helper()
	root := os.Getenv("VARDE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	file := filepath.Join(root, "conformance", "odm", "schema", "ODM.xsd")
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the ODM schemas are not here (set VARDE_REFERENCE): %v", err)
	}
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("xmllint is not installed (Debian package libxml2-utils)")
	}
	return file
}

// valid asks xmllint; it answers what is wrong, "" when nothing is.
func valid(t *testing.T, xsd string, document []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "xmllint", "--noout", "--nonet", "--schema", xsd, "-")
	cmd.Stdin = bytes.NewReader(document)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil {
		return string(out)
	}
	return ""
}

func TestValidAgainstTheSchema(t *testing.T) {
	xsd := schema(t)
	for _, def := range definitions(t) {
		if wrong := valid(t, xsd, written(t, def)); wrong != "" {
			t.Errorf("%s: %s", def.ID, wrong)
		}
	}
	// The schema is really asked: a document with a fault does not pass.
	bad := bytes.Replace(written(t, example(t)), []byte(`FileType="Snapshot"`), []byte(`FileType="Photograph"`), 1)
	if valid(t, xsd, bad) == "" {
		t.Error("a document with a fault is called valid")
	}
}

// What a protocol's author could write must never make a document that is not valid.
func TestHostileTextIsValid(t *testing.T) {
	xsd := schema(t)
	def := example(t)
	evil := "]]> <script> & \"' \x00\x01\x0b \u2028 \ufffe é ☃ 漢 <!-- -->"
	def.Title = bilingual.Text{EN: evil, NB: evil}
	def.Summary = bilingual.Text{}
	def.Arms[0].Description = bilingual.Text{}
	def.Visits[0].Title = bilingual.Text{EN: evil}
	def.Sponsor = evil
	def.Registry = append(def.Registry, def.Registry[0], def.Registry[0], protocol.Registration{Name: evil, ID: evil, Role: "modelled-on"})
	def.Eligibility.Criteria[0].Text.EN = evil
	def.Visits[1].Source = evil
	doc := written(t, def)
	if wrong := valid(t, xsd, doc); wrong != "" {
		t.Error(wrong)
	}
	if !bytes.Contains(doc, []byte("]]&gt; &lt;script&gt; &amp;")) {
		t.Error("the text was lost or left as markup")
	}
}

var identifiers = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)

// Every OID stands once, every reference leads to one of the right kind, and every item
// and score of every form stands in the document once.
func TestReferencesResolve(t *testing.T) {
	targets := map[string][]string{
		"ItemGroupOID": {"ItemGroupDef"}, "ItemOID": {"ItemDef"}, "UnitsItemOID": {"ItemDef"}, "CodeListOID": {"CodeList"}, "StudyEventOID": {"StudyEventDef"},
		"StudyEventGroupOID": {"StudyEventGroupDef"}, "WorkflowOID": {"WorkflowDef"}, "ConditionOID": {"ConditionDef"}, "CollectionExceptionConditionOID": {"ConditionDef"},
		"StartConditionOID": {"ConditionDef"}, "MethodOID": {"MethodDef"}, "CommentOID": {"CommentDef"}, "EpochOID": {"Epoch"}, "PredecessorOID": {"StudyEventDef"},
		"SuccessorOID": {"StudyEventDef"}, "StructuralElementOID": {"StudyEventDef"}, "StudyEndPointOID": {"StudyEndPoint"}, "StudyTargetPopulationOID": {"StudyTargetPopulation"},
		"SourceOID": {"StudyEventGroupDef"}, "TargetOID": {"StudyEventGroupDef"}, "StartOID": {"StudyEventGroupDef"}, "EndOID": {"StudyEventGroupDef"},
	}
	for _, def := range definitions(t) {
		defined := map[string]string{}
		type reference struct{ in, attribute, to string }
		var references []reference
		aliases := map[string]int{}
		inGroup := map[string]int{}
		d := xml.NewDecoder(bytes.NewReader(written(t, def)))
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			a := map[string]string{}
			for _, x := range e.Attr {
				a[x.Name.Local] = x.Value
				if _, ok := targets[x.Name.Local]; ok {
					references = append(references, reference{e.Name.Local, x.Name.Local, x.Value})
				} else if strings.HasSuffix(x.Name.Local, "OID") && x.Name.Local != "OID" && x.Name.Local != "FileOID" {
					t.Errorf("%s: the test does not know what %s of %s leads to", def.ID, x.Name.Local, e.Name.Local)
				}
			}
			if id := a["OID"]; id != "" {
				if other, taken := defined[id]; taken {
					t.Errorf("%s: OID %s stands at %s and %s", def.ID, id, other, e.Name.Local)
				}
				if !identifiers.MatchString(id) {
					t.Errorf("%s: %q is no OID that other programs take", def.ID, id)
				}
				defined[id] = e.Name.Local
			}
			switch e.Name.Local {
			case "Alias":
				if a["Context"] == "Varde item" || a["Context"] == "Varde score" {
					aliases[a["Name"]]++
				}
			case "ItemRef":
				inGroup[a["ItemOID"]]++
			}
		}
		for _, r := range references {
			if defined[r.to] != targets[r.attribute][0] {
				t.Errorf("%s: %s of %s leads to %q, which is %q", def.ID, r.attribute, r.in, r.to, defined[r.to])
			}
		}
		want := 0
		for _, f := range def.Instruments {
			for _, i := range f.Items {
				want++
				if n := aliases[f.ID+"."+i.ID]; n != 1 {
					t.Errorf("%s: item %s.%s is defined %d times", def.ID, f.ID, i.ID, n)
				}
			}
			for _, s := range f.Scores {
				want++
				if n := aliases[f.ID+"."+s.ID]; n != 1 {
					t.Errorf("%s: score %s.%s is defined %d times", def.ID, f.ID, s.ID, n)
				}
			}
		}
		if len(aliases) != want {
			t.Errorf("%s: %d items and scores, want %d", def.ID, len(aliases), want)
		}
		for id, kind := range defined {
			if kind == "ItemDef" && inGroup[id] != 1 {
				t.Errorf("%s: item %s is asked in %d groups", def.ID, id, inGroup[id])
			}
		}
	}
}

// The windows come out as they are written in the protocol.
func TestTimings(t *testing.T) {
	doc := string(written(t, example(t)))
	for _, want := range []string{
		`PredecessorOID="SE.V2" SuccessorOID="SE.V3" Type="StartToStart" TimepointRelativeTarget="P28D" TimepointPreWindow="P3D" TimepointPostWindow="P7D"`,
		`PredecessorOID="SE.MILESTONE.consented" SuccessorOID="SE.V1" Type="StartToStart" TimepointRelativeTarget="P7D" TimepointPreWindow="P7D" TimepointPostWindow="P14D"`,
		`PredecessorOID="SE.V2" SuccessorOID="SE.C1" Type="StartToStart" TimepointRelativeTarget="P1D" TimepointPreWindow="P0D" TimepointPostWindow="P1D"`,
		`StructuralElementOID="SE.V2" DurationTarget="PT8H"`,
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("the document does not hold %s", want)
		}
	}
}

// Nothing that helps to guess an allocation leaves the house with the definition.
func TestNoBlockSizes(t *testing.T) {
	def := example(t)
	def.Allocation.Blocks = []int{4711}
	if bytes.Contains(written(t, def), []byte("4711")) {
		t.Error("the block sizes stand in the document")
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
	if !strings.Contains(string(first), fmt.Sprintf("CreationDateTime=%q", "2026-03-02T09:00:00Z")) {
		t.Error("the time of writing is not the one given")
	}
}

func BenchmarkWrite(b *testing.B) {
	def := definitions(b)[1]
	for b.Loop() {
		if err := odm.Write(io.Discard, def, at); err != nil {
			b.Fatal(err)
		}
	}
}
