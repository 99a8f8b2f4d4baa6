// Package instruments holds the instruments that Varde ships, one YAML file
// each: questionnaires, score sheets of interviews, logs, measurements and
// forms. Nothing here is code; protocol.LoadLibrary(FS) reads and compiles them,
// and a protocol may replace any of them by a form of its own with the same id.
//
// What may ship follows the licence class of each file. Green ships its items.
// Amber and red ship slots for scores, without the holder's wording. A licence,
// rule, limit or translation that a site must still confirm says so in its
// confirm mark, with the reason in its note.
package instruments

import "embed"

// FS is the folder of *.yaml files.
//
//go:embed *.yaml
var FS embed.FS
