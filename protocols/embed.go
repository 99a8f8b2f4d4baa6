// Package protocols holds the protocols that Varde ships, one folder each: a
// randomised study of three dosing sessions, an open-label study of two, and
// regulated care. Nothing here is code: protocol.Load reads a folder.
//
// They are starting points, modelled on published trials. Every value that
// could not be verified in a public source carries a confirm mark, with a note
// that says which number the approving site must confirm.
package protocols

import "embed"

// FS holds one folder per protocol, named after the protocol's id.
//
//go:embed all:mdma-ptsd-three-session all:mdma-ptsd-two-session all:mdma-ptsd-care
var FS embed.FS
