package app

import (
	"context"
	"time"

	"varde/access"
	"varde/identity"
	"varde/study"
)

// Signing is a signature under way: what will be signed, as the signer reads it.
type Signing struct {
	Statement study.Statement
	Title     study.Text // of the record, for people
	Digest    string     // hex SHA-256 of the statement: what a passkey signs
	Ticket    string     // good for five minutes, once, in this session
	Options   []byte     // for navigator.credentials.get; nil when the account has no passkey
}

// BeginSignature makes the statement over a record as it stands now. Record is one of
// study.RecordRef's forms; participant is "" for the study's own ("protocol").
func (a *App) BeginSignature(ctx context.Context, actor access.Actor, in identity.Session, studyID, participant, record, meaning string) (Signing, error) {
	return Signing{}, errNot
}

// FinishSignature signs with what the passkey answered, or with password and code. A
// record that was changed meanwhile is not signed.
func (a *App) FinishSignature(ctx context.Context, actor access.Actor, in identity.Session, ticket string, answer []byte, password, code string, from identity.Source) (study.Signature, error) {
	return study.Signature{}, errNot
}

// Manifest is a signature with the result of verifying it now.
type Manifest struct {
	study.Signature
	Title    study.Text
	Verified bool       // digest, tip and, with a passkey, the cryptographic signature are right
	Fault    study.Text // why not
	Current  time.Time  // of the verification
}

// Signatures answers the signatures on a participant's records (record "" = all), or
// on the study's (participant ""), each verified anew.
func (a *App) Signatures(ctx context.Context, actor access.Actor, studyID, participant, record string) ([]Manifest, error) {
	return nil, errNot
}
