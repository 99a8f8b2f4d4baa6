package usdm

// Codes of CDISC's controlled terminology that stand in the published example. No others
// are used: what has no code here is written with a code of our own.
var terminology = map[string]string{
	"C98388": "Interventional Study", "C15601": "Phase II Trial", "C82639": "Parallel Study", "C15228": "Double Blind Study", "C49656": "Treatment Study",
	"C25532": "Inclusion Criteria", "C25370": "Exclusion Criteria", "C25716": "Visit", "C51282": "Clinic", "C175574": "In Person", "C171537": "Telephone Call",
	"C201358": "Fixed Reference", "C201356": "After", "C201357": "Before", "C201355": "Start to Start",
	"C202487": "Screening Epoch", "C101526": "Treatment Epoch", "C202578": "Follow-Up Epoch", "C174268": "Placebo Control Arm", "C188866": "Data Generated Within Study",
	"C70793": "Clinical Study Sponsor", "C93453": "Study Registry", "C94496": "Primary Endpoint", "C139173": "Secondary Endpoint",
	"C85826": "Primary Objective", "C85827": "Secondary Objective", "C25508": "Final", "C41161": "Experimental Intervention", "C28253": "Milligram",
}

const (
	cdisc        = "http://www.cdisc.org"
	cdiscVersion = "2024-09-27" // of the terminology, as in the published example
	own          = "Varde"
)

// known makes a code of the terminology.
func (w *writer) known(code string) object {
	return w.rawCode(code, cdisc, cdiscVersion, terminology[code])
}

// ours makes a code of our own.
func (w *writer) ours(code, decode string) object { return w.rawCode(code, own, "1", decode) }

func (w *writer) rawCode(code, system, version, decode string) object {
	return w.object("Code", "code", code, "codeSystem", system, "codeSystemVersion", version, "decode", decode)
}

func (w *writer) alias(code object) object {
	return w.object("AliasCode", "standardCode", code, "standardCodeAliases", []object{})
}
