package study

import "slices"

// Reason is why something was done, as a code that is kept for ever and its text.
type Reason struct {
	Code string
	Text Text
	Note bool // the code alone tells too little: a note is owed
}

// ReasonList is the reasons to choose from.
type ReasonList []Reason

// Find answers a reason by its code.
func (l ReasonList) Find(code string) (Reason, bool) {
	if i := slices.IndexFunc(l, func(r Reason) bool { return r.Code == code }); i >= 0 {
		return l[i], true
	}
	return Reason{}, false
}

// Name answers the text of a code; of one that is not known, the code itself.
func (l ReasonList) Name(code string) Text {
	if r, ok := l.Find(code); ok {
		return r.Text
	}
	return Text{EN: code, NB: code}
}

// owed refuses a code that is not in the list, and one without the note that it owes.
func (l ReasonList) owed(field, code, note string) *Refusal {
	r, ok := l.Find(code)
	switch {
	case !ok:
		return invalid(field, "reason-owed", "choose a reason from the list", "velg en grunn fra listen")
	case r.Note && note == "":
		return invalid("note", "note-owed", "say in your own words why, without names", "skriv med egne ord hvorfor, uten navn")
	}
	return nil
}

// Reasons in the work with referrals. Codes are never given another meaning.
var (
	// MoveReasons are why somebody stands elsewhere on the list than by their turn.
	MoveReasons = ReasonList{
		{Code: "clinical-need", Text: Text{EN: "clinical need: cannot wait as long as others", NB: "klinisk behov: kan ikke vente så lenge som andre"}},
		{Code: "safety", Text: Text{EN: "safety: something must be clarified or treated first, or soon", NB: "sikkerhet: noe må avklares eller behandles først, eller snart"}},
		{Code: "trial-window", Text: Text{EN: "a window of the protocol would close", NB: "et vindu i protokollen ville lukke seg"}},
		{Code: "travel", Text: Text{EN: "a long journey that must be coordinated", NB: "lang reise som må samordnes"}},
		{Code: "earlier-error", Text: Text{EN: "puts right an earlier error of ours", NB: "retter en tidligere feil hos oss"}},
		{Code: "own-wish", Text: Text{EN: "the person wishes to wait longer", NB: "personen ønsker å vente lenger"}},
		{Code: "other", Text: Text{EN: "another reason", NB: "en annen grunn"}, Note: true},
	}
	// UnsuitableReasons are why the treatment here does not suit.
	UnsuitableReasons = ReasonList{
		{Code: "diagnosis", Text: Text{EN: "another condition is in the foreground", NB: "en annen tilstand står i forgrunnen"}},
		{Code: "medical-risk", Text: Text{EN: "a medical risk", NB: "en medisinsk risiko"}},
		{Code: "medication", Text: Text{EN: "a medicine that should not be stopped", NB: "en medisin som ikke bør avsluttes"}},
		{Code: "help-now", Text: Text{EN: "needs other help now", NB: "trenger annen hjelp nå"}},
		{Code: "age", Text: Text{EN: "age outside the limits", NB: "alder utenfor grensene"}},
		{Code: "distance", Text: Text{EN: "lives too far away for the follow-up", NB: "bor for langt unna for oppfølgingen"}},
		{Code: "other", Text: Text{EN: "another reason", NB: "en annen grunn"}, Note: true},
	}
	// OnwardReasons are why somebody is referred elsewhere.
	OnwardReasons = ReasonList{
		{Code: "full", Text: Text{EN: "no place here within a reasonable time", NB: "ingen plass her innen rimelig tid"}},
		{Code: "better-elsewhere", Text: Text{EN: "can be helped better elsewhere", NB: "kan få bedre hjelp et annet sted"}},
		{Code: "own-wish", Text: Text{EN: "the person wishes it", NB: "personen ønsker det"}},
		{Code: "other", Text: Text{EN: "another reason", NB: "en annen grunn"}, Note: true},
	}
	// CloseReasons are why a referral ends without a place.
	CloseReasons = ReasonList{
		{Code: "own-wish", Text: Text{EN: "the person no longer wishes a place", NB: "personen ønsker ikke lenger plass"}},
		{Code: "treated-elsewhere", Text: Text{EN: "gets help elsewhere", NB: "får hjelp et annet sted"}},
		{Code: "not-reached", Text: Text{EN: "could not be reached", NB: "lot seg ikke nå"}},
		{Code: "duplicate", Text: Text{EN: "the same person has another referral here", NB: "samme person har en annen henvisning her"}},
		{Code: "died", Text: Text{EN: "the person has died", NB: "personen er død"}},
		{Code: "other", Text: Text{EN: "another reason", NB: "en annen grunn"}, Note: true},
	}
)
