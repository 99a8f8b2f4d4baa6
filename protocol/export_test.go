package protocol

import "varde/instrument"

// Shows is what the checker believes that a role is shown, for a test against what
// package access decides.
func (d *Definition) Shows(role string, class instrument.Blinding) bool { return d.shows(role, class) }
