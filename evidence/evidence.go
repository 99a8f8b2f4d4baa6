// Package evidence is what is published about MDMA-assisted therapy and other
// treatments of PTSD: trials, reviews and decisions of authorities as YAML, each with
// its source, when it was looked up, and whether it was retracted.
package evidence
