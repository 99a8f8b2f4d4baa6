// Package content is what the public pages say: Markdown and YAML in two languages,
// shipped with the program, which a clinic replaces with a folder of its own.
package content
