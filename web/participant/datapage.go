package participant

import (
	"bytes"

	"varde/report/owndata"
	"varde/web/page"
)

// dataPage gives out everything that is kept, as one page for people: to be saved,
// read without a network, and printed.
func dataPage(c *page.Context) error {
	o, err := load(c)
	if err != nil {
		return err
	}
	var data, out bytes.Buffer
	if err := c.App.OwnData(c.Ctx(), c.Actor, c.Study, &data); err != nil {
		return err
	}
	if err := owndata.Page(&out, &data, c.Lang, o.s.Zone); err != nil {
		return err
	}
	h := c.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="my-data.html"`)
	h.Set("Cache-Control", "no-store")
	_, _ = c.W.Write(out.Bytes()) // the reader may have gone
	return nil
}
