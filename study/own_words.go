package study

import (
	"strings"
	"unicode/utf8"
)

// MaxWords is the most characters of a diary entry, a message or a concern. The bytes
// are bounded too, so that the seal of it still fits into a text of the record.
const (
	MaxWords      = 10_000
	maxWordsBytes = 14_000
)

func noWords() *Refusal {
	return invalid("text", "no-words", "there is nothing written yet", "det er ikke skrevet noe ennå")
}

// WordsFault says why a text cannot be kept as somebody's words, nil when it can.
func WordsFault(text string) *Refusal {
	if strings.TrimSpace(text) == "" {
		return noWords()
	}
	return lengthFault(text)
}

func lengthFault(text string) *Refusal {
	if utf8.RuneCountInString(text) > MaxWords || len(text) > maxWordsBytes {
		return invalid("text", "too-long", "this is too long to keep in one piece. Nothing is lost: divide it in two", "dette er for langt til å lagres i ett. Ingenting er mistet: del det i to")
	}
	return badString("text", text)
}

// DiaryFault says why a diary entry in the clear cannot be kept, nil when it can. A
// mood without words is enough.
func DiaryFault(c WriteDiary) *Refusal {
	if c.Mood != nil && (*c.Mood < 0 || *c.Mood > 10) {
		return invalid("mood", "bad-mood", "the mood is a number from 0 to 10", "humøret er et tall fra 0 til 10")
	}
	if c.Mood == nil {
		return WordsFault(c.Text)
	}
	return lengthFault(c.Text)
}
