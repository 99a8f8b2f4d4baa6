package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func sampleTimeline() Timeline {
	return Timeline{
		Frame: Frame{ID: "timeline", Title: "When <visits> are due & held", Desc: "What it shows", Lang: "nb"},
		X:     Axis{Label: "Dager"}, Kinds: []string{"Økt", "Besøk", "Telefon"}, Heads: [5]string{"Besøk", "Fra", "Mål", "Til", "Merknad"},
		Groups: []TimelineGroup{
			{Name: "Behandling", Rows: []TimelineRow{{Name: "V5 Doseringsøkt 1", From: 4, At: 7, To: 17, Kind: 0}, {Name: "V6 Morgenen etter", From: 8, At: 8, To: 8, Kind: 1, Note: "samme dag"}}},
			{Name: "Tom"},
			{Name: "Oppfølging", Rows: []TimelineRow{{Name: "Et besøk med et navn som er altfor langt for plassen", From: 49, At: 63, To: 77, Kind: 1}, {Name: "Valgfri", From: -3, At: nan, To: 9, Kind: 2, Dashed: true}, {Name: "Uten dag", Instead: "henvisning +7 d", From: nan, At: nan, To: nan, Kind: 1}}},
		},
	}
}

func TestTimelineGolden(t *testing.T) {
	c := sampleTimeline()
	got := c.SVG() + "\n" + c.resized(NarrowWidth, "-n").SVG() + "\n" + c.Table().HTML() + "\n"
	path := filepath.Join("testdata", "timeline.svg.golden")
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
		t.Errorf("the picture changed; look at it, then run with -update\n%s", got)
	}
}

// Whatever the numbers and names, the picture is well formed, bounded, and the table
// holds every row.
func TestTimelineOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{nan, math.Inf(1), math.Inf(-1), 0, 1e300}))
		c := Timeline{Frame: Frame{ID: "x", Title: rapid.String().Draw(t, "title"), Lang: "en"}, Kinds: rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, "kinds")}
		rows := 0
		for i := range rapid.IntRange(0, 4).Draw(t, "groups") {
			g := TimelineGroup{Name: fmt.Sprint(i)}
			for range rapid.IntRange(0, 6).Draw(t, "rows") {
				rows++
				g.Rows = append(g.Rows, TimelineRow{Name: rapid.String().Draw(t, "name"), From: value.Draw(t, "from"), At: value.Draw(t, "at"), To: value.Draw(t, "to"), Kind: rapid.IntRange(-2, 9).Draw(t, "kind")})
			}
			c.Groups = append(c.Groups, g)
		}
		svg := c.SVG()
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("not well formed: %v\n%s", err, svg)
			}
		}
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Fatalf("a coordinate is no number: %s", svg)
		}
		if len(c.Table().Rows) != rows {
			t.Fatalf("the table has %d of %d rows", len(c.Table().Rows), rows)
		}
	})
}

// A plan of any length gives a picture of bounded size.
func TestTimelineIsBounded(t *testing.T) {
	c := Timeline{Frame: Frame{ID: "x", Title: "x"}}
	for i := range 40 {
		g := TimelineGroup{Name: fmt.Sprint(i)}
		for range 50 {
			g.Rows = append(g.Rows, TimelineRow{Name: "row", From: 1, At: 2, To: 3})
		}
		c.Groups = append(c.Groups, g)
	}
	if n := strings.Count(c.SVG(), `class="vc-s0"`); n != timelineMost {
		t.Errorf("%d rows are drawn, want %d", n, timelineMost)
	}
	if n := len(c.Table().Rows); n != 2000 {
		t.Errorf("the table has %d rows", n)
	}
}
