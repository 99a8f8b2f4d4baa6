// Package trial draws whole trials as data, by the protocol's simulation section, and
// runs the planned analysis on each: recruitment, the waiting list under the sites'
// capacity, allocation, outcomes, who leaves and why, what people guess and what that
// does to their scores, adverse events. It is the fast one of two speeds; the other
// carries every command of every virtual participant through package study.
//
// A [Design] is one scenario of one protocol, ready to draw from; it never changes and
// is shared. A [Worker] draws its trials, one after the other, in memory that is used
// again: a trial puts nothing on the heap. Trial i of a seed is the same whoever draws
// it and whatever was drawn before.
//
// Every part of a trial (who comes when, the list of arms, outcomes, leaving, guesses,
// adverse events) has its own stream of random numbers, made of the seed, the part and
// the trial. So two scenarios that differ in one thing share the chance of all others
// (common random numbers), and their difference is far more precise than either.
//
// The outcomes have the distributions of package simulate: the same margins, the same
// correlations, the same rounding. The mixed models are fitted by stats/mmrm on the
// design that package analysis would build; a test compares the two on one trial.
package trial
