// Package fhir reads and writes referrals as FHIR R4 (4.0.1): a ServiceRequest with
// the Patient it is about and whoever asks. It holds the few resources that are used,
// with the few elements that are read or written, and nothing more.
//
// Reading is as FHIR asks of a receiver (R4, "Conformance rules", "Modifier elements"):
// elements that are not known are left alone, but an element that changes what the rest
// means and is not understood makes the whole be refused.
package fhir

import "encoding/json"

// MediaType of FHIR as JSON.
const MediaType = "application/fhir+json"

// Systems of identifiers that are given here.
const (
	SystemReferral = "urn:varde:referral"
	SystemSite     = "urn:varde:site"
)

// ServiceRequest asks for a service for somebody.
type ServiceRequest struct {
	ResourceType string            `json:"resourceType"`
	ID           string            `json:"id,omitempty"`
	Language     string            `json:"language,omitempty"`
	Contained    []json.RawMessage `json:"contained,omitempty"`
	Identifier   []Identifier      `json:"identifier,omitempty"`
	Status       string            `json:"status,omitempty"`
	Intent       string            `json:"intent,omitempty"`
	Category     []CodeableConcept `json:"category,omitempty"`
	Priority     string            `json:"priority,omitempty"`
	Code         *CodeableConcept  `json:"code,omitempty"`
	Subject      *Reference        `json:"subject,omitempty"`
	AuthoredOn   string            `json:"authoredOn,omitempty"`
	Requester    *Reference        `json:"requester,omitempty"`
	Performer    []Reference       `json:"performer,omitempty"`
	ReasonCode   []CodeableConcept `json:"reasonCode,omitempty"`
	Note         []Annotation      `json:"note,omitempty"`
}

// Patient is whom it is about.
type Patient struct {
	ResourceType  string          `json:"resourceType"`
	ID            string          `json:"id,omitempty"`
	Name          []HumanName     `json:"name,omitempty"`
	Telecom       []ContactPoint  `json:"telecom,omitempty"`
	BirthDate     string          `json:"birthDate,omitempty"`
	Address       []Address       `json:"address,omitempty"`
	Communication []Communication `json:"communication,omitempty"`
}

// Communication is a language that a patient speaks.
type Communication struct {
	Language  CodeableConcept `json:"language"`
	Preferred bool            `json:"preferred,omitempty"`
}

// Practitioner is who refers.
type Practitioner struct {
	ResourceType string         `json:"resourceType"`
	ID           string         `json:"id,omitempty"`
	Name         []HumanName    `json:"name,omitempty"`
	Telecom      []ContactPoint `json:"telecom,omitempty"`
}

// PractitionerRole is who refers, as what and where.
type PractitionerRole struct {
	ResourceType string            `json:"resourceType"`
	ID           string            `json:"id,omitempty"`
	Practitioner *Reference        `json:"practitioner,omitempty"`
	Organization *Reference        `json:"organization,omitempty"`
	Code         []CodeableConcept `json:"code,omitempty"`
	Telecom      []ContactPoint    `json:"telecom,omitempty"`
}

// Organization is a service, or a site.
type Organization struct {
	ResourceType string         `json:"resourceType"`
	ID           string         `json:"id,omitempty"`
	Identifier   []Identifier   `json:"identifier,omitempty"`
	Name         string         `json:"name,omitempty"`
	Telecom      []ContactPoint `json:"telecom,omitempty"`
}

// Bundle holds resources.
type Bundle struct {
	ResourceType string  `json:"resourceType"`
	Type         string  `json:"type"`
	Timestamp    string  `json:"timestamp,omitempty"`
	Total        *int    `json:"total,omitempty"`
	Entry        []Entry `json:"entry,omitempty"`
}

// Entry of a bundle.
type Entry struct {
	FullURL  string          `json:"fullUrl,omitempty"`
	Resource json.RawMessage `json:"resource,omitempty"`
	Search   *Search         `json:"search,omitempty"`
}

// Search says why an entry is among what was found.
type Search struct {
	Mode string `json:"mode,omitempty"`
}

// OperationOutcome says what is wrong.
type OperationOutcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []Issue `json:"issue"`
}

// Issue is one thing that is wrong.
type Issue struct {
	Severity    string          `json:"severity"`
	Code        string          `json:"code"`
	Details     CodeableConcept `json:"details"`
	Diagnostics string          `json:"diagnostics,omitempty"`
	Expression  []string        `json:"expression,omitempty"`
}

// Data types.
type (
	// Identifier of a thing in a system.
	Identifier struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value,omitempty"`
	}
	// Reference to a resource.
	Reference struct {
		Reference  string      `json:"reference,omitempty"`
		Identifier *Identifier `json:"identifier,omitempty"`
		Display    string      `json:"display,omitempty"`
	}
	// CodeableConcept is a concept in codes and words.
	CodeableConcept struct {
		Coding []Coding `json:"coding,omitempty"`
		Text   string   `json:"text,omitempty"`
	}
	// Coding is one code.
	Coding struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code,omitempty"`
		Display string `json:"display,omitempty"`
	}
	// HumanName of a person.
	HumanName struct {
		Use    string   `json:"use,omitempty"`
		Text   string   `json:"text,omitempty"`
		Family string   `json:"family,omitempty"`
		Given  []string `json:"given,omitempty"`
	}
	// ContactPoint is a number or address to reach somebody at.
	ContactPoint struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value,omitempty"`
		Use    string `json:"use,omitempty"`
		Rank   int    `json:"rank,omitempty"`
	}
	// Address of a person.
	Address struct {
		Use        string   `json:"use,omitempty"`
		Text       string   `json:"text,omitempty"`
		Line       []string `json:"line,omitempty"`
		City       string   `json:"city,omitempty"`
		PostalCode string   `json:"postalCode,omitempty"`
	}
	// Annotation is a note.
	Annotation struct {
		Text string `json:"text,omitempty"`
	}
)
