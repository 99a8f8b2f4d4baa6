// Package routes holds the tests that walk every route there is, pages and API, in
// every role: who may and who may not (the matrix), whether a blinded role can tell
// an installation from its twin with the arms swapped, and what answers when
// requests are nonsense. The routes are read from the program, so that a new one is
// walked without anybody adding it to a list; one that has no sample request fails.
package routes
