package study

import "time"

// CalendarStream holds which rooms and people of a site are taken when. Two bookings of
// the same room are two writers of one stream: only one can win.
func CalendarStream(site string) string { return "calendar/" + site }

type (
	// SlotBooked takes a room and people for a visit. Booking the same visit again moves it.
	SlotBooked struct {
		From        time.Time `json:"from"`
		Participant string    `json:"participant"`
		Room        string    `json:"room,omitempty"`
		Staff       []string  `json:"staff,omitempty"`
		Until       time.Time `json:"until"`
		Visit       string    `json:"visit"`
	}
	// SlotFreed gives them back.
	SlotFreed struct {
		Participant string `json:"participant"`
		Visit       string `json:"visit"`
	}
)

func (SlotBooked) eventType() string { return "calendar.booked" }
func (SlotFreed) eventType() string  { return "calendar.freed" }

// Calendar is what the record tells of a site's rooms and people, from Since on: what
// ended before is dropped.
type Calendar struct {
	Version  int64
	Recorded time.Time
	Slots    []SlotBooked // in the order of From
}
