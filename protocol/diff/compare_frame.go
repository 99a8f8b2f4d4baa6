package diff

import (
	"slices"
	"strconv"
	"strings"

	"varde/protocol"
)

func (c *comparer) identity() {
	o, n := c.old, c.new
	if o.ID != n.ID {
		c.add(Identity, "other-protocol", "id", Error, text("these are two protocols, %s and %s, not two versions of one", "dette er to protokoller, %s og %s, ikke to versjoner av én", o.ID, n.ID), o.ID, n.ID)
	}
	switch {
	case o.Digest == n.Digest:
	case o.Version == n.Version:
		c.add(Identity, "version-not-raised", "version", Error, text("the content changes and the version is still %s: raise it, so that everybody knows which one they work under", "innholdet endres og versjonen er fortsatt %s: hev den, så alle vet hvilken de arbeider etter", o.Version), o.Version, n.Version)
	case earlier(n.Version, o.Version):
		c.add(Identity, "version-lowered", "version", Error, text("the version goes back from %s to %s", "versjonen går tilbake fra %s til %s", o.Version, n.Version), o.Version, n.Version)
	default:
		c.value(Identity, "version", Note, text("version", "versjon"), o.Version, n.Version)
	}
	c.value(Identity, "kind", Error, text("kind of protocol", "type protokoll"), o.Kind, n.Kind)
	c.value(Identity, "phase", Change, text("phase", "fase"), o.Phase, n.Phase)
	c.value(Identity, "sponsor", Change, text("sponsor", "sponsor"), o.Sponsor, n.Sponsor)
	c.wording(Identity, "title", o.Title, n.Title)
	c.wording(Identity, "summary", o.Summary, n.Summary)
	pairs(o.Approvals, n.Approvals, func(a *protocol.Approval) string { return a.ID }, func(id string, a, b *protocol.Approval) {
		at := "approvals." + id
		switch {
		case a == nil:
			c.add(Identity, "added", at, Change, text("a new approval: %s", "en ny godkjenning: %s", b.Title), "", id)
		case b == nil:
			c.add(Identity, "removed", at, Loud, text("an approval is no longer asked for: %s", "en godkjenning kreves ikke lenger: %s", a.Title), id, "")
		default:
			c.value(Identity, at+".required", Loud, text("%s is required", "%s er påkrevd", b.Title), a.Required, b.Required)
			c.value(Identity, at+".expires", Change, text("%s is good for", "%s gjelder i", b.Title), a.Expires, b.Expires)
		}
	})
	c.value(Identity, "signatures", Change, text("signatures under the protocol", "signaturer under protokollen"), signatures(o.Signatures), signatures(n.Signatures))
}

func signatures(rows []protocol.SignatureRow) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Role+" "+r.Meaning+" x"+strconv.Itoa(r.Persons()))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// earlier compares versions such as 1.10.0 by their numbers.
func earlier(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		p, errP := strconv.Atoi(x[i])
		q, errQ := strconv.Atoi(y[i])
		if errP != nil || errQ != nil {
			return false
		}
		if p != q {
			return p < q
		}
	}
	return len(x) < len(y)
}

func (c *comparer) allocation() {
	o, n := c.old, c.new
	pairs(o.Arms, n.Arms, func(a *protocol.Arm) string { return a.ID }, func(id string, a, b *protocol.Arm) {
		switch {
		case a == nil:
			c.add(Allocation, "added", "arms."+id, Loud, text("a new arm: %s", "en ny arm: %s", b.Title), "", id)
		case b == nil:
			c.add(Allocation, "removed", "arms."+id, Loud, text("the arm %s is taken out: whoever was allocated to it keeps the kit", "armen %s tas ut: de som er fordelt til den, beholder pakningen", a.Title), id, "")
		default:
			c.value(Allocation, "arms."+id+".control", Loud, text("%s is the control", "%s er kontrollen", b.Title), a.Control, b.Control)
			c.wording(Allocation, "arms."+id+".description", a.Description, b.Description)
		}
	})
	a, b := o.Allocation, n.Allocation
	switch {
	case a == nil && b == nil:
		return
	case a == nil:
		c.add(Allocation, "added", "allocation", Loud, text("people are randomised from now on", "det randomiseres fra nå av"), "", b.Method)
		return
	case b == nil:
		c.add(Allocation, "removed", "allocation", Loud, text("nobody is randomised any more", "ingen randomiseres lenger"), a.Method, "")
		return
	}
	c.value(Allocation, "allocation.method", Loud, text("method", "metode"), a.Method, b.Method)
	c.value(Allocation, "allocation.ratio", Loud, text("ratio", "forhold"), a.Ratio, b.Ratio)
	c.value(Allocation, "allocation.blocks", Loud, text("block sizes", "blokkstørrelser"), a.Blocks, b.Blocks)
	strata := func(list []protocol.Stratum) string {
		var out []string
		for _, s := range list {
			out = append(out, s.ID+"="+strconv.FormatBool(s.Site)+s.Expr+"/"+strconv.Itoa(s.Cap))
		}
		return strings.Join(out, ", ")
	}
	c.value(Allocation, "allocation.strata", Loud, text("strata: the sealed list is made by stratum, so a running study needs a new one", "strata: den forseglede listen lages etter stratum, så en pågående studie trenger en ny"), strata(a.Strata), strata(b.Strata))
}

func (c *comparer) blinding() {
	pairs(c.old.Blinding, c.new.Blinding, func(b *protocol.BlindingRow) string { return b.Role }, func(role string, a, b *protocol.BlindingRow) {
		at := "blinding." + role
		switch {
		case a == nil:
			c.add(Blinding, "added", at, Loud, text("%s becomes blind to %s", "%s blir blindet for %s", role, strings.Join(b.To, ", ")), "", strings.Join(b.To, ", "))
		case b == nil:
			c.add(Blinding, "removed", at, Loud, text("%s is blind no longer: what was seen cannot be unseen", "%s er ikke lenger blindet: det som er sett, kan ikke bli usett", role), strings.Join(a.To, ", "), "")
		default:
			x, y := slices.Sorted(slices.Values(a.To)), slices.Sorted(slices.Values(b.To))
			c.value(Blinding, at, Loud, text("%s is blind to", "%s er blindet for", role), strings.Join(x, ", "), strings.Join(y, ", "))
		}
	})
	pairs(c.old.Access, c.new.Access, func(a *protocol.AccessRow) string { return a.Role }, func(role string, a, b *protocol.AccessRow) {
		was, is := "", ""
		if a != nil {
			was = strings.Join(slices.Sorted(slices.Values(a.Without)), ", ")
		}
		if b != nil {
			is = strings.Join(slices.Sorted(slices.Values(b.Without)), ", ")
		}
		c.value(Blinding, "access."+role, Change, text("%s may not", "%s kan ikke", role), was, is)
	})
}

func (c *comparer) staffing() {
	o, n := c.old.Staffing, c.new.Staffing
	pairs(o.Credentials, n.Credentials, func(x *protocol.Credential) string { return x.ID }, func(id string, a, b *protocol.Credential) {
		at := "staffing.credentials." + id
		switch {
		case a == nil:
			c.add(Staffing, "added", at, Loud, text("a new credential is asked of %s: %s", "et nytt kompetansebevis kreves av %s: %s", strings.Join(b.Roles, ", "), b.Title), "", id)
		case b == nil:
			c.add(Staffing, "removed", at, Change, text("a credential is no longer asked for: %s", "et kompetansebevis kreves ikke lenger: %s", a.Title), id, "")
		default:
			c.value(Staffing, at+".roles", Loud, text("%s is asked of", "%s kreves av", b.Title), strings.Join(a.Roles, ", "), strings.Join(b.Roles, ", "))
			c.value(Staffing, at+".expires", Change, text("%s is good for", "%s gjelder i", b.Title), a.Expires, b.Expires)
		}
	})
	c.value(Staffing, "staffing.pair.size", Loud, text("therapists in a session", "terapeuter i en økt"), o.Pair.Size, n.Pair.Size)
	c.value(Staffing, "staffing.pair.licensed", Loud, text("of them with a licence", "av dem med autorisasjon"), o.Pair.Licensed, n.Pair.Licensed)
	c.value(Staffing, "staffing.pair.unrelated", Loud, text("the pair must not be related", "paret må ikke være i slekt"), o.Pair.Unrelated, n.Pair.Unrelated)
	c.value(Staffing, "staffing.capacity.pairs", Note, text("pairs", "par"), o.Capacity.Pairs, n.Capacity.Pairs)
	c.value(Staffing, "staffing.capacity.rooms", Note, text("rooms", "rom"), o.Capacity.Rooms, n.Capacity.Rooms)
	c.value(Staffing, "staffing.capacity.sessionsPerWeek", Change, text("sessions a week", "økter i uken"), o.Capacity.SessionsPerWeek, n.Capacity.SessionsPerWeek)
	c.value(Staffing, "staffing.capacity.participantsAtOnce", Change, text("participants at once", "deltakere samtidig"), o.Capacity.ParticipantsAtOnce, n.Capacity.ParticipantsAtOnce)
}
