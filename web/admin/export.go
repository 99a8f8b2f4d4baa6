package admin

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"varde/app"
	"varde/web/page"
)

// exportPage is how many lines are read at a time: memory stays small however long
// the answer becomes.
const exportPage = 1000

// each hands over every line of the search, newest first. That lines of a
// participant went out stands in who looked at that participant, before they do.
func (s *search) each(write func(app.AuditLine) error) error {
	c := s.c
	seen := map[string]bool{}
	q := s.query
	q.Limit = exportPage
	for {
		lines, next, err := c.App.Audit(c.Ctx(), c.Actor, q)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if id := participantOf(l.Stream); id != "" && !s.house && !seen[id] {
				seen[id] = true
				if err := c.App.Seen(c.Ctx(), c.Actor, c.Study, id, "export"); err != nil {
					return err
				}
			}
			if err := write(l); err != nil {
				return err
			}
		}
		if err := http.NewResponseController(c.W).Flush(); err != nil && len(lines) > 0 && c.Ctx().Err() != nil {
			return nil // the reader has gone
		}
		if next == 0 || q.Before != 0 && next >= q.Before {
			return nil
		}
		q.Before = next
	}
}

// participantOf is the participant that a stream is about, "" for none.
func participantOf(stream string) string {
	kind, id, ok := strings.Cut(stream, "/")
	if ok && (kind == "participant" || kind == "identity" || kind == "seen") {
		return id
	}
	return ""
}

// begin sets the head of a file, once it is known that there is something to answer.
func (s *search) begin(kind, ext string) {
	name := "house"
	if !s.house {
		name = s.c.Study
	}
	h := s.c.W.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="audit-`+name+"-"+s.c.Now.UTC().Format("20060102-1504")+"."+ext+`"`)
}

// answer streams; a fault after the first line cannot become an error page, so the
// connection is cut: a half file must not look like a whole one.
func (s *search) answer(kind, ext string, write func(app.AuditLine) error, head func() error, flush func() error) error {
	started := false
	start := func() error {
		started = true
		s.begin(kind, ext)
		return head()
	}
	err := s.each(func(l app.AuditLine) error {
		if !started {
			if err := start(); err != nil {
				return err
			}
		}
		return write(l)
	})
	if err == nil && !started {
		err = start()
	}
	if err == nil {
		err = flush()
	}
	if err == nil || !started {
		return err
	}
	if _, refused := page.Refused(err); !refused {
		s.c.Log.Error("an export broke off", "error", err)
	}
	panic(http.ErrAbortHandler)
}

func (s *search) csv() error {
	w := csv.NewWriter(s.c.W)
	c := s.c
	row := func(cells ...string) error {
		for i := range cells {
			cells[i] = plainCell(cells[i])
		}
		return w.Write(cells)
	}
	return s.answer("text/csv; charset=utf-8", "csv", func(l app.AuditLine) error {
		facts := ""
		if len(l.Facts) > 0 {
			b, err := json.Marshal(l.Facts)
			if err != nil {
				return err
			}
			facts = string(b)
		}
		err := row(strconv.FormatInt(l.Seq, 10), l.Recorded.UTC().Format(time.RFC3339Nano), l.At.UTC().Format(time.RFC3339Nano), l.Stream, l.Type, l.Account, l.Name, l.Role, c.Say(l.Text), l.Reason, facts)
		w.Flush()
		return err
	}, func() error {
		return row("seq", "recorded", "at", "stream", "type", "account", "name", "role", "text", "reason", "facts")
	}, func() error { w.Flush(); return w.Error() })
}

// plainCell keeps a spreadsheet from running what somebody typed as a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (s *search) ndjson() error {
	enc := json.NewEncoder(s.c.W)
	enc.SetEscapeHTML(false)
	return s.answer("application/x-ndjson; charset=utf-8", "ndjson", func(l app.AuditLine) error { return enc.Encode(l) }, func() error { return nil }, func() error { return nil })
}
