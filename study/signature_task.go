package study

import "strconv"

// signatures asks for a new signature where a record was changed after it was
// signed, once for each record, meaning and role. The whole record of a participant
// changes every day while they take part: it is asked for again once they have left.
func (b *taskList) signatures() {
	if len(b.s.Signatures) == 0 {
		return
	}
	type owed struct{ record, meaning, role string }
	holds := map[owed]bool{}
	for _, x := range b.s.Signatures {
		if x.Holds() {
			holds[owed{x.Record, x.Meaning, x.Role}] = true
		}
	}
	asked := map[owed]bool{}
	for i := len(b.s.Signatures) - 1; i >= 0; i-- {
		x := &b.s.Signatures[i]
		key := owed{x.Record, x.Meaning, x.Role}
		ref, err := ParseRecordRef(x.Record)
		if x.Holds() || holds[key] || asked[key] || err != nil || ref.Kind == RecordCasebook && !b.s.Status().Gone() {
			continue
		}
		asked[key] = true
		t := Task{ID: "sign/" + strconv.Itoa(i), Kind: TaskSign, Roles: []string{x.Role}, Visit: ref.Visit, Form: ref.Form, Repeat: ref.Repeat, Due: x.Void, Closes: x.Void.Add(formWithin)}
		switch ref.Kind {
		case RecordForm: // visit, form and number say which; a reference would tell a rater the visit once more
		case RecordSession:
			t.Visit, t.Ref = ref.ID, x.Record
		default:
			t.Ref = x.Record
		}
		// The form's name without its visit: a rater reads this too.
		t.Title = say("Changed after signing: %s", "Endret etter signering: %s", RecordTitle(b.def, withoutVisit(ref), false))
		b.add(t)
	}
}

func withoutVisit(r RecordRef) RecordRef {
	r.Visit = ""
	return r
}
