package study

import "time"

// What participants do themselves, on their own stream: they sign consent, write a
// diary and exchange messages with the team. Words are sealed under the person's key
// before they come here, so events hold only what the vault made of them.

// Commands.
type (
	// SignConsent is the participant's own signature under a document's valid version.
	// It becomes a consent when somebody who may obtain it has talked it through and
	// gives GiveConsent.
	SignConsent struct {
		On
		Document string
		Version  string
		Language string
		Answers  map[string]string // comprehension question -> option chosen
	}
	// WriteDiary adds a diary entry, or writes one anew. Mood and text are sealed
	// together on their way: Decide gets the seal as Text, and no Mood.
	WriteDiary struct {
		On
		Entry  string // id that the writer's device made; the same id again replaces the text
		Mood   *int   // 0 to 10
		Text   string
		Shared bool
	}
	// ShareDiary lets the team read an entry, or takes it back.
	ShareDiary struct {
		On
		Entry  string
		Shared bool
	}
	// SendMessage is a message between the participant and the team. Text is sealed on
	// its way; who writes is told by the actor's role.
	SendMessage struct {
		On
		ID   string // that the writer's device made
		Text string
	}
	// ReadMessages says that the other side's messages are read, up to one.
	ReadMessages struct {
		On
		Until string // id of a message
	}
)

// Payloads.
type (
	// ConsentSigned is the participant's own signature under one version of a document.
	ConsentSigned struct {
		Answers  map[string]string `json:"answers,omitempty"`
		Document string            `json:"document"`
		Language string            `json:"language"`
		PVersion string            `json:"version"`
	}
	// ConsentUnsigned takes back a signature of one's own that nobody has confirmed yet.
	ConsentUnsigned struct {
		Document string `json:"document"`
	}
	// DiaryWritten keeps an entry, mood and text sealed under the participant's key.
	DiaryWritten struct {
		Entry  string `json:"entry"`
		Sealed string `json:"sealed"`
		Shared bool   `json:"shared"`
	}
	// DiaryShared says whether the team may read an entry from now on.
	DiaryShared struct {
		Entry  string `json:"entry"`
		Shared bool   `json:"shared"`
	}
	// MessageSent keeps a message, sealed under the participant's key.
	MessageSent struct {
		ID     string `json:"id"`
		Own    bool   `json:"own"` // written by the participant
		Sealed string `json:"sealed"`
	}
	// MessagesRead says that one side has read what the other wrote.
	MessagesRead struct {
		Own   bool   `json:"own"` // the participant has read
		Until string `json:"until"`
	}
)

func (ConsentSigned) eventType() string   { return "consent.signed" }
func (ConsentUnsigned) eventType() string { return "consent.unsigned" }
func (DiaryWritten) eventType() string    { return "diary.written" }
func (DiaryShared) eventType() string     { return "diary.shared" }
func (MessageSent) eventType() string     { return "message.sent" }
func (MessagesRead) eventType() string    { return "message.read" }

// ConsentSignature is the participant's own signature that waits for the conversation.
type ConsentSignature struct {
	ConsentSigned
	At time.Time
}

// DiaryEntry is one entry of the diary. Sealed is "" in a state that is shown to
// somebody who may not read it.
type DiaryEntry struct {
	ID      string
	At      time.Time // of the first writing
	Changed time.Time
	Sealed  string
	Shared  bool
}

// Message between the participant and the team. Sealed is "" in a state that is shown.
type Message struct {
	ID     string
	At     time.Time
	By     string // account
	Role   string
	Own    bool // written by the participant
	Sealed string
	Read   time.Time // by the other side; zero = not yet
}
