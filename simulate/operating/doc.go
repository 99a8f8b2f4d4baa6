// Package operating computes the operating characteristics of a protocol: power and
// type I error, bias, coverage, width of intervals, sample size, duration and waiting
// times, each with its Monte-Carlo error, over scenarios.
//
// Trials are drawn in batches of fixed size. Batches may be computed by any number of
// goroutines and are added up in their order, so that the same seed gives the same
// bytes on any number of cores. With a precision, a scenario ends after the first batch
// at which the Monte-Carlo error of the chosen quantity is not above it: a rule on the
// batches alone. With a state file every batch is kept as soon as it is added up; a run
// that was broken off goes on from there and comes to the same bytes.
//
// Scenarios share their random numbers unless the plan says otherwise, see package
// simulate/trial.
package operating
