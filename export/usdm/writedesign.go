package usdm

import (
	"fmt"
	"slices"
	"strings"

	"varde/protocol"
)

// design is the study design: arms, epochs, encounters, activities, timelines, plan.
func (w *writer) design(criteria, interventions []object) object {
	d := w.def
	arms := w.arms()
	epochs := w.epochs()
	activities := w.activities()
	timelines := w.timelines(epochs)
	encounters := w.encounters(timelines[0])
	for _, a := range activities {
		if name, _ := a[2].value.(string); name == sessionActivity && w.session != "" {
			a.set("timelineId", w.session)
		}
	}
	elements, cells := []object{}, []object{}
	for i, e := range d.Epochs {
		el := w.object("StudyElement", "name", e.ID, "label", en(e.Title), "description", nil, "transitionStartRule", nil, "transitionEndRule", nil, "studyInterventionIds", []string{}, "notes", []object{})
		elements = append(elements, el)
		for _, a := range arms {
			cells = append(cells, w.object("StudyCell", "armId", a.id(), "epochId", epochs[i].id(), "elementIds", []string{el.id()}))
		}
	}
	populations, population := w.populations()
	objectives, endpoints := w.objectives()
	estimands := w.estimands(population, endpoints, interventions)
	model := w.ours("single-group", "Single group")
	if len(d.Arms) > 1 {
		model = w.known("C82639")
	}
	var phase, blinding any
	if d.Phase == "2" {
		phase = w.alias(w.known("C15601"))
	} else if d.Phase != "" {
		phase = w.alias(w.ours("phase-"+d.Phase, "Phase "+roman(d.Phase)+" Trial"))
	}
	if w.doubleBlind() {
		blinding = w.alias(w.known("C15228"))
	}
	var size any
	if d.Analysis.SampleSize > 0 {
		size = w.object("Quantity", "value", d.Analysis.SampleSize, "unit", nil)
	}
	return w.object("InterventionalStudyDesign",
		"name", d.ID, "label", en(d.Title), "description", nil, "studyType", w.known("C98388"), "studyPhase", phase, "therapeuticAreas", []object{}, "characteristics", []object{},
		"encounters", encounters, "activities", activities, "arms", arms, "studyCells", cells, "rationale", either(en(d.Summary), en(d.Title)), "epochs", epochs, "elements", elements,
		"estimands", estimands, "indications", []object{}, "studyInterventionIds", ids(interventions), "objectives", objectives,
		"population", w.object("StudyDesignPopulation", "name", "participants", "label", nil, "description", nil, "includesHealthySubjects", false, "plannedEnrollmentNumber", size,
			"plannedCompletionNumber", nil, "plannedSex", []object{}, "criterionIds", ids(criteria), "plannedAge", nil, "notes", []object{}, "cohorts", []object{}),
		"scheduleTimelines", timelines, "biospecimenRetentions", []object{}, "documentVersionIds", []string{}, "eligibilityCriteria", criteria, "analysisPopulations", populations,
		"notes", []object{}, "subTypes", []object{}, "model", model, "intentTypes", []object{w.known("C49656")}, "blindingSchema", blinding)
}

func roman(phase string) string {
	r := strings.NewReplacer("1", "I", "2", "II", "3", "III", "4", "IV", "a", "A", "b", "B")
	return r.Replace(phase)
}

// doubleBlind says that neither participants nor those who treat know the arm.
func (w *writer) doubleBlind() bool {
	blind := func(role string) bool {
		return slices.ContainsFunc(w.def.Blinding, func(r protocol.BlindingRow) bool { return r.Role == role && slices.Contains(r.To, "arm") })
	}
	return blind("participant") && blind("therapist")
}

// arms are the arms; care, which has none, gets one, as USDM asks for.
func (w *writer) arms() []object {
	out := []object{}
	arm := func(id, title, description string, code object, nb ...string) {
		out = append(out, w.extend(w.object("StudyArm", "name", id, "label", title, "description", description, "type", code, "dataOriginDescription", "Data collected from participants",
			"dataOriginType", w.known("C188866"), "populationIds", []string{}, "notes", []object{}), nb...))
	}
	for _, a := range w.def.Arms {
		code := w.ours("arm", "Arm")
		switch {
		case a.Control && strings.Contains(strings.ToLower(a.ID+" "+a.Title.EN), "placebo"):
			code = w.known("C174268")
		case a.Control:
			code = w.ours("control-arm", "Control Arm")
		}
		arm(a.ID, en(a.Title), en(a.Description), code, "nb", a.Title.NB, "description.nb", a.Description.NB)
	}
	if len(out) == 0 {
		arm("all", "All", "Everybody gets the same.", w.ours("arm", "Arm"))
	}
	return out
}

func (w *writer) epochs() []object {
	out := []object{}
	for _, e := range w.def.Epochs {
		code := w.ours("epoch", "Epoch")
		switch lower := strings.ToLower(e.ID); {
		case lower == "screening":
			code = w.known("C202487")
		case lower == "treatment":
			code = w.known("C101526")
		case strings.HasPrefix(strings.ReplaceAll(lower, "-", ""), "followup"):
			code = w.known("C202578")
		}
		var needs []string
		for _, m := range e.Needs {
			needs = append(needs, string(m))
		}
		out = append(out, w.extend(w.object("StudyEpoch", "name", e.ID, "label", en(e.Title), "description", nil, "type", code, "previousId", nil, "nextId", nil, "notes", []object{}),
			"nb", e.Title.NB, "needs", strings.Join(needs, ",")))
	}
	return chain(out)
}

// interventions are the arms' treatments, with the doses that the protocol plans.
func (w *writer) interventions() []object {
	out := []object{}
	for _, a := range w.def.Arms {
		role := w.known("C41161")
		if a.Control {
			role = w.ours("control-intervention", "Control Intervention")
		}
		doses := []object{}
		if !a.Control {
			doses = w.doses()
		}
		out = append(out, w.object("StudyIntervention", "name", a.ID, "label", en(a.Title), "description", en(a.Description), "role", role, "type", w.ours("combined", "Drug with therapy, or its control"),
			"minimumResponseDuration", nil, "codes", []object{}, "administrations", doses, "notes", []object{}))
	}
	if len(out) == 0 {
		out = append(out, w.object("StudyIntervention", "name", "treatment", "label", en(w.def.Title), "description", nil, "role", w.known("C41161"), "type", w.ours("combined", "Drug with therapy"),
			"minimumResponseDuration", nil, "codes", []object{}, "administrations", w.doses(), "notes", []object{}))
	}
	return out
}

func (w *writer) doses() []object {
	out := []object{}
	if w.def.Dosing == nil {
		return out
	}
	for _, x := range w.def.Dosing.Doses {
		for _, mg := range x.Amounts {
			how := ""
			if x.Optional {
				how = "optional"
			}
			if x.HalfOf {
				how = strings.Trim(how+", half of the initial dose given", ", ")
			}
			out = append(out, w.object("Administration", "name", fmt.Sprintf("%s %s %v mg", x.Visit, x.Step, mg), "label", nil, "description", how,
				"duration", w.object("Duration", "text", nil, "quantity", nil, "durationWillVary", false, "reasonDurationWillVary", nil),
				"dose", w.object("Quantity", "value", mg, "unit", w.alias(w.known("C28253"))), "route", nil, "frequency", nil, "administrableProductId", nil, "medicalDeviceId", nil, "notes", []object{}))
		}
	}
	return out
}

// populations of the analysis, with the id of each; there is one even where none is
// written, because an estimand must name one.
func (w *writer) populations() ([]object, map[string]string) {
	out, by := []object{}, map[string]string{}
	for _, p := range w.def.Analysis.Populations {
		o := w.extend(w.object("AnalysisPopulation", "name", p.ID, "label", nil, "description", nil, "text", en(p.Text), "subsetOfIds", []string{}, "notes", []object{}), "nb", p.Text.NB, "expr", p.Expr)
		out, by[p.ID] = append(out, o), o.id()
	}
	return out, by
}

// objectives are one a role of endpoints: a protocol here names endpoints, and what
// they are for stands in their words.
func (w *writer) objectives() ([]object, map[string]string) {
	out, by := []object{}, map[string]string{}
	for _, r := range []struct{ role, name, objective, endpoint string }{
		{"primary", "Primary", "C85826", "C94496"}, {"secondary", "Secondary", "C85827", "C139173"}, {"exploratory", "Exploratory", "", ""}, {"safety", "Safety", "", ""},
	} {
		endpoints, names := []object{}, []string{}
		level := func(code, what string) object {
			if code != "" {
				return w.known(code)
			}
			return w.ours(r.role+"-"+strings.ToLower(what), r.name+" "+what)
		}
		for _, e := range w.def.Analysis.Endpoints {
			if e.Role != r.role {
				continue
			}
			o := w.extend(w.object("Endpoint", "name", e.ID, "label", nil, "description", nil, "text", markup(en(e.Text)), "dictionaryId", nil, "notes", []object{}, "purpose", "", "level", level(r.endpoint, "Endpoint")),
				"nb", e.Text.NB, "score", e.Score, "baseline", e.Baseline, "visits", strings.Join(e.Visits, ","), "at", e.At)
			endpoints, names, by[e.ID] = append(endpoints, o), append(names, en(e.Text)), o.id()
		}
		if len(endpoints) > 0 {
			out = append(out, w.object("Objective", "name", r.role, "label", nil, "description", nil, "text", markup("To estimate: "+strings.Join(names, "; ")), "dictionaryId", nil, "notes", []object{},
				"level", level(r.objective, "Objective"), "endpoints", endpoints))
		}
	}
	return out, by
}

func (w *writer) estimands(population, endpoint map[string]string, interventions []object) []object {
	out := []object{}
	for _, e := range w.def.Analysis.Estimands {
		if endpoint[e.Endpoint] == "" || population[e.Population] == "" {
			continue // of a protocol that passed the checker there is none
		}
		events := []object{}
		for _, x := range e.Events {
			events = append(events, w.extend(w.object("IntercurrentEvent", "name", x.ID, "label", nil, "description", nil, "text", en(x.Text), "dictionaryId", nil, "notes", []object{}, "strategy", x.Strategy),
				"nb", x.Text.NB, "from", strings.Join(x.From, ",")))
		}
		out = append(out, w.extend(w.object("Estimand", "name", e.ID, "label", en(e.Text), "description", nil, "populationSummary", either(en(e.Summary), en(e.Text)), "analysisPopulationId", population[e.Population],
			"interventionIds", ids(interventions), "variableOfInterestId", endpoint[e.Endpoint], "intercurrentEvents", events, "notes", []object{}),
			"nb", e.Text.NB, "strategy", e.Strategy, "summary.nb", e.Summary.NB))
	}
	return out
}
