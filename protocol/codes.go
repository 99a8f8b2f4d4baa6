package protocol

import (
	"fmt"
	"strings"
)

// CodeText explains a code of a finding.
type CodeText struct {
	Code    string
	Title   string
	Meaning string
	Fix     string
}

// Codes lists every code that a finding can have. A code is never given another
// meaning and never used again when its check is gone.
var Codes = []CodeText{
	{"V001", "Not readable as YAML", "Quotes, brackets, indentation or characters are wrong, or the file is empty.", "Mend the place named; a text with a colon stands in quotes."},
	{"V002", "Unknown key", "The language has no such key at this place.", "Correct its spelling, or move it to where it belongs."},
	{"V003", "Wrong type", "A text stands where a number is needed, a list where a mapping is needed, and the like.", "Write the type named."},
	{"V004", "Something is missing", "A key that must be there is not, or is empty.", "Add it."},
	{"V005", "Key twice", "A mapping has the same key twice; only one could be meant.", "Keep one."},
	{"V006", "Form of YAML that is not read", "Anchors, aliases, merge keys, tags and ? keys are refused: what is approved and signed must stand there in full.", "Write the value out."},
	{"V007", "Too large", "A file, folder or list is larger, or nested deeper, than any protocol needs.", "Split it, or check brackets and indentation."},
	{"V008", "Number that reads in two ways", "YAML reads 012 as ten, 1_000 as a thousand and 0x1F as 31; .nan and .inf are no numbers to reckon with.", "Write plain decimal numbers; codes and versions in quotes."},
	{"V009", "Bare yes, no, on or off", "Some programs read these words as true or false. Here they are texts.", "Put them in quotes; for true and false write true and false."},
	{"V010", "Id taken", "Two entries have the same id, or one entry is listed twice.", "Give every entry its own id."},
	{"V011", "Reference to nothing", "The thing that is named does not exist.", "Correct its name, or add the thing."},
	{"V012", "Id or name not well formed", "Ids are used in expressions, addresses and file names.", "Use the letters named."},
	{"V013", "Word not allowed", "Only certain words can stand here.", "Write one of those listed."},
	{"V014", "Value out of bounds", "The value cannot be meant: negative, zero, too large, or not whole where it must be.", "Correct it."},
	{"V015", "Top-level key in two files", "Each top-level key stands in one file of the folder.", "Put all of it in one file."},
	{"V017", "Nothing to read", "The folder or file cannot be read or holds no protocol.", "Name the right folder."},
	{"V020", "Expression that does not compile", "The expression has a slip, names a value that does not exist, or gives another type than is needed here.", "See the place named and the expression section of the language guide."},
	{"V021", "Expression that looks ahead", "A condition rests on an item or score that comes later, or on itself.", "Use what comes before, or move it."},
	{"V022", "Unit does not fit", "A limit and the item it watches have different units, or a value without unit has one.", "Use the item's unit."},
	{"V023", "Not a number", "A score, rule, mean or endpoint needs a number.", "Name a number, or use another method."},
	{"V024", "Options do not fit", "Options are missing, of mixed kinds, or on an item that has none.", "Give choices options of one kind."},
	{"V025", "Range upside down", "A range ends before it begins, has no ends, or stands where there is none.", "Correct its ends."},
	{"V026", "Range of items backwards", "In a..b, a comes before b.", "Swap them."},
	{"V027", "Scoring rule incomplete", "The method needs something that is not given, or is given something it does not use.", "Add or remove what is named."},
	{"V028", "Bands overlap or leave a gap", "A score's value could fall in two bands or in none.", "Let each band begin where the one before ends; leave it if it is meant."},
	{"V029", "Not a duration", "Durations are whole numbers with a unit: w, d, h, m, s. A month has no fixed length.", `Write "21d", "8h" or "1h30m".`},
	{"V030", "Anchors in a ring", "Visits are planned from one another in a ring, so none could ever be planned.", "Anchor one of them elsewhere."},
	{"V031", "Window ends before it begins", "The window does not hold its own target.", "Let before be zero or negative and after zero or positive."},
	{"V032", "Before its own cause", "A visit is planned before something that it needs.", "Make the offset positive, or remove the need."},
	{"V033", "Needs in a ring", "Visits wait for one another, or one is asked for when it is never held.", "Remove one of the needs."},
	{"V034", "Doses and visits disagree", "Doses are given at dosing visits, and every dosing visit has an initial dose.", "Bring dosing.doses and the kinds of visits together."},
	{"V035", "Not a time of day", "Times of day are hours and minutes by the clock of the site.", `Write "22:00".`},
	{"V036", "Night that nobody stays", "The plan of the night says who looks in and when, but nobody stays overnight.", "Let somebody stay, or remove the plan."},
	{"V040", "Translation missing", "Every text that a person reads is in English and in Norwegian.", "Add the missing language."},
	{"V050", "Allocation incomplete", "Ratio and arms, or a stratum, do not fit together.", "Give every arm its share."},
	{"V051", "Block size", "A block must hold every arm in its ratio.", "Write multiples of the ratio's sum."},
	{"V052", "Arms", "A trial has arms, and more than one arm needs an allocation.", "Add what is missing."},
	{"V053", "Blinding", "A role that rates must not know the arm; a role has one row.", "Add or mend the blinding rows."},
	{"V054", "Signatures", "Only a signed version opens a site in earnest, so the protocol says who signs it, each row once, by roles that can sign.", "Add rows to signatures, such as {role: sponsor, meaning: approval} and {role: physician, meaning: responsibility}."},
	{"V056", "Narrowing without effect", "A row of the access list takes away what the role does not have, or takes it away twice: a slip, for nothing changes.", "Remove the capability from the row, or name the role that is meant."},
	{"V057", "Nobody left who may", "The access list leaves nobody who may do something that the protocol needs done, or touches the clock itself.", "Leave the capability to at least one of the roles named."},
	{"V060", "Not collected", "A value is needed that no visit and no log collects.", "Collect it, or do without."},
	{"V061", "Collected too late", "A value is needed before it is first collected.", "Collect it earlier, or decide later."},
	{"V062", "Nobody acts", "A rule, visit or duty has no owner, or no time within which they act.", "Name roles and a time."},
	{"V063", "Unknown role", "Only the roles of the language can act.", "Write one of those listed."},
	{"V064", "Log that does not repeat", "A log takes any number of records, so its form repeats.", "Set repeats: true in the form."},
	{"V065", "Consent does not tell of it", "Participants consent to the forms that the documents tell of, and no others.", "Name the form in the covers of a section."},
	{"V066", "Consent cannot work", "Nobody could sign, two versions compete, or a question checks nothing.", "Mend the document."},
	{"V067", "Milestone out of reach", "Nothing in the protocol gives a milestone that something waits for, or two gates give the same.", "Add the gate."},
	{"V068", "Computed with an identifying item", "Values that identify a person are kept sealed, apart from clinical data: no score, condition, alert, endpoint, rule or analysis can use them.", "Ask for what is needed in an item that identifies nobody."},
	{"V070", "Recalled value without confirm", "What is recalled (R) or was not found (NF) must be confirmed by the approving site.", "Add confirm: true."},
	{"V071", "Empty mark", "A confirm mark says what is to be confirmed and where the value comes from.", "Add note or source."},
	{"V072", "Confirmation of nothing", "A confirmation names a mark that is not there.", "Copy the reference from the list of values to confirm."},
	{"V073", "Value to confirm", "The approving site must confirm this value before a study opens in earnest.", "Add it to confirmed when it has been."},
	{"V080", "Visits of an endpoint", "Visits are listed in the order of time, with one nominal week for each.", "Bring them into order."},
	{"V081", "Testing order", "The plan says which endpoint is tested when, the primary ones included, each once.", "Mend order, roles or main marks."},
	{"V082", "Event that nobody can see", "An intercurrent event must be found in the record: by itself, or by an item that says yes or no.", "Name the items in from."},
	{"V090", "Simulation does not fit", "A list or matrix has another length than the visits or arms it describes.", "Give one value for each."},
	{"V091", "Impossible correlations", "A correlation matrix is symmetric with ones on the diagonal and positive definite.", "Mend the values."},
	{"V092", "Not a share", "A share lies from 0 to 1, and shares of one whole add up to 1.", "Write 0.25 for 25%."},
}

// ChecksDocument is docs/checks.md: the table of codes.
func ChecksDocument() string {
	var b strings.Builder
	b.WriteString("# What the protocol compiler checks\n\n")
	b.WriteString("`varde check` prints each finding as `file:line:column: severity[code]: message. Fix: ...`.\n")
	b.WriteString("An error stops the protocol from being used; a warning does not; `confirm` lists a value that the approving site has to confirm.\n")
	b.WriteString("Codes are stable. This page is made from `protocol/codes.go` by `go generate ./protocol/...`.\n\n")
	b.WriteString("| code | title | meaning | fix |\n|---|---|---|---|\n")
	for _, c := range Codes {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Code, c.Title, c.Meaning, c.Fix)
	}
	return b.String()
}
