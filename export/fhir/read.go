package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"varde/bilingual"
)

// Referral is what a document says, in the words of a referral.
type Referral struct {
	Name, BirthDate, Phone, Email, Place string
	Message                              string // code, reasons and notes, a line each
	Referrer, ReferrerRole, ReferrerAt   string
	Site                                 string // of a performer with an identifier of SystemSite
	Urgency                              string // "routine", "soon", or ""
	Language                             string // "en", "nb", or "" when it is neither
}

// Fault is why a document is refused. Code is one of FHIR's issue types.
type Fault struct {
	Code       string
	Expression string // FHIRPath of the element, "" = the whole
	Text       bilingual.Text
}

func (f *Fault) Error() string { return f.Code + " " + f.Expression + ": " + f.Text.EN }

func faulty(code, expression, en, nb string) *Fault {
	return &Fault{Code: code, Expression: expression, Text: bilingual.Text{EN: en, NB: nb}}
}

// modifiers are the elements of a resource that change what the rest means.
type modifiers struct {
	ResourceType  string          `json:"resourceType"`
	ImplicitRules string          `json:"implicitRules"`
	Modifier      json.RawMessage `json:"modifierExtension"`
	DoNotPerform  bool            `json:"doNotPerform"`
}

// Bundles that may carry a referral; the others are answers.
var carrying = []string{"collection", "transaction", "batch", "message", "document"}

// Read reads a ServiceRequest with what it contains, or a Bundle with one
// ServiceRequest. An error is a *Fault.
func Read(doc []byte) (Referral, error) {
	r, err := read(doc)
	if err != nil {
		return Referral{}, err
	}
	return r, nil
}

func read(doc []byte) (Referral, *Fault) {
	var head modifiers
	if f := decode(doc, "", &head); f != nil {
		return Referral{}, f
	}
	var pool resources
	request := json.RawMessage(doc)
	switch head.ResourceType {
	case "ServiceRequest":
	case "Bundle":
		var f *Fault
		if request, f = pool.fromBundle(doc, head); f != nil {
			return Referral{}, f
		}
	case "":
		return Referral{}, faulty("structure", "", "the document has no resourceType: send a ServiceRequest, or a Bundle with one", "dokumentet mangler resourceType: send en ServiceRequest, eller en Bundle med en")
	default:
		return Referral{}, faulty("not-supported", "", "send a ServiceRequest, or a Bundle with one", "send en ServiceRequest, eller en Bundle med en")
	}
	var sr ServiceRequest
	if f := decode(request, "ServiceRequest", &sr); f != nil {
		return Referral{}, f
	}
	if f := understood(request, "ServiceRequest"); f != nil {
		return Referral{}, f
	}
	if f := actionable(&sr); f != nil {
		return Referral{}, f
	}
	for i, c := range sr.Contained {
		if f := pool.add("#", c, fmt.Sprintf("ServiceRequest.contained[%d]", i)); f != nil {
			return Referral{}, f
		}
	}
	return pool.referral(&sr)
}

// decode reads JSON: names given twice and text that is not UTF-8 are refused.
func decode(doc []byte, at string, v any) *Fault {
	err := strict.Unmarshal(doc, v)
	if err == nil {
		return nil
	}
	var semantic *strict.SemanticError
	if errors.As(err, &semantic) {
		return faulty("structure", path(at, semantic.JSONPointer), "an element has the wrong type", "et element har feil type")
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return faulty("structure", path(at, syntax.JSONPointer), "an element is given twice", "et element er oppgitt to ganger")
		}
		return faulty("structure", "", fmt.Sprintf("the document is not JSON, see byte %d", syntax.ByteOffset), fmt.Sprintf("dokumentet er ikke JSON, se byte %d", syntax.ByteOffset))
	}
	return faulty("structure", "", "the document ends too soon", "dokumentet slutter for tidlig")
}

// path makes a FHIRPath of a JSON pointer. What stands there is never told.
func path(at string, p jsontext.Pointer) string {
	out := at
	for token := range p.Tokens() {
		if token != "" && strings.Trim(token, "0123456789") == "" {
			out += "[" + token + "]"
			continue
		}
		if out != "" {
			out += "."
		}
		out += token
	}
	return out
}

// understood refuses what changes the meaning of a resource in a way that is not known.
func understood(doc []byte, at string) *Fault {
	var m modifiers
	if f := decode(doc, at, &m); f != nil {
		return f
	}
	switch {
	case len(m.Modifier) > 0 && string(m.Modifier) != "null":
		return faulty("extension", at+".modifierExtension", "an extension that changes the meaning is not understood here", "en utvidelse som endrer betydningen, forstås ikke her")
	case m.ImplicitRules != "":
		return faulty("not-supported", at+".implicitRules", "rules that are not named in the document are not understood here", "regler som ikke står i dokumentet, forstås ikke her")
	case m.DoNotPerform:
		return faulty("business-rule", at+".doNotPerform", "this asks for the service not to be given", "dette ber om at tjenesten ikke gis")
	}
	return nil
}

// actionable refuses a request that asks for nothing now.
func actionable(sr *ServiceRequest) *Fault {
	switch sr.Status {
	case "active":
	case "":
		return faulty("required", "ServiceRequest.status", "the status is missing", "status mangler")
	default:
		return faulty("business-rule", "ServiceRequest.status", "only a request that is active is a referral", "bare en forespørsel som er aktiv, er en henvisning")
	}
	switch {
	case sr.Intent == "":
		return faulty("required", "ServiceRequest.intent", "the intent is missing", "intent mangler")
	case !slices.Contains([]string{"proposal", "plan", "directive", "order", "original-order"}, sr.Intent):
		return faulty("business-rule", "ServiceRequest.intent", "a referral is an order, a plan or a proposal", "en henvisning er order, plan eller proposal")
	case sr.Subject == nil:
		return faulty("required", "ServiceRequest.subject", "it does not say whom it is about", "det står ikke hvem den gjelder")
	}
	return nil
}

// resources by the names under which others refer to them.
type resources struct {
	named map[string]resource
}

type resource struct {
	kind string
	doc  json.RawMessage
	at   string
}

// add names a resource: contained ones by "#id", those of a bundle by type and id.
func (p *resources) add(prefix string, doc json.RawMessage, at string) *Fault {
	var head struct {
		ResourceType string `json:"resourceType"`
		ID           string `json:"id"`
	}
	if f := decode(doc, at, &head); f != nil {
		return f
	}
	if p.named == nil {
		p.named = map[string]resource{}
	}
	if prefix == "" {
		prefix = head.ResourceType + "/"
	}
	if head.ID != "" {
		p.named[prefix+head.ID] = resource{head.ResourceType, doc, at}
	}
	return nil
}

func (p *resources) fromBundle(doc []byte, head modifiers) (json.RawMessage, *Fault) {
	if head.ImplicitRules != "" {
		return nil, understood(doc, "Bundle")
	}
	var b Bundle
	if f := decode(doc, "Bundle", &b); f != nil {
		return nil, f
	}
	if !slices.Contains(carrying, b.Type) {
		return nil, faulty("business-rule", "Bundle.type", "a bundle of this type carries no referral: send a collection", "en bundle av denne typen bærer ingen henvisning: send en collection")
	}
	var request json.RawMessage
	for i, e := range b.Entry {
		at := fmt.Sprintf("Bundle.entry[%d].resource", i)
		if len(e.Resource) == 0 || string(e.Resource) == "null" {
			continue
		}
		var x struct {
			ResourceType string `json:"resourceType"`
		}
		if f := decode(e.Resource, at, &x); f != nil {
			return nil, f
		}
		if f := p.add("", e.Resource, at); f != nil {
			return nil, f
		}
		if e.FullURL != "" {
			p.named[e.FullURL] = resource{x.ResourceType, e.Resource, at}
		}
		if x.ResourceType != "ServiceRequest" {
			continue
		}
		if request != nil {
			return nil, faulty("business-rule", at, "send one referral at a time", "send én henvisning om gangen")
		}
		request = e.Resource
	}
	if request == nil {
		return nil, faulty("required", "Bundle.entry", "the bundle has no ServiceRequest", "bundlen har ingen ServiceRequest")
	}
	return request, nil
}

// find follows a reference; an address of another server is looked up by its end.
func (p *resources) find(r *Reference) (resource, bool) {
	if r == nil || r.Reference == "" {
		return resource{}, false
	}
	if x, ok := p.named[r.Reference]; ok {
		return x, true
	}
	parts := strings.Split(strings.TrimRight(r.Reference, "/"), "/")
	if len(parts) > 2 && strings.Contains(r.Reference, "://") {
		x, ok := p.named[strings.Join(parts[len(parts)-2:], "/")]
		return x, ok
	}
	return resource{}, false
}
