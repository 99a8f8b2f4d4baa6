package clinic

import (
	"slices"
	"strconv"
	"time"

	"varde/app"
	"varde/study"
	"varde/web/page"
)

// slot is the width of a column.
const slot = 15 * time.Minute

// Hours that are always shown.
const (
	gridFrom  = 8
	gridUntil = 17
)

// boardGrid is a day as a table: rooms and people down, quarters of an hour across. On a phone the
// list beside it is shown instead.
type boardGrid struct {
	Hours  []gridHour
	Groups []gridGroup
}

type gridHour struct {
	Text string
	Span int
}

type gridGroup struct {
	Title string
	Cols  int // of the whole table
	Rows  []gridRow
}

// gridRow is one room or one team; lanes beyond the first are for what overlaps.
type gridRow struct {
	Title string
	Lanes [][]gridCell
}

type gridCell struct {
	Span int
	Item *boardItem // nil = free
}

// lane is an appointment with where it is drawn.
type lane struct {
	from, until int // columns
	item        *boardItem
}

func gridOf(c *page.Context, sites []*study.SiteState, list []app.Appointment, items []boardItem) *boardGrid {
	if len(items) == 0 {
		return nil
	}
	day := study.DayOf(items[0].From, c.Zone)
	first, last := gridFrom, gridUntil
	for _, it := range items {
		first = min(first, it.From.In(c.Zone).Hour())
		end := it.Until.In(c.Zone)
		if study.DayOf(it.Until, c.Zone) > day {
			last = 24
		} else if last = max(last, end.Hour()); end.Minute() > 0 {
			last = max(last, end.Hour()+1)
		}
	}
	cols := (last - first) * int(time.Hour/slot)
	begin := time.Date(items[0].From.In(c.Zone).Year(), items[0].From.In(c.Zone).Month(), items[0].From.In(c.Zone).Day(), first, 0, 0, 0, c.Zone)
	col := func(t time.Time, up bool) int {
		d := t.Sub(begin)
		n := int(d / slot)
		if up && d%slot > 0 {
			n++
		}
		return min(max(n, 0), cols)
	}
	g := &boardGrid{}
	for h := first; h < last; h++ {
		g.Hours = append(g.Hours, gridHour{strconv.Itoa(h), int(time.Hour / slot)})
	}
	rooms := gridGroup{Title: c.T("clinic.board.rooms"), Cols: cols + 1}
	people := gridGroup{Title: c.T("clinic.board.people"), Cols: cols + 1}
	byRoom, byTeam := map[string][]lane{}, map[string][]lane{}
	var teams []string
	for i := range items {
		x := lane{col(items[i].From, false), col(items[i].Until, true), &items[i]}
		x.until = max(x.until, x.from+1)
		room := list[i].Site + " " + list[i].Room
		byRoom[room] = append(byRoom[room], x)
		team := items[i].Staff
		if !slices.Contains(teams, team) {
			teams = append(teams, team)
		}
		byTeam[team] = append(byTeam[team], x)
	}
	for _, s := range sites {
		for _, room := range append(study.RoomsOf(c.Def, s), "") {
			key := s.ID + " " + room
			if room == "" && len(byRoom[key]) == 0 {
				continue
			}
			title := c.T("clinic.room.number", "room", room)
			if room == "" {
				title = c.T("clinic.board.noroom")
			}
			if len(sites) > 1 {
				title = s.ID + " · " + title
			}
			rooms.Rows = append(rooms.Rows, gridRow{title, lanesOf(byRoom[key], cols)})
		}
	}
	slices.Sort(teams)
	for _, team := range teams {
		title := team
		if title == "" {
			title = c.T("clinic.board.nobody")
		}
		people.Rows = append(people.Rows, gridRow{title, lanesOf(byTeam[team], cols)})
	}
	g.Groups = []gridGroup{rooms, people}
	return g
}

// lanesOf lays appointments side by side, each in the first lane that is free.
func lanesOf(list []lane, cols int) [][]gridCell {
	var lanes [][]lane
next:
	for _, x := range list {
		for i := range lanes {
			if lanes[i][len(lanes[i])-1].until <= x.from {
				lanes[i] = append(lanes[i], x)
				continue next
			}
		}
		lanes = append(lanes, []lane{x})
	}
	if len(lanes) == 0 {
		return [][]gridCell{free(nil, cols)}
	}
	out := make([][]gridCell, len(lanes))
	for i, l := range lanes {
		at := 0
		for _, x := range l {
			out[i] = free(out[i], x.from-at)
			out[i] = append(out[i], gridCell{x.until - x.from, x.item})
			at = x.until
		}
		out[i] = free(out[i], cols-at)
	}
	return out
}

// free adds empty columns, one cell an hour so that the lines of the hours show.
func free(cells []gridCell, n int) []gridCell {
	used := 0
	for _, x := range cells {
		used += x.Span
	}
	for n > 0 {
		span := min(n, 2-used%2)
		cells = append(cells, gridCell{Span: span})
		used, n = used+span, n-span
	}
	return cells
}
