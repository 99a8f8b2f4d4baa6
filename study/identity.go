package study

// Identities are sealed under a key per person before they come here: these events
// hold only what the vault made of them. They stand in streams of their own, apart
// from the clinical record.

// IdentityStream holds the sealed identity of a participant, and who looked at it.
func IdentityStream(id string) string { return "identity/" + id }

// SeenStream holds who looked at a participant's record.
func SeenStream(id string) string { return "seen/" + id }

type (
	// IdentityRecorded keeps identifying values, sealed.
	IdentityRecorded struct {
		Fields map[string]string `json:"fields"` // field -> sealed value; "" = removed
	}
	// IdentitySeen says that the event's actor was shown fields, and what for.
	IdentitySeen struct {
		Fields  []string `json:"fields"`
		Purpose string   `json:"purpose"`
	}
	// IdentityErased says that the person's key was destroyed: nothing sealed under
	// it can be read again, by anybody.
	IdentityErased struct {
		Basis string `json:"basis"`
	}
	// RecordSeen says that the event's actor read a part of the record.
	RecordSeen struct {
		Part string `json:"part"` // "journey", "form/V3/caps5", "trail", "session/V5", "export"
	}
	// ArmSeen says that the event's actor was shown the arm after an emergency
	// unblinding.
	ArmSeen struct {
		ID string `json:"id"` // of the unblinding
	}
)

func (IdentityRecorded) eventType() string { return "identity.recorded" }
func (IdentitySeen) eventType() string     { return "identity.seen" }
func (IdentityErased) eventType() string   { return "identity.erased" }
func (RecordSeen) eventType() string       { return "record.seen" }
func (ArmSeen) eventType() string          { return "arm.seen" }
