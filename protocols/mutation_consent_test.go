package protocols_test

const consent = "consent.yaml"

// Ways by which a blinded person would come to know.
var blindingMutations = []mutation{
	{name: "the therapist rates", kind: "blinding", protocol: three, edits: edits(set(sched, "V9", "by", "[therapist]"))},
	{name: "the physician rates the main outcome", kind: "blinding", protocol: three, edits: edits(set(sched, "V19", "by", "[rater, physician]"))},
	{name: "rater is not blinded", kind: "blinding", protocol: three, edits: edits(removed("protocol.yaml", "- role: rater")), near: append(in("protocol.yaml", "blinding:"), in(sched, "V3", "V9", "V14", "V19")...)},
	{name: "rater may read what reveals", kind: "blinding", protocol: three, edits: edits(set("protocol.yaml", "- role: rater", "to", "[arm, visit-number, prior-scores]"))},
	{name: "rater asks for side effects", kind: "blinding", protocol: three,
		edits: edits(change(sched, "V9", "{form: cssrs}", "{form: cssrs}, {form: solicited}"))},
	{name: "rater hears the participant's guess", kind: "blinding", protocol: three,
		edits: edits(change(sched, "V9", "{form: cssrs}", "{form: cssrs}, {form: guess}"))},
	{name: "rating no longer hides the visit", kind: "blinding", protocol: three, edits: edits(without(sched, "V14", "hides")), near: in("protocol.yaml", "- role: rater")},
	{name: "rater told of the alarm", kind: "blinding", protocol: three,
		edits: edits(set(dose, "sbp-watch", "acknowledge", "{roles: [physician, rater], within: 5m}"))},
	{name: "rater logs adverse events", kind: "blinding", protocol: three,
		edits: edits(set(sched, "- form: ae", "by", "[therapist, physician, coordinator, attendant, rater]"))},
	{name: "rater blinded to nothing that is known", kind: "blinding", protocol: three, edits: edits(set("protocol.yaml", "- role: rater", "to", "[treatment]"))},
	{name: "questionnaire alert goes to the rater", kind: "blinding", protocol: three,
		edits: edits(ownForm("phq9", "    owner: physician\n    within: 24h\n", "    owner: rater\n    within: 24h\n"))},
	{name: "dose decided by a rater", kind: "blinding", protocol: three, edits: edits(set(dose, "checkpoint:", "by", "[physician, rater]"))},
}

const genetics = `id: genetics
version: "1.0.0"
title: {en: "Blood sample for genetic research", nb: "Blodprøve til genetisk forskning"}
kind: measurement
licence: {class: green, holder: "The authors", terms: "Own wording.", status: own}
source: own form
respondent: clinician
minutes: 10
items:
  - {id: taken, text: {en: "Sample taken", nb: "Prøve tatt"}, type: boolean, required: true}
`

// What a participant is told, in both languages, and how much is asked of them.
var consentMutations = []mutation{
	{name: "consent silent about the ECG", kind: "consent", protocol: three, edits: edits(change(consent, "steps", "ecg, labs,", "labs,")), near: in(consent, "consent:"), code: "V065"},
	{name: "new blood sample, old consent", kind: "consent", protocol: three,
		edits: edits(newFile("forms/genetics.yaml", genetics), change(sched, "V0", "{form: labs},", "{form: labs}, {form: genetics},")), near: in(consent, "consent:"), code: "V065"},
	{name: "no section tells of recordings", kind: "consent", protocol: three,
		edits: edits(change(consent, "documents:", "covers: [recording, adherence]", "covers: [adherence]"), change(consent, "films", "covers: [recording]", "covers: []")), near: append(in(consent, "consent:"), in(sched, "V1", "V3")...)},
	{name: "consent silent about follow-up", kind: "consent", protocol: care, edits: edits(change(consent, "aftercare", "covers: [termination, followup]", "covers: [termination]")), near: in(consent, "consent:"), code: "V065"},
	{name: "question with no right answer", kind: "consent", protocol: three, edits: edits(change(consent, "drive", "              right: true\n", ""))},
	{name: "question with only right answers", kind: "consent", protocol: three,
		edits: edits(change(consent, "stop", `text: {en: "Only after the last visit", nb: "Bare etter siste besøk"}`, `text: {en: "Only after the last visit", nb: "Bare etter siste besøk"}`+"\n              right: true"))},
	{name: "the main consent is optional", kind: "consent", protocol: three,
		edits: edits(change(consent, "main", "      required: true\n", "      required: false\n")), near: in(consent, "consent:")},
	{name: "two valid versions of one consent", kind: "consent", protocol: three, edits: edits(change(consent, "documents:", "- id: recording\n      version", "- id: main\n      version"))},
	{name: "consent covers a form that is not there", kind: "references", protocol: three, edits: edits(change(consent, "medicines", "covers: [conmed, taper]", "covers: [conmed, tapering]")), near: in(consent, "consent:")},

	{name: "visit title without Norwegian", kind: "translation", protocol: three, edits: edits(set(sched, "V9", "title", `{en: "Rating after session 1"}`))},
	{name: "Norwegian left in English", kind: "translation", protocol: three,
		edits: edits(set(sched, "V9", "title", `{en: "Rating after the first session", nb: "Rating after the first session"}`))},
	{name: "Norwegian empty", kind: "translation", protocol: care, edits: edits(set(elig, "I1", "text", `{en: At least 18 years old, nb: ""}`))},
	{name: "rule's action not translated", kind: "translation", protocol: three, edits: edits(set(dose, "temp-transfer", "action", `{en: Call the emergency number.}`))},
	{name: "option of a form not translated", kind: "translation", protocol: three,
		edits: edits(ownForm("pregnancy", `{en: "Negative", nb: "Negativ"}`, `{en: "Negative"}`))},
	{name: "consent's question in one language", kind: "translation", protocol: three,
		edits: edits(change(consent, "touch", `text: {en: "A therapist may touch you", nb: "En terapeut kan berøre deg"}`, `text: {en: "A therapist may touch you"}`))},

	{name: "four hours of screening in 24 minutes", kind: "burden", protocol: three, edits: edits(set(sched, "V0", "minutes", "24"))},
	{name: "visit of no length", kind: "burden", protocol: three, edits: edits(set(sched, "V8", "minutes", "0"))},
	{name: "every questionnaire at every integration", kind: "burden", protocol: three,
		edits: edits(change(sched, "V8", "{form: pcl5}, {form: phq9}", "{form: pcl5}, {form: phq9}, {form: gad7}, {form: lec5}, {form: medical}, {form: demographics}, {form: eligibility}, {form: expectancy}"), set(sched, "V8", "minutes", "30"))},
	{name: "call of a day and a half", kind: "burden", protocol: three, edits: edits(set(sched, "C1_1", "minutes", "2000"))},
}

// Files as they are mistyped.
var fileMutations = []mutation{
	{name: "key twice", kind: "files", protocol: three, edits: edits(set(sched, "V9", "offset", "21d\n    offset: 28d"))},
	{name: "tab", kind: "files", protocol: three, edits: edits(change(sched, "V9", "    offset: 21d", "\toffset: 21d"))},
	{name: "colon in bare text", kind: "files", protocol: three, edits: edits(change(sched, "V9", `source: "SYPRES: 21 days after the dose [V]; window not published"`, `source: SYPRES: 21 days`))},
	{name: "misspelt key", kind: "files", protocol: three, edits: edits(change(sched, "V9", "anchor: V5", "ancor: V5"))},
	{name: "number that reads as octal", kind: "files", protocol: three, edits: edits(set(sched, "V9", "minutes", "090"))},
	{name: "visit copied, its id left", kind: "references", protocol: three,
		edits: edits(after(sched, "V8", "  - id: V7\n    title: {en: \"Integration 1.4\", nb: \"Integrering 1.4\"}\n    epoch: treatment\n    kind: clinic\n    anchor: V5\n    offset: 21d\n    by: [therapist]\n    minutes: 90\n    forms: [{form: integration}]\n    source: own\n    status: own\n    confirm: true\n    note: Confirm it.\n")), near: in(sched, "visits:"), code: "V010"},
	{name: "role that is not there", kind: "references", protocol: three, edits: edits(set(sched, "V8", "by", "[psychotherapist]"))},
	{name: "form that is not there", kind: "references", protocol: three, edits: edits(change(sched, "V8", "{form: pcl5}", "{form: pcl-5}"))},
	{name: "item id twice in a form", kind: "references", protocol: three, edits: edits(ownForm("guess", "- id: reason", "- id: confidence"))},
	{name: "kind of visit that is not there", kind: "references", protocol: three, edits: edits(set(sched, "V9", "kind", "ratings"))},
	{name: "version without quotes that reads as a number", kind: "files", protocol: three, edits: edits(set("protocol.yaml", "version:", "version", "1.0"))},
	{name: "section moved under the wrong key", kind: "files", protocol: three, edits: edits(change(sched, "logs:\n", "logs:\n", "log:\n")), renames: true, near: in(sched, "log:\n")},
}
