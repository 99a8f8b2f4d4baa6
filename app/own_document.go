package app

import (
	"encoding/json"
	"time"

	"varde/study"
)

// OwnFormat names the shape of OwnDocument. What stands in it is only added to; a field
// that had to change its meaning would make a new name.
const OwnFormat = "varde-own-data/1"

// OwnDocument is everything that is kept of a participant, as OwnData writes it: one
// JSON object with these fields in this order. Texts that the protocol gives are in both
// languages; times are UTC, RFC 3339. docs/schema/own-data.schema.json is its schema.
type OwnDocument struct {
	Format      string           `json:"format"`
	Made        time.Time        `json:"made"`
	Study       OwnStudy         `json:"study"`
	Participant string           `json:"participant"` // the number under which the record is kept
	Site        string           `json:"site"`
	Language    string           `json:"language"`
	Status      study.Text       `json:"status"`
	Milestones  []OwnMilestone   `json:"milestones"`
	Hidden      []OwnHidden      `json:"hidden"`          // kept, and not shown yet
	Identity    []OwnField       `json:"identity"`        // who they are and how they are reached
	Erased      time.Time        `json:"erased,omitzero"` // when the identity, and all that is sealed with it, was erased for good
	Consents    []OwnConsent     `json:"consents"`
	Texts       []OwnText        `json:"consentTexts"` // every version that was signed, in full
	Visits      []OwnVisit       `json:"visits"`
	Sessions    []OwnSession     `json:"sessions"`
	Forms       []OwnForm        `json:"forms"`
	Diary       []OwnDiary       `json:"diary"`
	Messages    []OwnMessage     `json:"messages"`
	Concerns    []OwnConcern     `json:"concerns"` // told to somebody outside the site
	Notices     []OwnNotice      `json:"notices"`  // sent outside these pages
	Looks       []OwnLook        `json:"looks"`    // who looked
	History     []OwnHistoryLine `json:"history"`  // what was recorded when
}

type (
	// OwnStudy is the study that the record belongs to.
	OwnStudy struct {
		ID       string `json:"id"`
		Title    string `json:"title"`
		Protocol string `json:"protocol"`
		Version  string `json:"version"`
	}
	// OwnMilestone is a point of the course that is reached.
	OwnMilestone struct {
		At    time.Time  `json:"at"`
		Title study.Text `json:"title"`
	}
	// OwnHidden names something that is kept, and why it is not shown.
	OwnHidden struct {
		What study.Text `json:"what"`
		Why  study.Text `json:"why"`
	}
	// OwnField is one field of an identity.
	OwnField struct {
		Field IdentityField `json:"field"`
		Value string        `json:"value"`
	}
	// OwnConsent is one thing that happened to a consent.
	OwnConsent struct {
		At       time.Time   `json:"at"`
		What     string      `json:"what"` // "signed" by the participant, "confirmed" after the conversation, "taken-back" before it, "withdrawn"
		Document string      `json:"document"`
		Title    study.Text  `json:"title"`
		Version  string      `json:"version,omitempty"`
		Language string      `json:"language,omitempty"`
		Answers  []OwnAnswer `json:"answers,omitempty"`
	}
	// OwnText is the full text of one version of a consent document.
	OwnText struct {
		Document string           `json:"document"`
		Version  string           `json:"version"`
		Title    study.Text       `json:"title"`
		Sections []OwnTextSection `json:"sections"`
	}
	// OwnTextSection is one section of it.
	OwnTextSection struct {
		Title study.Text `json:"title"`
		Short study.Text `json:"short"`
		Long  study.Text `json:"long"`
	}
	// OwnVisit is a visit that is planned, was held or was missed.
	OwnVisit struct {
		Visit   string     `json:"visit"`
		Title   study.Text `json:"title"`
		Planned time.Time  `json:"planned,omitzero"`
		Held    time.Time  `json:"held,omitzero"`
		Missed  string     `json:"missed,omitempty"` // why
	}
	// OwnSession is a dosing session.
	OwnSession struct {
		Visit      string     `json:"visit"`
		Title      study.Text `json:"title"`
		Started    time.Time  `json:"started,omitzero"`
		DoseAt     time.Time  `json:"doseAt,omitzero"`
		Dose       float64    `json:"dose,omitempty"` // mg, as labelled
		SecondAt   time.Time  `json:"secondAt,omitzero"`
		Second     float64    `json:"second,omitempty"`
		Discharged time.Time  `json:"discharged,omitzero"`
		Ended      time.Time  `json:"ended,omitzero"`
	}
	// OwnForm is one record of a form.
	OwnForm struct {
		Form    string      `json:"form"`
		Title   study.Text  `json:"title"`
		Visit   string      `json:"visit,omitempty"` // "" = kept all through
		Repeat  int         `json:"repeat,omitempty"`
		SavedAt time.Time   `json:"savedAt"`
		By      study.Text  `json:"by"` // whose answers they are
		Answers []OwnAnswer `json:"answers"`
		Scores  []OwnScore  `json:"scores,omitempty"`
	}
	// OwnAnswer is a question with its answer in words. Value is the answer as it is
	// kept; Missing why there is none; Hidden that there is one which is not shown yet.
	OwnAnswer struct {
		Item     string          `json:"item"`
		Question study.Text      `json:"question"`
		Answer   study.Text      `json:"answer,omitzero"`
		Value    json.RawMessage `json:"value,omitempty"`
		Unit     string          `json:"unit,omitempty"`
		Missing  string          `json:"missing,omitempty"`
		Hidden   bool            `json:"hidden,omitempty"`
	}
	// OwnScore is what was reckoned from the answers.
	OwnScore struct {
		Score string          `json:"score"`
		Title study.Text      `json:"title"`
		Value json.RawMessage `json:"value"`
	}
	// OwnDiary is a diary entry.
	OwnDiary struct {
		At      time.Time `json:"at"`
		Changed time.Time `json:"changed"`
		Mood    *int      `json:"mood,omitempty"` // 0 to 10
		Text    string    `json:"text"`
		Shared  bool      `json:"shared"`
	}
	// OwnMessage is a message between the participant and the team.
	OwnMessage struct {
		At   time.Time `json:"at"`
		Own  bool      `json:"own"` // written by the participant
		From string    `json:"from,omitempty"`
		Text string    `json:"text"`
		Read time.Time `json:"read,omitzero"`
	}
	// OwnConcern is a concern that was told outside the site.
	OwnConcern struct {
		ID    string           `json:"id"`
		Kind  string           `json:"kind"`
		Named bool             `json:"named"`
		Words []OwnConcernWord `json:"words"`
	}
	// OwnConcernWord is one thing that was said in it.
	OwnConcernWord struct {
		At   time.Time `json:"at"`
		Own  bool      `json:"own"`
		Text string    `json:"text"`
	}
	// OwnNotice is something that was sent, or could not be; what it said is not kept.
	OwnNotice struct {
		At      time.Time `json:"at"`
		Channel string    `json:"channel"`
		Kind    string    `json:"kind"`
		Failed  bool      `json:"failed,omitempty"`
	}
	// OwnLook is one look at the record or the identity.
	OwnLook struct {
		At      time.Time  `json:"at"`
		Who     string     `json:"who"`
		Role    study.Text `json:"role"`
		What    study.Text `json:"what"`
		Fields  []string   `json:"fields,omitempty"`
		Purpose string     `json:"purpose,omitempty"`
	}
	// OwnHistoryLine is something that was recorded.
	OwnHistoryLine struct {
		At       time.Time  `json:"at"`       // when it happened
		Recorded time.Time  `json:"recorded"` // when it was written
		Role     study.Text `json:"role"`     // of who wrote it
		What     study.Text `json:"what"`
		Reason   string     `json:"reason,omitempty"`
	}
)
