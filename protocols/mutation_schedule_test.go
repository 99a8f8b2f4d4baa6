package protocols_test

const sched = "schedule.yaml"

func in(file string, blocks ...string) []place {
	var out []place
	for _, b := range blocks {
		out = append(out, place{file, b})
	}
	return out
}

func edits(e ...edit) []edit { return e }

// Windows, anchors and order: the most common reasons for amendments.
var scheduleMutations = []mutation{
	{name: "window swapped", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V9", "before", "6d"), set(sched, "V9", "after", "-1d"))},
	{name: "integration waits past the rating that needs it", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V8", "offset", "35d"), set(sched, "V9", "anchor", "V5\n    needs: [V8]"))},
	{name: "integration after the next session", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V8", "offset", "40d")), near: in(sched, "V10")},
	{name: "rating a week late, past the next session", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V9", "offset", "28d")), near: append(in(sched, "V10"), in("analysis.yaml", "- id: caps5\n", "- id: sds\n")...)},
	{name: "rating anchored to the session before", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V14", "anchor", "V5")), near: append(in(sched, "V10", "V9"), in("analysis.yaml", "- id: caps5\n", "- id: sds\n")...)},
	{name: "primary rating a week early against the plan", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V19", "offset", "8w")), near: in("analysis.yaml", "caps5", "sds", "primary")},
	{name: "second session before the first rating", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V10", "offset", "14d")), near: in(sched, "V9")},
	{name: "window opens before the visit it needs", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V3", "before", "-10d")), near: in(sched, "V2")},
	{name: "planned before its anchor", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V6", "offset", "-1d"))},
	{name: "visits wait for each other", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V2", "needs", "[V1, V4]")), near: in(sched, "V3", "V4")},
	{name: "session needs its own rating", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V5", "needs", "[V4, V9]")), near: in(sched, "V9")},
	{name: "anchors in a ring", kind: "schedule", protocol: two,
		edits: edits(set(sched, "V2", "anchor", "V3")), near: in(sched, "V3")},
	{name: "anchor to a visit that was renamed", kind: "references", protocol: three,
		edits: edits(set(sched, "V20", "anchor", "V21"))},
	{name: "days written as weeks", kind: "schedule", protocol: three,
		edits: edits(set(sched, "C1_1", "offset", "2w")), near: in(sched, "C1_2", "C1_3", "C1_4")},
	{name: "twelve months lost a digit", kind: "schedule", protocol: three,
		edits: edits(set(sched, "L2", "offset", "36d")), near: in(sched, "L1")},
	{name: "six months after the wrong session", kind: "schedule", protocol: care,
		edits: edits(set(sched, "F6", "offset", "18d")), near: append(in(sched, "F3", "F1"), in("analysis.yaml", "pcl5", "phq9", "suicidality")...)},
	{name: "window without its unit", kind: "schedule", protocol: three,
		edits: edits(set(sched, "V10", "after", "7"))},
	{name: "long-term visit must end before it begins", kind: "schedule", protocol: care,
		edits: edits(set(sched, "F12", "after", "-28d"))},
	{name: "night looked at once in a day", kind: "schedule", protocol: three,
		edits: edits(set("dosing.yaml", "overnight:\n", "every", "24h")), near: in("dosing.yaml", "overnight:\n")},
	{name: "nominal week that the window never reaches", kind: "schedule", protocol: two,
		edits: edits(change("analysis.yaml", "caps5", "weeks: [0, 13]", "weeks: [0, 26]")), near: in(sched, "V13")},
}

// What can never happen, and what nobody ever uses.
var reachMutations = []mutation{
	{name: "call after a fourth dose of three", kind: "reach", protocol: three,
		edits: edits(set(sched, "C3_1", "when", `"person.doses >= 4"`))},
	{name: "condition that is always true", kind: "reach", protocol: three,
		edits: edits(set(sched, "C1_1", "when", `"person.doses >= 0"`))},
	{name: "epoch waits for what only it gives", kind: "reach", protocol: three,
		edits: edits(set("eligibility.yaml", "enrolment", "at", "V5")), near: append(in(sched, "treatment", "V5"), in("eligibility.yaml", "enrolment")...)},
	{name: "preparation waits for enrolment at its end", kind: "reach", protocol: three,
		edits: edits(set(sched, "preparation", "needs", "[consented, enrolled]")), near: append(in(sched, "V4"), in("eligibility.yaml", "enrolment")...)},
	{name: "epoch without visits", kind: "reach", protocol: three,
		edits: edits(after(sched, "longterm", "  - id: booster\n    title: {en: Booster, nb: Påfyll}\n    needs: [enrolled]\n")), near: in(sched, "booster")},
	{name: "form that no visit uses", kind: "reach", protocol: three,
		edits: edits(newFile("forms/sleep.yaml", sleepForm))},
	{name: "shipped form overridden by a misspelt option", kind: "reach", protocol: three,
		edits: edits(ownForm("drugscreen", `when: "result == \"positive\""`, `when: "result == \"positiv\""`))},
	{name: "item that is never asked", kind: "reach", protocol: three,
		edits: edits(ownForm("guess", `when: "guess != \"unknown\""
    required: true
    blinding: revealing
  - id: reason`, `when: "guess == \"mdma\" && guess == \"control\""
    required: true
    blinding: revealing
  - id: reason`))},
	{name: "two visits with one number", kind: "reach", protocol: three,
		edits: edits(set(sched, "V6", "number", "5")), near: in(sched, "V5")},
	{name: "dosing session made an ordinary visit", kind: "reach", protocol: three,
		edits: edits(set(sched, "V10", "kind", "clinic")), near: in("dosing.yaml", "- {visit: V10", "- visit: V10")},
	{name: "visit removed that others rest on", kind: "references", protocol: three,
		edits: edits(removed(sched, "V9")), near: in("analysis.yaml", "caps5", "sds", "suicidality", "mitt")},
	{name: "follow-up of those who stopped goes on dosing", kind: "reach", protocol: three,
		edits: edits(change("protocol.yaml", "withdrawal:", "V9, C2_1", "V9, V10, C2_1")), near: in("protocol.yaml", "withdrawal:")},
	{name: "participant who withdraws is followed at a visit that is not there", kind: "references", protocol: care,
		edits: edits(change("protocol.yaml", "withdrawal:", "F6, F12", "F6, F24"))},
	{name: "offered session needed by everybody", kind: "reach", protocol: care,
		edits: edits(set(sched, "F3", "anchor", "D3")), near: in(sched, "D3")},
}

const sleepForm = `id: sleep
version: "1.0.0"
title: {en: "Sleep", nb: "Søvn"}
kind: questionnaire
licence: {class: green, holder: "The authors", terms: "Own wording.", status: own}
source: own form
respondent: participant
minutes: 2
items:
  - {id: hours, text: {en: "Hours slept", nb: "Timer søvn"}, type: decimal, unit: h, min: 0, max: 24, required: true}
`
