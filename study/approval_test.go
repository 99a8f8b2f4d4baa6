package study

import "testing"

// TestLiveNeedsApprovals: in a study in earnest nobody is taken in before every
// required approval is recorded, nor after one has run out; practice needs none.
func TestLiveNeedsApprovals(t *testing.T) {
	w := tell(t, threeSession)
	live := *w.study
	live.Mode = "live"
	w.study = &live
	w.refused("not-approved", "coordinator", w.referral())
	required := 0
	for _, a := range w.def.Approvals {
		if !a.Required {
			continue
		}
		required++
		w.refused("not-approved", "coordinator", w.referral())
		w.overview(RecordApproval{Approval: a.ID, Reference: "R-1", Given: "2025-12-01", Expires: "2026-01-05"})
	}
	if required == 0 {
		t.Fatal("the shipped protocol requires no approval")
	}
	later := *w
	later.hours(24).refused("not-approved", "coordinator", later.referral()) // the day after the last valid one
	w.referred()
}
