package ui

// Progress tells how far somebody is. Template "progress".
type Progress struct {
	// Done of Of: the question that is shown, counted from 1, of all.
	Done, Of int
	// Text says it in words, such as "Question 3 of 20".
	Text string
}

// Ask is one question on a screen of its own; its question is the page's heading.
// Template "ask". It belongs in a form: each answer is a button that sends it.
type Ask struct {
	// Key begins the ids of its parts; it must be unique on the page.
	Key      string
	Progress Progress
	// Over is a quiet line above the question: what it is part of, which days it is about.
	Over string
	// Lang marks a question in another language than the page.
	Question, Hint, Lang string
	// Name of the field that an answer sends.
	Name    string
	Answers []Answer
	Error   string
	// Within says that the page has a heading of its own, and the question is none.
	Within bool
}

// Answer is one big button. Template "answers" takes an Ask, and prints them alone.
type Answer struct {
	Value, Text, Hint string
	Chosen            bool
}

// Saving is where an entry is.
type Saving string

// Where an entry can be. Each has words, an icon and an outline of its own.
const (
	// Saved: on the server's disk.
	Saved Saving = "saved"
	// OnDevice: kept on this device; it is sent by itself.
	OnDevice Saving = "device"
	// NotSent: it should have been sent by now, and could not.
	NotSent Saving = "waiting"
	// Refused: the server did not take it; somebody must look.
	Refused Saving = "refused"
)

// Safe is the state of what somebody entered. Template "safe".
type Safe struct {
	State Saving
	// Text is what it says; empty says the state in its own words.
	Text string
	// Live announces changes to a screen reader.
	Live bool
}

// Icon is the state's shape.
func (s Safe) Icon() string {
	switch s.State {
	case Saved:
		return "success"
	case OnDevice:
		return "device"
	case NotSent:
		return "clock"
	}
	return "danger"
}

// Place is one tab of the bar at the foot of a phone. Template "tabbar" takes a
// []Place: five at the most, with words of one line.
type Place struct {
	Text, Href string
	// Icon is one of the names on the design page.
	Icon    string
	Current bool
	Count   int
}

// Keypad is large keys for number boxes. Template "keypad"; the page loads keypad.js.
type Keypad struct {
	// Boxes are the ids of the inputs, in the order of "next".
	Boxes []string
	// Label names it for a screen reader.
	Label string
	// Decimal adds a key for the decimal sign.
	Decimal bool
}
