package api

import "varde/access"

// Policy is what a route declares: who may come to it at all.
type Policy struct {
	Method  string
	Pattern string // with Prefix
	Need    access.Capability
	Open    bool
}

// Routes lists all routes with who may come to them.
func (x *API) Routes() []Policy {
	out := make([]Policy, len(x.routes))
	for i, r := range x.routes {
		out[i] = Policy{Method: r.Method, Pattern: Prefix + r.Path, Need: r.Needs, Open: r.Open}
	}
	return out
}
