package admin

import (
	"time"

	"varde/bilingual"
	"varde/study"
	"varde/web/page"
)

// factNames are what an event of the house's log says beside its sentence. The log
// names them by a key; a key without words here is shown as it is.
var factNames = map[string]bilingual.Text{
	"account": {EN: "account", NB: "konto"}, "kind": {EN: "kind", NB: "type"}, "name": {EN: "name", NB: "navn"}, "study": {EN: "study", NB: "studie"},
	"participant": {EN: "participant", NB: "deltaker"}, "role": {EN: "role", NB: "rolle"}, "roles": {EN: "roles", NB: "roller"}, "purpose": {EN: "for", NB: "til"},
	"until": {EN: "until", NB: "til"}, "passkey": {EN: "passkey", NB: "passnøkkel"}, "credential": {EN: "key id", NB: "nøkkel-id"}, "had": {EN: "count before", NB: "teller før"},
	"got": {EN: "count now", NB: "teller nå"}, "provider": {EN: "provider", NB: "leverandør"}, "issuer": {EN: "issuer", NB: "utsteder"}, "method": {EN: "by", NB: "med"},
	"device": {EN: "device", NB: "enhet"}, "network": {EN: "network", NB: "nett"}, "session": {EN: "session", NB: "økt"}, "sessions": {EN: "sessions", NB: "økter"},
	"why": {EN: "why", NB: "hvorfor"}, "count": {EN: "times", NB: "ganger"}, "code": {EN: "code", NB: "kode"}, "what": {EN: "asked for", NB: "ba om"},
	"token": {EN: "token", NB: "token"}, "expires": {EN: "expires", NB: "utløper"},
}

// factValues are values that stand in the log as a key.
var factValues = map[string]map[string]bilingual.Text{
	"method": {"passkey": {EN: "passkey", NB: "passnøkkel"}, "password": {EN: "password and code", NB: "passord og kode"}, "oidc": {EN: "single sign-on", NB: "felles innlogging"},
		"link": {EN: "one-time link", NB: "engangslenke"}, "recovery": {EN: "recovery code", NB: "gjenopprettingskode"}, "demo": {EN: "demo", NB: "demo"}},
	"kind": {"staff": {EN: "staff", NB: "ansatt"}, "participant": {EN: "participant", NB: "deltaker"}},
	"why": {"signed-out": {EN: "signed out", NB: "logget ut"}, "disabled": {EN: "account closed", NB: "konto lukket"}, "key-revoked": {EN: "key removed", NB: "nøkkel fjernet"},
		"password-set": {EN: "new password", NB: "nytt passord"}, "run-out": {EN: "ran out", NB: "utløpt"}},
	"purpose": {"invitation": {EN: "invitation", NB: "invitasjon"}, "recovery": {EN: "new keys", NB: "nye nøkler"}, "bootstrap": {EN: "first administrator", NB: "første administrator"}},
}

// fact tells one of them to the reader.
func fact(c *page.Context, key, value string) string {
	name, known := factNames[key]
	if !known {
		name = bilingual.Text{EN: key, NB: key}
	}
	if t, ok := factValues[key][value]; ok {
		value = c.Say(t)
	}
	switch key {
	case "role":
		value = c.Say(study.RoleName(value))
	case "until", "expires":
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			value = c.Voice().DateTime(t)
		}
	}
	return c.Say(name) + ": " + value
}
