package identity

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"varde/bilingual"
	"varde/ledger"
)

// Describe tells an event of the house's log for the audit view, and facts to show
// beside it. It never tells a secret, sealed or not. Unknown types answer the type.
func Describe(e ledger.Event) (bilingual.Text, map[string]string) {
	facts := map[string]string{}
	if id, ofAccount, ofSignin := ofAccount(e.Stream); ofAccount || ofSignin {
		facts["account"] = id
	}
	tell := func(en, nb string) (bilingual.Text, map[string]string) { return bilingual.Text{EN: en, NB: nb}, facts }
	fault := func() (bilingual.Text, map[string]string) { return bilingual.Text{EN: e.Type, NB: e.Type}, facts }
	switch e.Type {
	case accountInvited, accountRenewed:
		f, err := read[invited](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "kind", string(f.Kind), "name", f.Name, "study", f.Study, "participant", f.Participant, "roles", strings.Join(f.Roles, ", "))
		if e.Type == accountRenewed {
			return tell("account invited anew: a new link for an account that was there already", "konto invitert på nytt: ny lenke til en konto som fantes fra før")
		}
		return tell("account invited", "konto invitert")
	case accountDisabled:
		return tell("account disabled", "konto sperret")
	case accountEnabled:
		return tell("account enabled", "konto åpnet igjen")
	case roleGiven, roleTaken:
		f, err := read[roleChange](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "role", f.Role)
		if e.Type == roleGiven {
			return tell("role given", "rolle gitt")
		}
		return tell("role taken away", "rolle tatt tilbake")
	case linkMade:
		f, err := read[linkFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "purpose", f.Purpose, "until", f.Until.Format(time.RFC3339))
		return tell("one-time link made", "engangslenke laget")
	case linkUsed:
		return tell("one-time link used", "engangslenke brukt")
	case passkeyAdded:
		f, err := read[passkeyFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "passkey", f.Name, "credential", f.Credential)
		return tell("passkey added", "passnøkkel lagt til")
	case passkeyRevoked:
		f, err := read[passkeyRef](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "credential", f.Credential)
		return tell("passkey revoked", "passnøkkel trukket tilbake")
	case passkeyCopied:
		f, err := read[passkeyCount](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "credential", f.Credential, "had", fmt.Sprint(f.Had), "got", fmt.Sprint(f.Got))
		return tell("passkey refused: it counted back and may have been copied", "passnøkkel avvist: den telte bakover og kan være kopiert")
	}
	return describeSecrets(e, facts)
}

// describeSecrets tells the second half: passwords, codes, sessions, failures.
func describeSecrets(e ledger.Event, facts map[string]string) (bilingual.Text, map[string]string) {
	tell := func(en, nb string) (bilingual.Text, map[string]string) { return bilingual.Text{EN: en, NB: nb}, facts }
	fault := func() (bilingual.Text, map[string]string) { return bilingual.Text{EN: e.Type, NB: e.Type}, facts }
	switch e.Type {
	case passwordSet:
		return tell("password and second factor set", "passord og andre faktor satt")
	case passwordStirred:
		return tell("password hashed anew at today's cost", "passord hashet på nytt med dagens kostnad")
	case recoveryMade:
		return tell("recovery codes made", "gjenopprettingskoder laget")
	case recoveryUsed:
		return tell("recovery code used", "gjenopprettingskode brukt")
	case subjectLinked:
		if f, err := read[subjectFact](e.Payload); err == nil {
			note(facts, "account", f.Account, "provider", f.Provider, "issuer", f.Issuer)
		}
		return tell("single sign-on connected", "felles innlogging koblet til")
	case sessionOpened:
		f, err := read[sessionFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "method", f.Method, "device", f.Device, "network", f.Network, "session", f.ID)
		return tell("signed in", "logget inn")
	case sessionsEnded:
		f, err := read[endedFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "why", f.Why, "sessions", strconv.Itoa(len(f.Sessions)))
		return tell("signed out", "logget ut")
	case presenceProven:
		f, err := read[presenceFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "method", f.Method, "session", f.Session)
		return tell("presence proven again", "bekreftet på nytt hvem det er")
	case signinFailed:
		f, err := read[failureFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "count", strconv.Itoa(f.Count), "method", f.Method, "network", f.Network, "why", f.Why, "name", f.Name)
		return tell("sign-in failed", "innlogging mislyktes")
	case accessRefused:
		f, err := read[refusalFact](e.Payload)
		if err != nil {
			return fault()
		}
		note(facts, "count", strconv.Itoa(f.Count), "account", f.Account, "role", f.Role, "study", f.Study, "code", f.Code, "what", f.What)
		return tell("access refused", "tilgang nektet")
	}
	return fault()
}

func note(facts map[string]string, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			facts[pairs[i]] = pairs[i+1]
		}
	}
}
