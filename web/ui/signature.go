package ui

import "time"

// Signature is one electronic signature as it stands on a record: printed name,
// meaning, date and time with the zone (21 CFR 11.50), whether it still holds, and
// whether it was verified now.
type Signature struct {
	Name, Role string
	// Meaning in the reader's words, such as "I approve this record".
	Meaning string
	At      time.Time
	Tags    []Tag
	// Void says what was changed after signing, and Fault why it cannot be verified.
	Void, Fault string
}

// Signatures is the manifest of a record. Template "signatures".
type Signatures struct {
	// ID tells several manifests of one page apart.
	ID    string
	Title string
	List  []Signature
	// Empty stands where nobody has signed; Fault when the manifest cannot be read.
	Empty, Fault string
	// Sign leads to signing, for those who may.
	Sign *Link
}
