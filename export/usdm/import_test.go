package usdm_test

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"varde/export/usdm"
	"varde/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

func imported(t testing.TB, text string) *usdm.Skeleton {
	t.Helper()
	d, err := usdm.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Import()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The whole folder that is made of a small definition.
func TestGolden(t *testing.T) {
	s := imported(t, minimal)
	dir := filepath.Join("testdata", "minimal")
	if *update {
		for name, text := range s.Files {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	found := 0
	err := filepath.WalkDir(dir, func(file string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		found++
		want, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if got := s.Files[filepath.ToSlash(name)]; err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs; look at the change, then write it with -update:\n%s", name, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != len(s.Files) {
		t.Errorf("%d files are made of it: %v; %d are expected", len(s.Files), slices.Sorted(maps.Keys(s.Files)), found)
	}
}

// findings of the checker for an imported folder.
func findings(t testing.TB, files map[string][]byte) []protocol.Finding {
	t.Helper()
	_, out := protocol.FromFiles(files)
	return out
}

// What a definition leaves open is reported by the checker: nothing passes by itself.
func TestGapsAreErrors(t *testing.T) {
	all := findings(t, imported(t, minimal).Files)
	has := func(file, code, text string) bool {
		return slices.ContainsFunc(all, func(f protocol.Finding) bool {
			return f.Severity == protocol.Error && f.File == file && f.Code == code && strings.Contains(f.Message, text)
		})
	}
	for _, x := range []struct{ file, code, text string }{
		{"eligibility.yaml", "V004", `"expr"`}, {"eligibility.yaml", "V004", `"at"`}, {"schedule.yaml", "V004", `"anchor"`}, {"schedule.yaml", "V062", "nobody"},
		{"schedule.yaml", "V040", "Norwegian"}, {"protocol.yaml", "V040", "Norwegian"}, {"forms/chest_x_ray.yaml", "V004", "no items"}, {"forms/demographics.yaml", "V004", `"respondent"`},
		{"analysis.yaml", "V004", `"score"`},
	} {
		if !has(x.file, x.code, x.text) {
			t.Errorf("no error %s with %q in %s", x.code, x.text, x.file)
		}
	}
	exprs := 0
	for _, f := range all {
		if f.File == "eligibility.yaml" && strings.Contains(f.Message, `"expr"`) {
			exprs++
		}
		if f.Code == "V001" || f.Code == "V003" || f.Code == "V002" {
			t.Errorf("the folder is not well formed: %s", f)
		}
	}
	if exprs != 2 {
		t.Errorf("%d criteria without an expression are reported, want 2", exprs)
	}
}

// Everything that is not in the folder is told, wherever it stands: a member that nobody
// knows, put into every object, is told for each of them, or the object is told as a whole.
func TestNothingIsDroppedSilently(t *testing.T) {
	marked := strings.ReplaceAll(minimal, `{"id":`, `{"surprise": "!", "id":`)
	s := imported(t, marked)
	want := strings.Count(marked, `"surprise"`)
	plain := imported(t, minimal)
	listed := map[string]int{}
	for _, l := range plain.Report.Lost {
		listed[l.What] = l.Count
	}
	got, whole := 0, 0
	for _, l := range s.Report.Lost {
		switch {
		case strings.HasSuffix(l.What, ".surprise"):
			got += l.Count
		case !strings.Contains(l.What, ".") || strings.HasSuffix(l.What, ")"):
			whole += l.Count // none of these holds a further object
		}
	}
	if got+whole != want || whole != 2 {
		t.Errorf("%d of %d unknown members are told, and %d objects are listed as a whole: %v", got, want, whole, s.Report.Lost)
	}
	for _, what := range []string{"NarrativeContentItem", "BiomedicalConcept.reference", "InterventionalStudyDesign.rationale", "ScheduleTimeline.entryCondition", "Organization.identifier"} {
		if listed[what] == 0 {
			t.Errorf("%s is lost and not told: %v", what, listed)
		}
	}
}

func TestBadFiles(t *testing.T) {
	with := func(old, text string) string {
		if !strings.Contains(minimal, old) {
			t.Fatalf("the definition does not hold %s", old)
		}
		return strings.Replace(minimal, old, text, 1)
	}
	timing := `"relativeFromScheduledInstanceId": "I_1", "relativeToScheduledInstanceId": "I_1"`
	for _, c := range []struct{ name, text, want string }{
		{"empty", " \n", "empty"},
		{"no JSON", "study: 1", "not JSON"},
		{"an array", "[1, 2]", "not a USDM file"},
		{"another JSON", `{"resourceType": "Patient"}`, "/usdmVersion: this is not a USDM file"},
		{"no study", `{"usdmVersion": "4.0.0"}`, "/study: this is missing"},
		{"version 3", with(`"usdmVersion": "4.0.0"`, `"usdmVersion": "3.0.0"`), `/usdmVersion: the file is of USDM "3.0.0"`},
		{"version 4.1", with(`"usdmVersion": "4.0.0"`, `"usdmVersion": "4.10.0"`), `what can be read is 4.0`},
		{"no versions", with(`"versions": [{`, `"other": [{`), "/study/versions: there is no study version"},
		{"no design", with(`"studyDesigns": [{`, `"other": [{`), "/study/versions/0/studyDesigns: there is no study design"},
		{"observational", with(`"InterventionalStudyDesign"`, `"ObservationalStudyDesign"`), "/study/versions/0/studyDesigns/0/instanceType"},
		{"twice the same id", with(`"id": "E_2"`, `"id": "E_1"`), `the id "E_1" is taken by`},
		{"twice the same key", with(`"rationale": "R"`, `"rationale": "R", "rationale": "S"`), "/study/versions/0/studyDesigns/0/rationale: this stands twice"},
		{"after the end", minimal + "{}", "after the end"},
		{"not UTF-8", with("A small study", "A small \xff study"), "not UTF-8"},
		{"dangling encounter", with(`"encounterId": "Enc_2"`, `"encounterId": "Enc_9"`), `scheduleTimelines/0/instances/1/encounterId: nothing in the file has the id "Enc_9"`},
		{"dangling activity", with(`"activityIds": ["Act_2"]`, `"activityIds": ["Act_2", "Act_9"]`), `/instances/1/activityIds/1: nothing in the file has the id "Act_9"`},
		{"dangling concept", with(`["BC_1"]`, `["BC_2"]`), `/activities/0/biomedicalConceptIds/0: nothing`},
		{"another kind", with(`"encounterId": "Enc_2"`, `"encounterId": "E_2"`), `"E_2" is a StudyEpoch, and should be a Encounter`},
		{"dangling criterion", with(`"criterionItemId": "Item_2"`, `"criterionItemId": "Item_3"`), `/eligibilityCriteria/1/criterionItemId: nothing`},
		{"criterion without text", with(`"criterionItemId": "Item_2", `, ``), "the criterion has no text"},
		{"dangling parameter", with(`id=\"Q_1\"`, `id=\"Q_9\"`), `/dictionaries/0/parameterMaps/0/reference: nothing in the file has the id "Q_9"`},
		{"no main timeline", with(`"mainTimeline": true`, `"mainTimeline": false`), "scheduleTimelines: none of the timelines is the main one"},
		{"bad duration", with(`"value": "P2W"`, `"value": "two weeks"`), `/timings/1/value: "two weeks" is not an ISO 8601 duration`},
		{"empty duration", with(`"value": "P2W"`, `"value": "P"`), "is not an ISO 8601 duration"},
		{"long duration", with(`"value": "P2W"`, `"value": "P999999W"`), "longer than any study"},
		{"bad window", with(`"windowLower": "P3D"`, `"windowLower": "3"`), `/timings/1/windowLower: "3" is not`},
		{"no value", with(`"value": "P2W", `, ``), "/timings/1/value: this is missing, and a Timing must have it"},
		{"unknown timing", with(`"code": "C201356", "codeSystem": "C", "codeSystemVersion": "1", "decode": "After"`, `"code": "X", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Perhaps"`), `the timing is of type "Perhaps"`},
		{"timed by itself", with(`"relativeFromScheduledInstanceId": "I_2", "relativeToScheduledInstanceId": "I_1"`, `"relativeFromScheduledInstanceId": "I_2", "relativeToScheduledInstanceId": "I_2"`), "relative to itself"},
		{"a ring", strings.Replace(with(timing, `"relativeFromScheduledInstanceId": "I_1", "relativeToScheduledInstanceId": "I_2"`), `"code": "C201358", "codeSystem": "C", "codeSystemVersion": "1", "decode": "Fixed Reference"`, `"code": "C201356", "codeSystem": "C", "codeSystemVersion": "1", "decode": "After"`, 1), "in a ring: One → Two → One"},
		{"a list for a text", with(`"text": "A small study"`, `"text": ["A small study"]`), "/titles/0/text: this should be a text"},
		{"an object for a list", with(`"arms": [{`, `"arms": {"x": [{`), "near byte"},
		{"numbers for ids", with(`["Act_3"]`, `[3]`), "/instances/0/activityIds/0: this should be the id"},
	} {
		d, err := usdm.Read(strings.NewReader(c.text))
		if err == nil {
			_, err = d.Import()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: answered with %v, want %q", c.name, err, c.want)
		}
	}
}

// A file that ends too early is an error at every byte, with the place.
func TestTruncated(t *testing.T) {
	end := strings.LastIndex(minimal, "}")
	for n := 1; n <= end; n += 7 {
		_, err := usdm.Read(strings.NewReader(minimal[:n]))
		if err == nil {
			t.Fatalf("the first %d bytes are read as a whole", n)
		}
		var f *usdm.Fault
		if !errors.As(err, &f) || f.Pointer == "" {
			t.Fatalf("%d bytes: %v tells no place", n, err)
		}
	}
	_, err := usdm.Read(strings.NewReader(minimal[:len(minimal)/2]))
	if err == nil || !strings.Contains(err.Error(), "ends in the middle") || !strings.Contains(err.Error(), "/study/versions/0/") {
		t.Errorf("half a file is answered with %v", err)
	}
}

// endless answers the same text for ever, and counts.
type endless struct {
	text string
	read int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.text)
	}
	e.read += int64(n)
	return n, nil
}

// A file that is too large, too deep or too full is refused within the limits.
func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, head, text, want string }{
		{"large", `{"study": "`, "aaaaaaaaaaaaaaaa", "larger than 32 MB"},
		{"deep", "", "[", "larger than"},
		{"full", "", "[],", "larger than"},
	} {
		src := &endless{text: c.text}
		began := time.Now()
		if _, err := usdm.Read(io.MultiReader(strings.NewReader(c.head), src)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: answered with %v, want %q", c.name, err, c.want)
		}
		if src.read > 64<<20 {
			t.Errorf("%s: %d bytes were read", c.name, src.read)
		}
		t.Logf("%s: %v", c.name, time.Since(began))
	}
	for _, c := range []struct{ name, text, want string }{
		{"deep", strings.Repeat("[", 5_000_000), "more than 64 deep"},
		{"deep objects", strings.Repeat(`{"a":`, 1_000_000), "more than 64 deep"},
		{"full", "[" + strings.Repeat("0,", 2_000_000) + "0]", "more than 1000000 values"},
	} {
		if _, err := usdm.Read(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: answered with %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzImport throws anything at the reader: it never panics, and what it makes is YAML
// that the checker can read.
func FuzzImport(f *testing.F) {
	f.Add(minimal)
	f.Add(`{"study":{"versions":[{"studyDesigns":[{}]}]},"usdmVersion":"4.0.0"}`)
	f.Add(`{"usdmVersion":4}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := usdm.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		s, err := d.Import()
		if err != nil {
			return
		}
		for _, x := range findings(t, s.Files) {
			switch x.Code {
			case "V001", "V002", "V003", "V006", "V008", "V015":
				t.Fatalf("%s\n%s", x, s.Files[x.File])
			}
		}
	})
}
