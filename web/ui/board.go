package ui

import (
	"slices"
	"time"
)

// Board is a day (or a part of it) with rows such as rooms and people. Template
// "board" takes what Lay answers: a table whose cells span the quarters of an hour,
// because pages carry no style of their own; on a phone it is a list.
type Board struct {
	// Caption names the table, such as "Monday 2 March".
	Caption string
	// RowHead names the first column, such as "Room".
	RowHead string
	// From and To bound the board and are whole hours in their zone. What lies outside
	// is shown at the edge, with its own time in words.
	From, To time.Time
	Rows     []BoardRow
	// Free is what a row without bookings says on a phone.
	Free string
}

// BoardRow is a room, a pair or a person.
type BoardRow struct {
	Name, Sub string
	Items     []Booking
}

// Booking is one box on a board.
type Booking struct {
	From, To          time.Time
	Title, Text, Href string
	Tone              Tone
	Tags              []Tag
}

// BoardLaid is a board with its cells.
type BoardLaid struct {
	Caption, RowHead, Free string
	Hours                  []time.Time
	// Quarters is how many columns there are.
	Quarters int
	Lines    []BoardLine
}

// BoardLine is one line of a row; what overlaps stands on a further line.
type BoardLine struct {
	Name, Sub string
	// Span is how many lines the row has, on its first one, else 0.
	Span  int
	Last  bool
	Empty bool
	Cells []BoardCell
}

// BoardCell is a gap, or a box.
type BoardCell struct {
	Span int
	Item *Booking
}

const quarter = 15 * time.Minute

// Lay puts the boxes into cells. Boxes of one row that overlap come on lines of their
// own; every box has at least a quarter of an hour.
func (b Board) Lay() BoardLaid {
	out := BoardLaid{Caption: b.Caption, RowHead: b.RowHead, Free: b.Free, Quarters: max(int(b.To.Sub(b.From)/quarter), 4)}
	for h := 0; h < out.Quarters/4; h++ {
		out.Hours = append(out.Hours, b.From.Add(time.Duration(h)*time.Hour))
	}
	out.Quarters = len(out.Hours) * 4
	for _, row := range b.Rows {
		lanes := b.lanes(row.Items, out.Quarters)
		for i, lane := range lanes {
			line := BoardLine{Name: row.Name, Sub: row.Sub, Last: i == len(lanes)-1, Empty: len(row.Items) == 0, Cells: cells(lane, out.Quarters)}
			if i == 0 {
				line.Span = len(lanes)
			}
			out.Lines = append(out.Lines, line)
		}
	}
	return out
}

// placed is a box in quarters from the board's start.
type placed struct {
	from, to int
	item     *Booking
}

// lanes spreads a row's boxes over as few lines as keep them apart; one empty line
// when there are none.
func (b Board) lanes(items []Booking, quarters int) [][]placed {
	var all []placed
	for i := range items {
		p := placed{from: floor(items[i].From.Sub(b.From)), to: ceiling(items[i].To.Sub(b.From)), item: &items[i]}
		p.from = min(max(p.from, 0), quarters-1)
		p.to = min(max(p.to, p.from+1), quarters)
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(x, y placed) int { return x.from - y.from })
	lanes := [][]placed{nil}
next:
	for _, p := range all {
		for i := range lanes {
			if len(lanes[i]) == 0 || lanes[i][len(lanes[i])-1].to <= p.from {
				lanes[i] = append(lanes[i], p)
				continue next
			}
		}
		lanes = append(lanes, []placed{p})
	}
	return lanes
}

func floor(d time.Duration) int {
	if d < 0 {
		return 0
	}
	return int(d / quarter)
}

func ceiling(d time.Duration) int { return int((d + quarter - 1) / quarter) }

// cells fills a line from the first quarter to the last.
func cells(lane []placed, quarters int) []BoardCell {
	var out []BoardCell
	at := 0
	gap := func(to int) {
		if to > at {
			out = append(out, BoardCell{Span: to - at})
			at = to
		}
	}
	for _, p := range lane {
		gap(p.from)
		out = append(out, BoardCell{Span: p.to - p.from, Item: p.item})
		at = p.to
	}
	gap(quarters)
	return out
}
