// Package export writes what the record holds in formats of others.
package export
