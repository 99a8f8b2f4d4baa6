package study

import (
	"maps"
	"slices"
	"time"
)

// ownWords says that an event is about the diary or the messages: words that belong
// to people, and not to the casebook.
func ownWords(p Payload) bool {
	switch p.(type) {
	case DiaryWritten, DiaryShared, MessageSent, MessagesRead:
		return true
	}
	return false
}

// applyOwn takes an event of what participants do themselves into account. What it
// changes may belong to an older state too, and is replaced, never changed in place.
func (s *State) applyOwn(e Event) {
	switch d := e.Data.(type) {
	case ConsentSigned:
		s.Signed = maps.Clone(s.Signed)
		if s.Signed == nil {
			s.Signed = map[string]ConsentSignature{}
		}
		s.Signed[d.Document] = ConsentSignature{ConsentSigned: d, At: e.At}
	case ConsentUnsigned:
		s.unsign(d.Document)
	case DiaryWritten:
		s.write(d, e.At)
	case DiaryShared:
		s.Diary = changedAt(s.Diary, func(x DiaryEntry) bool { return x.ID == d.Entry }, func(x *DiaryEntry) { x.Shared = d.Shared })
	case MessageSent:
		if !d.Own {
			s.read(len(s.Messages), true, e.At) // who answers has read
		}
		s.Messages = append(s.Messages[:len(s.Messages):len(s.Messages)], Message{ID: d.ID, At: e.At, By: e.Actor, Role: e.Role, Own: d.Own, Sealed: d.Sealed})
	case MessagesRead:
		until := slices.IndexFunc(s.Messages, func(m Message) bool { return m.ID == d.Until })
		s.read(until+1, !d.Own, e.At)
	}
}

func (s *State) write(d DiaryWritten, at time.Time) {
	if s.entry(d.Entry) == nil {
		s.Diary = append(s.Diary[:len(s.Diary):len(s.Diary)], DiaryEntry{ID: d.Entry, At: at, Changed: at, Sealed: d.Sealed, Shared: d.Shared})
		return
	}
	s.Diary = changedAt(s.Diary, func(x DiaryEntry) bool { return x.ID == d.Entry }, func(x *DiaryEntry) {
		x.Changed, x.Sealed, x.Shared = at, d.Sealed, d.Shared
	})
}

// read marks the first n messages that one side wrote as read by the other.
func (s *State) read(n int, own bool, at time.Time) {
	first := s.Messages[:n]
	unread := func(m Message) bool { return m.Own == own && m.Read.IsZero() }
	if !slices.ContainsFunc(first, unread) {
		return
	}
	s.Messages = slices.Clone(s.Messages)
	for i := range n {
		if unread(s.Messages[i]) {
			s.Messages[i].Read = at
		}
	}
}

// changedAt answers a copy of the list with the elements that are meant changed.
func changedAt[T any](list []T, meant func(T) bool, change func(*T)) []T {
	out := slices.Clone(list)
	for i := range out {
		if meant(out[i]) {
			change(&out[i])
		}
	}
	return out
}

// unsign forgets a signature that waited for the conversation.
func (s *State) unsign(document string) {
	if _, ok := s.Signed[document]; ok {
		s.Signed = maps.Clone(s.Signed)
		delete(s.Signed, document)
	}
}

// confirmed answers when the participant signed the version that is confirmed now,
// zero when they did not do it in these pages. Whatever waited for the document is
// settled.
func (s *State) confirmed(d ConsentGiven) time.Time {
	w, ok := s.Signed[d.Document]
	s.unsign(d.Document)
	if !ok || w.PVersion != d.PVersion {
		return time.Time{}
	}
	return w.At
}

func (s *State) entry(id string) *DiaryEntry {
	for i := range s.Diary {
		if s.Diary[i].ID == id {
			return &s.Diary[i]
		}
	}
	return nil
}

// Unread counts the messages that one side has not read: those of the team for the
// participant (own), those of the participant for the team.
func (s *State) Unread(own bool) int {
	n := 0
	for i := range s.Messages {
		if s.Messages[i].Own != own && s.Messages[i].Read.IsZero() {
			n++
		}
	}
	return n
}
