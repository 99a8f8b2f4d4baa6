// Package impute fills the missing values of a continuous outcome measured at
// visits, many times or by their expectation, analyses each filled data set and
// pools the answers.
//
// # Model
//
// The outcomes of a subject are normal with mean X beta and one covariance Sigma
// between visits for all (stats/mmrm, unstructured, REML). It is fitted to the
// outcomes observed before a subject's event; missing ones are drawn from, or
// replaced by the mean of, their distribution given all that were observed of
// the subject. What the mean is from the event on tells the strategy: missing
// at random, or one of the reference-based ones of Carpenter, Roger and Kenward
// (2013, J Biopharm Stat 23:1352).
//
// # Uncertainty
//
// Bootstrap: each imputation has its own parameters, fitted to subjects drawn
// with replacement within strata (approximate Bayes; Little and Rubin 2002,
// 10.2.3), pooled by Rubin's rules with the degrees of freedom of Barnard and
// Rubin (1999). Bayes: parameters from a Gibbs sampler of their posterior.
// Jackknife: conditional means with the parameters of all subjects, and the
// standard error over the analyses that leave each subject out (Wolbers et al.
// 2022, Pharm Stat 21:1246): no random number at all.
//
// Rubin's rules with reference-based strategies keep the information that was
// lost (Cro, Carpenter, Kenward 2019): their standard errors are larger than
// the spread of the estimate over trials; the jackknife's are that spread.
//
// # Reproducible
//
// Imputation k depends on the seed and k alone: any number of processors, and
// any order of work, gives the same numbers.
package impute
