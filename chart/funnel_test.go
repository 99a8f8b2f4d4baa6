package chart

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// metaSamples are the figures of a meta-analysis.
func metaSamples() map[string]Chart {
	frame := func(id, lang string) Frame {
		return Frame{ID: id, Title: "Title <" + id + ">", Desc: "What it shows", Lang: lang}
	}
	forest := Forest{Frame: frame("forest-meta", "nb"), LabelHead: "Studie", EstimateHead: "g (95 %)", WeightHead: "Vekt", X: Axis{Label: "Hedges g"}, Below: "Kontroll", Above: "Behandling",
		Rows: []ForestRow{
			{Label: "Venteliste", Heading: true},
			{Label: "En studie med et langt navn 2019", Estimate: 1.12, Lo: 0.42, Hi: 1.82, Weight: 18},
			{Label: "To 2021", Estimate: 0.91, Lo: 0.47, Hi: 1.35, Weight: 82},
			{Label: "Samlet", Estimate: 0.97, Lo: 0.6, Hi: 1.34, Pooled: true},
			{Label: "Neste studie", Lo: 0.1, Hi: 1.9, Prediction: true},
		}}
	joined := Forest{Frame: frame("forest-joined", "en"), Log: true, Null: 1, Joined: true, LabelHead: "Up to", EstimateHead: "RR",
		Rows: []ForestRow{{Label: "2011", Estimate: 3, Lo: 0.9, Hi: 9}, {Label: "+ 2013", Estimate: 2.1, Lo: 1.1, Hi: 4}, {Label: "+ 2021", Estimate: 1.5, Lo: 1.2, Hi: 1.9}, {Label: "Further", Lo: nan, Hi: nan, Prediction: true}}}
	funnel := Funnel{Frame: frame("funnel", "nb"), X: Axis{Label: "Hedges g"}, Centre: 0.71, SEHead: "Standardfeil", LabelHead: "Studie", EstimateHead: "g", FoundName: "Funnet", FilledName: "Speilet",
		Regions: []FunnelRegion{{1.96, "95 % av studiene"}},
		Points:  []FunnelPoint{{"A", 0.77, 0.23, false}, {"B", 1.21, 0.5, false}, {"B", 0.21, 0.5, true}, {"C", nan, 0.3, false}, {"D", 0.4, 0, false}}}
	return map[string]Chart{"forest-meta": forest, "forest-joined": joined, "funnel": funnel}
}

func TestMetaGolden(t *testing.T) {
	for name, c := range metaSamples() {
		t.Run(name, func(t *testing.T) {
			got := c.SVG() + "\n" + c.resized(NarrowWidth, "-n").SVG() + "\n" + c.Table().HTML() + "\n"
			wellFormed(t, name, "<div>"+Inline(c)+c.Table().HTML()+"</div>")
			for _, bad := range []string{"style=", "NaN", "Inf", "<" + name + ">"} {
				if strings.Contains(got, bad) {
					t.Errorf("holds %q", bad)
				}
			}
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
		})
	}
}

// The region is a triangle whose half width is z standard errors, on the scale of the axis.
func TestFunnelRegionHoldsItsShare(t *testing.T) {
	sx, sy := scale{0, 2, 0, 200}, scale{0, 1, 0, 100}
	c := newCanvas(Frame{ID: "x"}, 200, 100)
	Funnel{Regions: []FunnelRegion{{1.96, ""}}}.regions(c, sx, sy, 1, 0.5)
	if got := c.done(); !strings.Contains(got, "M100 0L198 50L2 50Z") {
		t.Errorf("the triangle lies elsewhere: %s", got)
	}
}

func TestPredictionRowsSayWhatTheyAre(t *testing.T) {
	f := metaSamples()["forest-meta"].(Forest)
	rows := f.Table().Rows
	if got := rows[4][1]; got != "0,10 til 1,90" {
		t.Errorf("the prediction reads %q", got)
	}
	svg := f.SVG()
	if strings.Count(svg, `fill-opacity="0.3"`) != 1 || strings.Contains(svg, "vc-join") {
		t.Error("one bar and no line between separate studies")
	}
	joined := metaSamples()["forest-joined"].SVG()
	if strings.Count(joined, "vc-join") != 1 {
		t.Error("a cumulative plot joins its rows")
	}
}

func TestAnyNumbersGiveAFunnel(t *testing.T) {
	value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, nan, math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324}), rapid.Float64Range(-5, 5))
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.String().Draw(t, "label")
		f := Funnel{Frame: Frame{ID: "a", Title: label, Width: value.Draw(t, "w"), Height: value.Draw(t, "h")}, Log: rapid.Bool().Draw(t, "log"), Centre: value.Draw(t, "centre"),
			SEHead: label, FoundName: label, FilledName: label, Regions: []FunnelRegion{{value.Draw(t, "z"), label}, {1.96, ""}}}
		forest := Forest{Frame: f.Frame, Joined: true, Log: f.Log}
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			p := FunnelPoint{label, value.Draw(t, "y"), value.Draw(t, "se"), rapid.Bool().Draw(t, "filled")}
			f.Points = append(f.Points, p)
			forest.Rows = append(forest.Rows, ForestRow{Label: label, Estimate: p.Estimate, Lo: p.SE, Hi: value.Draw(t, "hi"), Prediction: p.Filled})
		}
		for _, c := range []Chart{f, forest} {
			out := Inline(c) + c.Table().HTML()
			if strings.Contains(out, `"NaN`) || strings.Contains(out, "Inf\"") || len(out) > 100_000 {
				t.Fatalf("bad coordinate or %d bytes", len(out))
			}
			if err := parseXML("<div>" + out + "</div>"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
	})
}
