package clinic

import (
	"net/url"
	"strconv"

	"varde/access"
	"varde/study"
	"varde/web/page"
	"varde/web/signing"
	"varde/web/ui"
)

// person loads the participant of the address and shows times in their zone.
func person(c *page.Context) (*study.State, error) {
	s, err := c.App.Participant(c.Ctx(), c.Actor, c.Study, c.Value("id"))
	if err != nil {
		return nil, err
	}
	c.Zone = s.Zone
	return s, nil
}

func personCrumbs(c *page.Context, s *study.State) []ui.Crumb {
	out := []ui.Crumb{}
	if !seesVisits(c) {
		out = append(out, ui.Crumb{Text: c.T("clinic.ratings"), Href: c.Path("ratings")})
	} else if c.Can(access.SeeList) {
		out = append(out, ui.Crumb{Text: c.T("clinic.participants"), Href: c.Path("participants")})
	}
	x := ui.Crumb{Text: s.ID}
	if c.Can(access.SeeJourney) {
		x.Href = c.Path("p", s.ID)
	}
	return append(out, x)
}

// statusTag shows where a participant is, with a tone that leaves no doubt whether
// anything is expected still.
func statusTag(c *page.Context, s study.Status) ui.Tag {
	tone := ui.Info
	switch s {
	case study.StatusCompleted:
		tone = ui.Success
	case study.StatusStopped:
		tone = ui.Warning
	case study.StatusNotSuitable, study.StatusScreenFailure, study.StatusWithdrawn, study.StatusLost:
		tone = ui.Neutral
	}
	return ui.Tag{Text: c.Say(study.StatusName(s)), Tone: tone}
}

// taskHref is the exact place where a task is done.
func taskHref(c *page.Context, id string, t study.Task) string {
	switch t.Kind {
	case study.TaskUnblinding, study.TaskConfirmUnblinding:
		return unblindingPath(c, id, t.Ref)
	case study.TaskReach:
		return c.Path("p", id, "identity") + "#reach"
	case study.TaskStateBlindness:
		return c.Path("ratings", id, visitRef(c, id, t.Visit))
	case study.TaskMedicine:
		return formPath(c, id, "", t.Form, strconv.Itoa(t.Repeat))
	case study.TaskTaper, study.TaskContact:
		return formPath(c, id, "", study.ContactLog, "new")
	case study.TaskDrawRater:
		return visitPath(c, id, t.Visit) + "#rating"
	case study.TaskSign:
		if t.Ref != "" {
			return signing.Path(c, id, t.Ref)
		}
		if t.Repeat > 0 {
			return formPath(c, id, t.Visit, t.Form, strconv.Itoa(t.Repeat))
		}
		return formPath(c, id, t.Visit, t.Form, "")
	}
	if !c.Can(access.SeeJourney) {
		switch t.Kind {
		case study.TaskForm:
			return formPath(c, id, t.Visit, t.Form, "")
		}
		if t.Visit != "" {
			return visitPath(c, id, t.Visit)
		}
		return c.Path("today")
	}
	base := c.Path("p", id)
	switch t.Kind {
	case study.TaskForm:
		return formPath(c, id, t.Visit, t.Form, "")
	case study.TaskSession, study.TaskAcknowledge, study.TaskVitals, study.TaskSessionForm:
		return c.Path("p", id, "session", t.Visit)
	case study.TaskVisit:
		if isDosing(c, t.Visit) {
			return c.Path("p", id, "session", t.Visit)
		}
		return visitPath(c, id, t.Visit)
	case study.TaskQuery:
		return base + "#query-" + url.PathEscape(t.Ref)
	case study.TaskAlert:
		return base + "#alert-" + url.PathEscape(t.Ref)
	case study.TaskReport:
		return base + "#reports"
	case study.TaskMessage:
		return base + "/messages"
	}
	return base + "?do=" + url.QueryEscape(t.ID) + "#next"
}

// lapsed says that a task is an optional visit whose window has passed: nobody
// taskTitle names a task in the reader's words.
func taskTitle(c *page.Context, t study.Task) string {
	title := c.Say(t.Title)
	switch t.Kind {
	case study.TaskForm:
		if t.Visit != "" {
			title += " · " + visitTitle(c, t.Visit)
		}
		return c.T("clinic.task.form", "form", title)
	case study.TaskQuery:
		return c.T("clinic.task.query", "query", t.Ref, "text", title)
	case study.TaskAlert:
		return c.T("clinic.task.alert", "text", title)
	case study.TaskReport:
		return c.T("clinic.task.report", "text", title)
	case study.TaskAcknowledge:
		return c.T("clinic.task.acknowledge", "text", title)
	case study.TaskSession:
		return c.T("clinic.task.session", "text", title)
	}
	return title
}

func roleList(c *page.Context, roles []string) string {
	out := ""
	for i, r := range roles {
		if i > 0 {
			out += ", "
		}
		out += c.Say(study.RoleName(r))
	}
	return out
}
