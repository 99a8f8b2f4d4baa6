package builder

import (
	"bytes"
	"net/http"

	"varde/report/schedule"
	"varde/web/ui"
)

type scheduleView struct {
	Table *schedule.Table
	None  *ui.Empty
	Files []ui.Link
}

// schedule is the table that every protocol has.
func (q *request) schedule() error {
	v := scheduleView{None: &ui.Empty{Title: q.t("builder.unread"), Text: q.t("builder.unread.text")}}
	if q.reading.def != nil {
		t := schedule.Of(q.reading.def, q.lang)
		v = scheduleView{Table: &t, Files: []ui.Link{{Text: "CSV", Href: "/schedule.csv", Variant: "secondary"}, {Text: "PDF", Href: "/schedule.pdf", Variant: "secondary"}}}
	}
	return q.render("schedule", http.StatusOK, q.t("builder.schedule"), v)
}

func (b *Builder) scheduleCSV(w http.ResponseWriter, r *http.Request) {
	b.download(w, r, "schedule.csv", "text/csv; charset=utf-8", func(t *schedule.Table, out *bytes.Buffer) error { return t.WriteCSV(out) })
}

func (b *Builder) schedulePDF(w http.ResponseWriter, r *http.Request) {
	b.download(w, r, "schedule.pdf", "application/pdf", func(t *schedule.Table, out *bytes.Buffer) error { return t.WritePDF(out, b.cfg.Now()) })
}

func (b *Builder) download(w http.ResponseWriter, r *http.Request, name, kind string, write func(*schedule.Table, *bytes.Buffer) error) {
	def := b.folder.read().def
	if def == nil {
		http.Error(w, "the protocol has errors", http.StatusConflict)
		return
	}
	lang, _ := ui.Wishes(r)
	t := schedule.Of(def, lang)
	var out bytes.Buffer
	if err := write(&t, &out); err != nil {
		http.Error(w, "the schedule could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(out.Bytes())
}
