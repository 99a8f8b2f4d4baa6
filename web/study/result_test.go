package study

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"

	"varde/chart"
	"varde/report"
	"varde/web/static"
	"varde/web/ui"
	"varde/web/ui/locale"
)

// view renders a page of report as the server would, without the frame's menus.
func view(t *testing.T, p report.Page) string {
	t.Helper()
	files, err := fs.Sub(resultFiles, "result")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := locale.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := catalog.Add("web/study/result", files); err != nil {
		t.Fatal(err)
	}
	set, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	r, err := ui.New(files, catalog, set)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b, "result", "layout", ui.View{Lang: p.Lang, Title: p.Title, Data: NewResultView(p, "/s/demo/result.json")}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestResultPage(t *testing.T) {
	p := report.Page{Lang: "nb", Title: "Resultat", Lead: "En <studie>",
		Notices: []report.Notice{{Warning: true, Title: "Simulerte data", Text: "Ikke evidens."}},
		Stats:   []report.Stat{{Label: "Vurdert", Value: "12"}},
		Sections: []report.Section{{ID: "flow", Title: "Flyt", Text: []string{"Tekst"},
			Figures: []report.Figure{{Chart: chart.Bars{Frame: chart.Frame{ID: "b", Title: "Andel", Lang: "nb"}, Groups: []string{"a"}, Series: []chart.BarSeries{{Name: "x", Values: []float64{3}}}}, Source: "Simulert"}},
			Tables:  []report.Table{{Caption: "Tabell", Heads: []string{"Hva", "Tall"}, Rows: []report.Row{{Strong: true, Cells: []report.Cell{{Text: "n"}, {Text: "3/4", Sub: "publisert 5 [1]"}}}}, Note: "Merk"}}}},
		Sources: []string{"Mitchell 2023 — bekreftet [V]"},
		Cut:     []report.Fact{{Name: "Rot", Value: "0102"}}}
	html := view(t, p)
	for _, want := range []string{`lang="nb"`, "En &lt;studie&gt;", "Simulerte data", `id="flow"`, `href="#flow"`, "<svg", `class="vc-table"`, "publisert 5 [1]", "Merk", "Mitchell 2023", "0102", "/s/demo/result.json", "Kilder til de publiserte verdiene"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, bad := range []string{"<studie>", "<style", "style=", "<script>", "ZgotmplZ"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestEmptyResultPage(t *testing.T) {
	if html := view(t, report.Page{Lang: "en", Title: "Result"}); strings.Contains(html, `id="sources"`) || !strings.Contains(html, `id="cut"`) {
		t.Error("an empty page shows sources, or no data cut")
	}
}

func TestResultRoutesAskForTheCapability(t *testing.T) {
	for _, r := range ResultModule().Routes {
		if r.Open || r.Need != "see-result" || !strings.HasPrefix(r.Pattern, "GET /s/{study}/result") {
			t.Errorf("route %+v", r)
		}
	}
}
