package operating

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"varde/protocol"
	"varde/simulate/trial"
)

//go:generate go run ./generate -dir shipped

//go:embed shipped
var shipped embed.FS

// Shipped is what is computed beforehand for the shipped protocols, so that nobody has
// to wait for it. It is of a protocol as long as everything that a simulation reads is
// the same as when it was computed.
type Shipped struct {
	Basis  string  `json:"basis"`
	Result *Result `json:"result"`
	// Prefix is the first trials of the first scenario and of the last, by which a test
	// sees whether the program still comes to the same.
	Prefix *Result `json:"prefix"`
}

// ShippedSeed and ShippedTrials are those of the shipped results.
const (
	ShippedSeed   = 20261123
	ShippedTrials = 2000
	prefixTrials  = BatchSize
)

// Basis is a hash of everything of a protocol that a simulation reads, and of the
// version of the numbers.
func Basis(def *protocol.Definition) string {
	type visit struct {
		ID, Kind, Anchor      string
		Offset, Before, After protocol.Duration
		Optional, Treatment   bool
	}
	type criterion struct{ Kind, Expr string }
	b := struct {
		Version     string
		Arms        []string
		Control     []bool
		Ratio       map[string]int
		Blocks      []int
		Strata      []protocol.Stratum
		Visits      []visit
		Capacity    [4]int
		Gates       []protocol.Gate
		Criteria    []criterion
		Populations []protocol.Population
		Endpoints   []protocol.Endpoint
		Responders  []protocol.Responder
		Estimands   []protocol.Estimand
		Models      []protocol.Model
		Order       []string
		Interim     []protocol.Interim
		Alpha       float64
		Simulation  *protocol.Simulation
	}{Version: Version, Gates: def.Eligibility.Gates, Populations: def.Analysis.Populations, Endpoints: def.Analysis.Endpoints, Responders: def.Analysis.Responders,
		Estimands: def.Analysis.Estimands, Models: def.Analysis.Models, Order: def.Analysis.Order, Interim: def.Analysis.Interim, Alpha: def.Analysis.Alpha, Simulation: def.Simulation}
	for _, a := range def.Arms {
		b.Arms, b.Control = append(b.Arms, a.ID), append(b.Control, a.Control)
	}
	if def.Allocation != nil {
		b.Ratio, b.Blocks, b.Strata = def.Allocation.Ratio, def.Allocation.Blocks, def.Allocation.Strata
	}
	for _, v := range def.Visits {
		b.Visits = append(b.Visits, visit{v.ID, string(v.Kind), v.Anchor, v.Offset, v.Before, v.After, v.Optional, v.Treatment})
	}
	for _, c := range def.Eligibility.Criteria {
		b.Criteria = append(b.Criteria, criterion{c.Kind, c.Expr})
	}
	c := def.Staffing.Capacity
	b.Capacity = [4]int{c.Pairs, c.Rooms, c.SessionsPerWeek, c.ParticipantsAtOnce}
	data, err := json.Marshal(b)
	if err != nil {
		return "" // no two protocols share it; it cannot be, these are plain values
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

var opened = sync.OnceValue(func() map[string]*Shipped {
	out := map[string]*Shipped{}
	files, err := shipped.ReadDir("shipped")
	if err != nil {
		return out
	}
	for _, f := range files {
		data, err := shipped.ReadFile("shipped/" + f.Name())
		var s Shipped
		if err == nil && json.Unmarshal(data, &s) == nil && s.Basis != "" {
			out[s.Basis] = &s
		}
	}
	return out
})

// Known answers the result that was computed beforehand for a protocol, with its digest
// put in, and false when there is none.
func Known(def *protocol.Definition) (*Result, bool) {
	s, ok := opened()[Basis(def)]
	if !ok || s.Result == nil {
		return nil, false
	}
	r := *s.Result
	r.Protocol, r.Version, r.Digest = def.ID, def.Version, def.Digest
	return &r, true
}

// Compute makes what is shipped for a protocol.
func Compute(ctx context.Context, def *protocol.Definition, o Options) (*Shipped, error) {
	source, err := trial.NewSource(def)
	if err != nil {
		return nil, err
	}
	plan := Usual(def, ShippedSeed, ShippedTrials)
	s := &Shipped{Basis: Basis(def)}
	if s.Result, err = Run(ctx, source, plan, o); err != nil {
		return nil, err
	}
	if s.Prefix, err = Run(ctx, source, PrefixOf(plan), o); err != nil {
		return nil, err
	}
	// The basis says what they are of; the digest would change with every comma.
	s.Result.Digest, s.Prefix.Digest = "", ""
	return s, nil
}

// PrefixOf answers a small part of a plan.
func PrefixOf(p Plan) Plan {
	last := len(p.Scenarios) - 1
	p.Trials = prefixTrials
	if last > 0 {
		p.Scenarios = []Scenario{p.Scenarios[0], p.Scenarios[last]}
	}
	return p
}

// PrefixOfShipped answers the stored prefix of a protocol's shipped result.
func PrefixOfShipped(def *protocol.Definition) (*Result, error) {
	s, ok := opened()[Basis(def)]
	if !ok {
		return nil, fmt.Errorf("operating: what is shipped for %s is of an older protocol: run go generate ./simulate/operating", def.ID)
	}
	return s.Prefix, nil
}
