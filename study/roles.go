package study

import "strings"

var roleNames = map[string]Text{
	"administrator":          {EN: "administrator", NB: "administrator"},
	"sponsor":                {EN: "sponsor", NB: "sponsor"},
	"coordinator":            {EN: "coordinator", NB: "koordinator"},
	"physician":              {EN: "physician", NB: "lege"},
	"therapist":              {EN: "therapist", NB: "terapeut"},
	"attendant":              {EN: "night attendant", NB: "nattevakt"},
	"rater":                  {EN: "independent rater", NB: "uavhengig vurderer"},
	"adherence-rater":        {EN: "adherence rater", NB: "etterlevelsesvurderer"},
	"pharmacist":             {EN: "pharmacist", NB: "farmasøyt"},
	"monitor":                {EN: "monitor", NB: "monitor"},
	"data-manager":           {EN: "data manager", NB: "dataforvalter"},
	"statistician":           {EN: "statistician", NB: "statistiker"},
	"statistician-unblinded": {EN: "unblinded statistician", NB: "ublindet statistiker"},
	"safety-board":           {EN: "safety board", NB: "sikkerhetskomité"},
	"auditor":                {EN: "auditor", NB: "revisor"},
	"participant":            {EN: "participant", NB: "deltaker"},
	"system":                 {EN: "the clock", NB: "klokken"},
}

// RoleName answers what a role is called.
func RoleName(role string) Text {
	if t, ok := roleNames[role]; ok {
		return t
	}
	return Text{EN: role, NB: role}
}

func joinRoles(roles []string, lang string) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = RoleName(r).In(lang)
	}
	or := " or "
	if lang == "nb" {
		or = " eller "
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + or + names[n-1]
	}
	return strings.Join(names, "")
}

var statusNames = map[Status]Text{
	StatusReferred:      {EN: "referred", NB: "henvist"},
	StatusNotSuitable:   {EN: "not suitable", NB: "ikke aktuell"},
	StatusPrescreened:   {EN: "pre-screened", NB: "forhåndsvurdert"},
	StatusScreening:     {EN: "in screening", NB: "under utredning"},
	StatusScreenFailure: {EN: "screen failure", NB: "oppfyller ikke kriteriene"},
	StatusEligible:      {EN: "eligible", NB: "kvalifisert"},
	StatusEnrolled:      {EN: "enrolled", NB: "inkludert"},
	StatusRandomised:    {EN: "randomised", NB: "randomisert"},
	StatusTreatment:     {EN: "in treatment", NB: "i behandling"},
	StatusStopped:       {EN: "treatment stopped", NB: "behandling avsluttet"},
	StatusWithdrawn:     {EN: "withdrawn", NB: "trukket seg"},
	StatusLost:          {EN: "lost to follow-up", NB: "mistet av syne"},
	StatusCompleted:     {EN: "completed", NB: "fullført"},
}

// StatusName answers what a status is called.
func StatusName(s Status) Text { return statusNames[s] }
