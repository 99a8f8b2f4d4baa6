package migrate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// shownEach bounds how many effects of one kind are told line by line; JSON has all.
const shownEach = 12

// Text tells the report to people, in "en" or "nb": what changes, for whom, and whether
// it is safe to approve.
func (r *Report) Text(w io.Writer, lang string) error {
	if err := r.Change.Text(w, lang); err != nil {
		return err
	}
	var err error
	p := func(t Text) {
		if err == nil {
			_, err = fmt.Fprintln(w, t.In(lang))
		}
	}
	p(text("\nTried out on %d participants' records, %d of them still in the study. Nothing was written.", "\nPrøvd på journalen til %d deltakere, %d av dem fortsatt i studien. Ingenting ble skrevet.", r.Participants, r.Going))
	for _, s := range r.Summary {
		mark := "-"
		if s.Breaks {
			mark = "BREAKS"
		}
		p(text("\n  %-6s %s: %d participants (%s)", "\n  %-6s %s: %d deltakere (%s)", mark, s.Title, len(s.Participants), strings.Join(s.Participants, ", ")))
		n := 0
		for _, e := range r.Effects {
			if e.Code != s.Code {
				continue
			}
			if n++; n > shownEach {
				p(text("         … and %d more", "         … og %d til", s.Effects-shownEach))
				break
			}
			p(text("         %s, %s: %s", "         %s, %s: %s", e.Participant, e.Place, e.Text))
		}
	}
	if r.Safe {
		p(text("\nSafe to approve: nothing is lost, nobody is stranded.", "\nTrygt å godkjenne: ingenting går tapt, ingen blir sittende fast."))
	} else {
		p(text("\nNOT safe to approve: see the lines marked BREAKS or ERROR.", "\nIKKE trygt å godkjenne: se linjene merket BREAKS eller ERROR."))
	}
	return err
}

// JSON writes the whole report.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
