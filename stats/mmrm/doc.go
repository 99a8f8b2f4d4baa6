// Package mmrm fits mixed models for repeated measures: a linear model of the
// mean with a covariance between the visits of a subject that is estimated
// together with it, by restricted (REML) or full (ML) maximum likelihood.
//
// The model is y_i = X_i beta + e_i, e_i ~ N(0, W_i^-1/2 Sigma_g W_i^-1/2) for
// the rows of subject i, Sigma_g the rows and columns that the subject was
// observed at of the s x s covariance of its group. Rows may come in any order.
//
// # How it computes
//
// Subjects are gathered by pattern (which visits were observed, which group).
// The columns of a pattern that are equal, subject for subject, are stored
// once: with covariates that do not vary in time a pattern is then the few
// cross products of its covariates and of the residuals of ordinary least
// squares, and no iteration depends on the number of subjects. Score, average
// information (Gilmour, Thompson, Cullis 1995, Biometrics 51:1440) and observed
// information (twice the average less the expected one, plus the second
// derivatives of a covariance that is not linear in its parameters) are
// analytic. The unstructured covariance is optimised on its own elements.
//
// # Inference
//
// Degrees of freedom: Satterthwaite (1941) as Fai and Cornelius (1996) for
// several rows; Kenward and Roger (1997, Biometrics 53:983), by default its
// exact linear form, which does not depend on how the covariance is written;
// between-within; residual. The second derivatives that Kenward and Roger's
// formula has for other parametrisations are offered under their own names.
// Sandwich covariances CR0, CR2 and CR3 follow Bell and McCaffrey (2002).
// p values of several hypotheses are adjusted by stats/multiplicity.
//
// # Promises
//
// A fit that is returned is at a maximum: the observed information is positive
// definite and the last Newton step was negligible. Whatever else happened on
// the way (another parametrisation, another start) stands in Result.Notes. A
// covariance that the data do not determine is an error, never a number. Equal
// input gives equal output, bit for bit.
package mmrm
