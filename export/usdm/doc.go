// Package usdm reads and writes study definitions in CDISC's Unified Study Definitions
// Model, version 4.0, as JSON.
//
// Read and Import make a protocol folder's skeleton of a definition: what the
// definition says is carried over, what it leaves open is left out so that the checker
// asks for it, and what has no place is listed. Write makes a definition of a protocol.
// What is mapped to what, and what is lost, stands in docs/interchange.md.
package usdm
