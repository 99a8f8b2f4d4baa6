package ui

import "time"

// Source is where a statement comes from. Template "sources" takes a []Source and
// numbers them from 1; in running text <sup class="v-note"><a href="#source-1">1</a></sup>
// leads there.
type Source struct {
	Text, Href string
	// Checked is when somebody last compared the statement with it; zero prints nothing.
	Checked time.Time
}

// Fact is a number with what it counts and where it is from. Template "fact".
type Fact struct {
	Number, Text, Source string
}

// Helpline is help that is always in reach. Template "helpline".
type Helpline struct {
	Title, Text string
	Numbers     []Link
}

// Door leads to another page; all of it can be pressed. Template "doors" takes a
// []Door.
type Door struct {
	Text, Href, About string
}
