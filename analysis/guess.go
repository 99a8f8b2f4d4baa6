package analysis

import (
	"slices"

	"varde/bilingual"
	"varde/stats/blinding"
	"varde/stats/summary"
)

// GuessResult is what one kind of person guessed, by true group: the last guess
// of each participant. With the arms known it shows functional unblinding.
type GuessResult struct {
	Who     string       `json:"who"`
	N       []int        `json:"n"`       // guesses, by group
	Missing []int        `json:"missing"` // entered, without a guess
	Answers []GuessShare `json:"answers"`
	// Bang is Bang's index of each group, and James's of the study, where two arms are
	// compared: Bang 0 and James 0.5 are guesses as by chance, Bang 1 and James 0 are
	// everybody right.
	Bang  []Estimate `json:"bang,omitempty"`
	James *Estimate  `json:"james,omitempty"`
}

// GuessShare is one answer: an arm's id or "unknown".
type GuessShare struct {
	Answer string         `json:"answer"`
	Text   bilingual.Text `json:"text"`
	Groups []Share        `json:"groups"`
}

func (r *run) guesses() []GuessResult {
	out := []GuessResult{}
	if len(r.plan.p.Arms) < 2 {
		return out // one arm leaves nothing to guess
	}
	for _, who := range []string{"participant", "therapist", "rater"} {
		res := GuessResult{Who: who, N: make([]int, len(r.groups)), Missing: make([]int, len(r.groups))}
		counts := make([]map[string]int, len(r.groups))
		answers := []string{}
		for _, a := range r.plan.p.Arms {
			answers = append(answers, a.ID)
		}
		answers = append(answers, "unknown")
		total := 0
		for g, people := range r.byGroup(r.entered) {
			counts[g] = map[string]int{}
			for _, x := range people {
				answer, ok := r.guessOf(x, who)
				if !ok {
					res.Missing[g]++
					continue
				}
				if !slices.Contains(answers, answer) {
					answers = append(answers, answer)
				}
				counts[g][answer]++
				res.N[g]++
				total++
			}
		}
		if total == 0 {
			continue
		}
		for _, a := range answers {
			s := GuessShare{Answer: a, Text: r.answerText(a)}
			for g := range r.groups {
				cell := share(counts[g][a], res.N[g])
				if who == "participant" {
					cell.Published = r.modelledGuess(g, a)
				}
				s.Groups = append(s.Groups, cell)
			}
			res.Answers = append(res.Answers, s)
		}
		r.indices(&res, counts)
		out = append(out, res)
	}
	return out
}

// indices are of two arms; a third leaves open what a wrong guess is.
func (r *run) indices(res *GuessResult, counts []map[string]int) {
	if r.pooling != Compared || len(r.groups) != 2 {
		return
	}
	var guesses [2]blinding.Guesses
	for g := range r.groups {
		own, other := r.groups[g].ID, r.groups[1-g].ID
		guesses[g] = blinding.Guesses{Correct: counts[g][own], Wrong: counts[g][other], DontKnow: res.N[g] - counts[g][own] - counts[g][other]}
		e, err := blinding.Bang(guesses[g], Level)
		res.Bang = append(res.Bang, indexOf(e, err))
	}
	james := indexOf(blinding.James(guesses[0], guesses[1], Level))
	res.James = &james
}

func indexOf(x blinding.Index, err error) Estimate {
	switch {
	case err != nil:
		return Estimate{Why: summary.NoData}
	case x.SE == 0:
		return Estimate{Value: &x.Estimate, Why: summary.ZeroVariance}
	}
	return Estimate{Value: &x.Estimate, Lower: &x.Lower, Upper: &x.Upper}
}

// guessOf answers the last guess, with "control" as the control arm's id.
func (r *run) guessOf(x *person, who string) (string, bool) {
	var last *Guess
	for i := range x.Guesses {
		g := &x.Guesses[i]
		if g.Who == who && g.Arm != "" && (last == nil || !g.At.Before(last.At)) {
			last = g
		}
	}
	if last == nil {
		return "", false
	}
	if last.Arm == "control" {
		for _, a := range r.plan.p.Arms {
			if a.Control {
				return a.ID, true
			}
		}
	}
	return last.Arm, true
}

func (r *run) answerText(id string) bilingual.Text {
	for _, a := range r.plan.p.Arms {
		if a.ID == id {
			return a.Title
		}
	}
	if id == "unknown" {
		return bilingual.Text{EN: "Does not know", NB: "Vet ikke"}
	}
	return bilingual.Text{EN: id, NB: id}
}

// modelledGuess is the share that the simulation was set to, with its source.
func (r *run) modelledGuess(g int, answer string) *Published {
	if r.plan.p.Simulation == nil || r.pooling != Compared {
		return nil
	}
	for _, s := range r.plan.p.Simulation.Guess {
		if rate, ok := s.Rates[answer]; ok && s.Arm == r.groups[g].ID {
			return &Published{Value: rate, Provenance: Provenance{Source: s.Source, Status: s.Status, Confirm: s.Confirm}}
		}
	}
	return nil
}
