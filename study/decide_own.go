package study

import "varde/protocol"

func (d *decision) signConsent(c SignConsent) *Refusal {
	return invalid("", "unknown-command", "not possible yet", "ikke mulig ennå")
}

func (d *decision) writeDiary(c WriteDiary) *Refusal {
	return invalid("", "unknown-command", "not possible yet", "ikke mulig ennå")
}

func (d *decision) shareDiary(c ShareDiary) *Refusal {
	return invalid("", "unknown-command", "not possible yet", "ikke mulig ennå")
}

func (d *decision) sendMessage(c SendMessage) *Refusal {
	return invalid("", "unknown-command", "not possible yet", "ikke mulig ennå")
}

func (d *decision) readMessages(c ReadMessages) *Refusal {
	return invalid("", "unknown-command", "not possible yet", "ikke mulig ennå")
}

// applyOwn takes an event of what participants do themselves into account.
func (s *State) applyOwn(_ *protocol.Definition, e Event) {
	switch e.Data.(type) {
	}
}

// own adds the tasks that follow from what the participant did.
func (b *taskList) own() {}
