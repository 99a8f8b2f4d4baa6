package fhir

import (
	"cmp"
	"slices"
	"strings"
)

// referral puts a request and what it refers to into the words of a referral.
func (p *resources) referral(sr *ServiceRequest) (Referral, *Fault) {
	r := Referral{Language: languageOf(sr.Language)}
	switch sr.Priority {
	case "", "routine":
		r.Urgency = sr.Priority
	case "urgent", "asap", "stat":
		r.Urgency = "soon"
	default:
		return r, faulty("value", "ServiceRequest.priority", "the priority is routine, urgent, asap or stat", "prioriteten er routine, urgent, asap eller stat")
	}
	if f := p.patient(sr.Subject, &r); f != nil {
		return r, f
	}
	if f := p.requester(sr.Requester, &r); f != nil {
		return r, f
	}
	for i := range sr.Performer {
		if site, f := p.site(&sr.Performer[i]); f != nil || site != "" {
			r.Site = site
			if f != nil {
				return r, f
			}
			break
		}
	}
	var lines []string
	if sr.Code != nil {
		lines = append(lines, sr.Code.words())
	}
	for i := range sr.ReasonCode {
		lines = append(lines, sr.ReasonCode[i].words())
	}
	for _, n := range sr.Note {
		lines = append(lines, strings.TrimSpace(n.Text))
	}
	if r.BirthDate != "" && len(r.BirthDate) < len("2006-01-02") {
		lines = append(lines, "birthDate: "+r.BirthDate) // FHIR allows a year, or a year and month
		r.BirthDate = ""
	}
	r.Message = strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
	return r, nil
}

func (p *resources) patient(ref *Reference, r *Referral) *Fault {
	const at = "ServiceRequest.subject"
	x, ok := p.find(ref)
	if !ok {
		return faulty("not-found", at, "the patient is not in the document: contain the Patient, or send a Bundle with it", "pasienten er ikke med i dokumentet: legg Patient ved, eller send en Bundle med den")
	}
	if x.kind != "Patient" {
		return faulty("value", at, "a referral is about a Patient", "en henvisning gjelder en Patient")
	}
	var patient Patient
	if f := decode(x.doc, x.at, &patient); f != nil {
		return f
	}
	if f := understood(x.doc, x.at); f != nil {
		return f
	}
	r.Name = nameOf(patient.Name)
	r.BirthDate = patient.BirthDate
	r.Phone, r.Email = contact(patient.Telecom, "phone", "sms"), contact(patient.Telecom, "email")
	for _, a := range patient.Address {
		if a.Use != "old" && r.Place == "" {
			r.Place = a.words()
		}
	}
	for _, c := range patient.Communication {
		for _, code := range c.Language.Coding {
			if l := languageOf(code.Code); l != "" && (c.Preferred || r.Language == "") {
				r.Language = l
			}
		}
	}
	switch {
	case r.Name == "":
		return faulty("required", x.at+".name", "the patient has no name", "pasienten har ikke noe navn")
	case r.Phone == "" && r.Email == "":
		return faulty("required", x.at+".telecom", "the patient has neither a phone number nor an e-mail address", "pasienten har verken telefonnummer eller e-postadresse")
	}
	return nil
}

// requester reads who refers: a practitioner, one in a role, or a service.
func (p *resources) requester(ref *Reference, r *Referral) *Fault {
	const at = "ServiceRequest.requester"
	if ref == nil {
		return faulty("required", at, "it does not say who refers", "det står ikke hvem som henviser")
	}
	var telecom []ContactPoint
	if x, ok := p.find(ref); ok {
		switch x.kind {
		case "Practitioner":
			var w Practitioner
			if f := decode(x.doc, x.at, &w); f != nil {
				return f
			}
			r.Referrer, telecom = nameOf(w.Name), w.Telecom
		case "PractitionerRole":
			var w PractitionerRole
			if f := decode(x.doc, x.at, &w); f != nil {
				return f
			}
			var who, where Referral
			if w.Practitioner != nil && w.Practitioner.Reference != ref.Reference {
				_ = p.plainRequester(w.Practitioner, &who)
			}
			if w.Organization != nil {
				_ = p.plainRequester(w.Organization, &where)
			}
			r.Referrer = cmp.Or(who.Referrer, where.Referrer)
			for i := range w.Code {
				r.ReferrerRole = cmp.Or(r.ReferrerRole, w.Code[i].words())
			}
			if where.Referrer != "" && where.Referrer != r.Referrer {
				r.ReferrerRole = strings.TrimPrefix(r.ReferrerRole+", "+where.Referrer, ", ")
			}
			telecom = w.Telecom
			if r.ReferrerAt = cmp.Or(contacts(telecom), who.ReferrerAt, where.ReferrerAt); r.ReferrerAt != "" {
				telecom = nil
			}
		case "Organization":
			var w Organization
			if f := decode(x.doc, x.at, &w); f != nil {
				return f
			}
			r.Referrer, telecom = strings.TrimSpace(w.Name), w.Telecom
		default:
			return faulty("value", at, "who refers is a Practitioner, a PractitionerRole or an Organization", "den som henviser, er Practitioner, PractitionerRole eller Organization")
		}
	}
	r.Referrer = cmp.Or(r.Referrer, strings.TrimSpace(ref.Display))
	r.ReferrerAt = cmp.Or(r.ReferrerAt, contacts(telecom))
	switch {
	case r.Referrer == "":
		return faulty("required", at, "it does not say who refers: contain the Practitioner, or give a display", "det står ikke hvem som henviser: legg Practitioner ved, eller oppgi display")
	case r.ReferrerAt == "":
		return faulty("required", at, "it does not say how to reach who refers: give a telecom", "det står ikke hvordan den som henviser, kan nås: oppgi telecom")
	}
	return nil
}

// plainRequester reads a practitioner or a service that a role refers to; a role that
// refers to a role is not followed.
func (p *resources) plainRequester(ref *Reference, r *Referral) *Fault {
	if x, ok := p.find(ref); ok && x.kind == "PractitionerRole" {
		return nil
	}
	return p.requester(ref, r)
}

func (p *resources) site(ref *Reference) (string, *Fault) {
	if ref.Identifier != nil && ref.Identifier.System == SystemSite {
		return ref.Identifier.Value, nil
	}
	x, ok := p.find(ref)
	if !ok || x.kind != "Organization" {
		return "", nil
	}
	var o Organization
	if f := decode(x.doc, x.at, &o); f != nil {
		return "", f
	}
	for _, id := range o.Identifier {
		if id.System == SystemSite {
			return id.Value, nil
		}
	}
	return "", nil
}

func (c *CodeableConcept) words() string {
	if t := strings.TrimSpace(c.Text); t != "" {
		return t
	}
	for _, x := range c.Coding {
		if t := strings.TrimSpace(cmp.Or(x.Display, x.Code)); t != "" {
			return t
		}
	}
	return ""
}

func (a *Address) words() string {
	if t := strings.TrimSpace(a.Text); t != "" {
		return t
	}
	parts := append(slices.Clone(a.Line), strings.TrimSpace(a.PostalCode+" "+a.City))
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// nameOf answers the name to use: the usual or official one before others, never an old one.
func nameOf(names []HumanName) string {
	best, rank := "", 9
	for _, n := range names {
		order := map[string]int{"usual": 0, "official": 1, "": 2, "temp": 3, "nickname": 4, "anonymous": 5, "maiden": 6}
		k, ok := order[n.Use]
		if !ok || k >= rank {
			continue
		}
		text := strings.TrimSpace(n.Text)
		if text == "" {
			text = strings.Join(strings.Fields(strings.Join(append(slices.Clone(n.Given), n.Family), " ")), " ")
		}
		if text != "" {
			best, rank = text, k
		}
	}
	return best
}

// contact answers the number or address to use of some systems: by rank, then a mobile
// before another one, never an old one.
func contact(points []ContactPoint, systems ...string) string {
	best, score := "", 1<<30
	for _, c := range points {
		value := strings.TrimSpace(c.Value)
		if value == "" || c.Use == "old" || !slices.Contains(systems, c.System) {
			continue
		}
		s := 1000
		if c.Rank > 0 {
			s = min(c.Rank, 900)
		}
		s *= 2
		if c.Use != "mobile" {
			s++
		}
		if s < score {
			best, score = value, s
		}
	}
	return best
}

// contacts answers a phone number and an address, those that there are.
func contacts(points []ContactPoint) string {
	var out []string
	for _, s := range []string{contact(points, "phone"), contact(points, "email")} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func languageOf(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch base {
	case "nb", "no", "nn":
		return "nb"
	case "en":
		return "en"
	}
	return ""
}
