package chart

import (
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

var nan = math.NaN()

// samples holds one chart of every kind, with gaps and awkward text.
func samples() map[string]Chart {
	frame := func(id, lang string) Frame {
		return Frame{ID: id, Title: "Title <" + id + "> & more", Desc: "What it shows", Lang: lang}
	}
	day := func(n int) float64 { return Day(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)) }
	return map[string]Chart{
		"line": Line{Frame: frame("line", "nb"),
			X: Axis{Label: "Visit", Ticks: []Tick{{0, "Start"}, {1, "V1"}, {2, "V2"}}},
			Y: Axis{Label: "Score", Decimals: 1},
			Series: []Series{
				{Name: "A", Points: []Point{Between(0, 44, 42.5, 45.5), At(1, nan), Between(2, -3.5, -6, -1)}},
				{Name: "B", Points: []Point{Between(0, 43, 40, 46), Between(1, 38, 35, 41), At(2, 30)}, Band: true},
			}},
		"bars": Bars{Frame: frame("bars", "en"), GroupLabel: "Result", Groups: []string{"Response", "A much longer name of a group"}, Values: true,
			Series: []BarSeries{{Name: "A", Values: []float64{86, 46}, Lo: []float64{75, 33}, Hi: []float64{93, 60}}, {Name: "B", Values: []float64{-4}}}},
		"cumulative": Cumulative{Frame: frame("cumulative", "en"), X: Axis{Label: "Date", Kind: Dates}, Y: Axis{Label: "People"},
			Series: []Series{{Name: "Seen", Points: []Point{At(day(0), 0), At(day(40), 7), At(day(90), 12)}}, {Name: "Plan", Straight: true, Points: []Point{At(day(0), 0), At(day(120), 24)}}}},
		"trend": Trend{Frame: frame("trend", "nb"), X: Axis{Label: "Time"}, Y: Axis{Label: "mmHg"}, BreachLabel: "Over",
			Series: []Series{{Name: "S", Points: []Point{At(-30, 118), At(0, 121), {X: 60, Y: 171, Lo: nan, Hi: nan, Breach: true}, At(90, nan), At(120, 140)}}},
			Limits: []Limit{{160, "Limit"}}, Events: []Event{{0, "Dose"}}},
		"forest": Forest{Frame: frame("forest", "nb"), LabelHead: "Study", EstimateHead: "MD", WeightHead: "Weight", Below: "Favours A", Above: "Favours B",
			Rows: []ForestRow{{Label: "Phase 3", Heading: true}, {Label: "One", Estimate: -9.7, Lo: -14.4, Hi: -5.0, Weight: 60}, {Label: "Two", Estimate: nan}, {Label: "All", Estimate: -8.9, Lo: -13.7, Hi: -4.1, Pooled: true}}},
		"forest-log": Forest{Frame: frame("forest-log", "en"), Log: true, Null: 1, LabelHead: "Event", EstimateHead: "RR",
			Rows: []ForestRow{{Label: "One", Estimate: 2.1, Lo: 0.8, Hi: 5.6}, {Label: "Zero", Estimate: 0, Lo: 0, Hi: 3}}},
		"flow": Flow{Frame: frame("flow", "en"), StageHead: "Stage", BoxHead: "Numbers",
			Trunk:    []Stage{{Box: Box{Title: "Assessed", Lines: []string{"n = 131"}}, Aside: &Box{Title: "Excluded", Lines: []string{"n = 27", "did not meet one of the many criteria: 19"}}}, {Box: Box{Title: "Randomised"}}},
			Branches: []Branch{{Name: "A", Boxes: []Box{{Title: "Got A", Lines: []string{"n = 53"}}, {Title: "Analysed"}}}, {Name: "B", Boxes: []Box{{Title: "Got B"}}}}},
		"empty": Line{Frame: frame("empty", "nb"), Series: []Series{{Name: "A", Points: []Point{At(0, nan), At(math.Inf(1), 3)}}}},
	}
}

func TestGolden(t *testing.T) {
	for name, c := range samples() {
		t.Run(name, func(t *testing.T) {
			got := c.SVG() + "\n" + c.resized(NarrowWidth, "-n").SVG() + "\n" + c.Table().HTML() + "\n"
			path := filepath.Join("testdata", name+".svg.golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("picture differs from %s; look at it and run with -update when it is right", path)
			}
			if again := c.SVG() + "\n" + c.resized(NarrowWidth, "-n").SVG() + "\n" + c.Table().HTML() + "\n"; again != got {
				t.Error("two drawings of the same chart differ")
			}
		})
	}
}

func TestEveryPictureIsStrictlyLegal(t *testing.T) {
	idUse := regexp.MustCompile(`\bid="([^"]*)"`)
	for name, c := range samples() {
		out := "<div>" + Inline(c) + c.Table().HTML() + "</div>"
		wellFormed(t, name, out)
		for _, bad := range []string{"style=", "<style", "<script", "on" + "click", "NaN", "Inf", "<" + name + ">"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
		for _, need := range []string{`role="img"`, "<title", "<desc", "aria-labelledby"} {
			if strings.Count(out, need) != 2 {
				t.Errorf("%s: want %s in both pictures", name, need)
			}
		}
		seen := map[string]bool{}
		for _, m := range idUse.FindAllStringSubmatch(out, -1) {
			if seen[m[1]] {
				t.Errorf("%s uses id %q twice", name, m[1])
			}
			seen[m[1]] = true
		}
	}
}

func TestGapsAndMarks(t *testing.T) {
	s := samples()
	trend := s["trend"].SVG()
	if n := strings.Count(trend, `class="vc-mark"`); n != 2 { // one point and its key
		t.Errorf("want the breach mark twice, got %d", n)
	}
	if !strings.Contains(s["trend"].Table().HTML(), "171 ! Over") {
		t.Error("the table does not name the breach")
	}
	if empty := s["empty"].SVG(); !strings.Contains(empty, "Ingen data") || strings.Contains(empty, "vc-s0") {
		t.Error("a chart without data should say so and draw nothing")
	}
	row := s["line"].Table().Rows[1]
	if row[0] != "V1" || row[1] != "–" || row[2] != "38,0 (35,0 til 41,0)" {
		t.Errorf("row of the gap is %q", row)
	}
	if got := s["line"].Table().Rows[2][1]; got != "−3,5 (−6,0 til −1,0)" {
		t.Errorf("interval is written %q", got)
	}
	// A ratio of zero has no place on a logarithmic axis.
	if n := strings.Count(s["forest-log"].SVG(), `class="vc-s0"`); n != 1 {
		t.Errorf("want one drawn row, got %d", n)
	}
}

func TestFrameDefendsItself(t *testing.T) {
	c := Line{Frame: Frame{ID: `x" onload="y`, Title: "a\x00b\x1fc\xff", Lang: "en", Width: nan, Height: math.Inf(1)},
		Series: []Series{{Name: `<b>"`, Points: []Point{At(1, 2)}}, {Name: "z", Points: []Point{At(2, 3)}}}}
	out := c.SVG()
	wellFormed(t, "frame", out)
	if strings.Contains(out, "onload=\"") || strings.Contains(out, "<b>") {
		t.Error("caller's text got out of its place")
	}
	if ID(c) != "x--onload--y" {
		t.Errorf("id is %q", ID(c))
	}
}

// Whatever the numbers, every chart answers with well-formed XML in bounded
// size and never panics.
func TestAnyNumbersGiveAPicture(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, nan, math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324, 1e-9}), rapid.Float64Range(-200, 200))
	rapid.Check(t, func(t *rapid.T) {
		var points []Point
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			points = append(points, Point{X: value.Draw(t, "x"), Y: value.Draw(t, "y"), Lo: value.Draw(t, "lo"), Hi: value.Draw(t, "hi"), Breach: rapid.Bool().Draw(t, "breach")})
		}
		label := rapid.String().Draw(t, "label")
		frame := Frame{ID: "a", Title: label, Lang: rapid.SampledFrom([]string{"en", "nb", ""}).Draw(t, "lang"), Width: value.Draw(t, "w"), Height: value.Draw(t, "h")}
		axis := Axis{Label: label, Min: value.Draw(t, "min"), Max: value.Draw(t, "max"), Kind: AxisKind(rapid.IntRange(0, 2).Draw(t, "kind"))}
		series := []Series{{Name: label, Points: points, Band: rapid.Bool().Draw(t, "band")}, {Points: points}}
		var values []float64
		var rows []ForestRow
		for _, p := range points {
			values = append(values, p.Y)
			rows = append(rows, ForestRow{Label: label, Estimate: p.Y, Lo: p.Lo, Hi: p.Hi, Weight: p.X, Pooled: p.Breach})
		}
		for _, c := range []Chart{
			Line{Frame: frame, X: axis, Y: axis, Series: series, Limits: []Limit{{value.Draw(t, "limit"), label}}, Events: []Event{{value.Draw(t, "event"), label}}},
			Cumulative{Frame: frame, X: axis, Y: axis, Series: series},
			Trend{Frame: frame, X: axis, Series: series, BreachLabel: label},
			Bars{Frame: frame, Groups: []string{label, "b"}, Y: axis, Series: []BarSeries{{Name: label, Values: values, Lo: values}, {Name: "b"}}, Values: true},
			Forest{Frame: frame, X: axis, Rows: rows, Log: rapid.Bool().Draw(t, "log"), Null: value.Draw(t, "null"), Below: label, Above: label},
			Flow{Frame: frame, Trunk: []Stage{{Box: Box{label, []string{label}}}}, Branches: []Branch{{label, []Box{{label, nil}}}}},
		} {
			out := Inline(c) + c.SVG() + c.Table().HTML()
			if strings.Contains(out, `"NaN`) || strings.Contains(out, "Inf\"") || len(out) > 200_000 {
				t.Fatalf("%T: bad coordinate or %d bytes", c, len(out))
			}
			if err := parseXML("<div>" + out + "</div>"); err != nil {
				t.Fatalf("%T: %v\n%s", c, err, out)
			}
		}
	})
}

func wellFormed(t *testing.T, name, s string) {
	t.Helper()
	if err := parseXML(s); err != nil {
		t.Errorf("%s is not well-formed: %v", name, err)
	}
}

func parseXML(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		// encoding/xml lets a repeated attribute pass; browsers and XML do not.
		if e, ok := token.(xml.StartElement); ok {
			seen := map[string]bool{}
			for _, a := range e.Attr {
				if seen[a.Name.Local] {
					return fmt.Errorf("<%s> has %s twice", e.Name.Local, a.Name.Local)
				}
				seen[a.Name.Local] = true
			}
		}
	}
}

// A live trend tells its scales, so that a script can put a point where the server
// would, and has axes before the first value.
func TestLiveTrendLeavesRoom(t *testing.T) {
	live := Trend{Frame: Frame{ID: "bp", Title: "Pressure", Lang: "en"}, X: Axis{Min: 0, Max: 480}, Y: Axis{Min: 60, Max: 200}, Live: true,
		Series: []Series{{Name: "Systolic", Key: "sbp"}, {Name: "Diastolic", Key: "dbp"}}, Limits: []Limit{{At: 160, Label: "hold"}}}
	svg := live.SVG()
	if !strings.Contains(svg, `<g class="vc-live" data-keys="sbp dbp" data-x="0 480 `) || strings.Contains(svg, "No data") {
		t.Fatalf("no room in a chart without a value: %s", svg)
	}
	live.Series[0].Points = []Point{At(60, 120)}
	var x, y [4]float64
	m := regexp.MustCompile(`data-x="([^"]*)" data-y="([^"]*)"`).FindStringSubmatch(live.SVG())
	if m == nil {
		t.Fatal("no scales")
	}
	for i, text := range [][]string{strings.Fields(m[1]), strings.Fields(m[2])} {
		for k, s := range text {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			[]*[4]float64{&x, &y}[i][k] = v
		}
	}
	px := x[2] + (60-x[0])/(x[1]-x[0])*(x[3]-x[2])
	py := y[2] + (120-y[0])/(y[1]-y[0])*(y[3]-y[2])
	if !strings.Contains(live.SVG(), "M"+num(px)+" "+num(py)) {
		t.Errorf("by the scales the point lies at %v, %v; it is not drawn there", px, py)
	}
	live.Live = false
	if strings.Contains(live.SVG(), "vc-live") {
		t.Error("a chart that is not live leaves room")
	}
}
