package main

// statsCmd are the statistics as commands of their own, so that the numbers of the
// engine can be compared with any other package on any data.
type statsCmd struct {
	Mmrm        statsMmrmCmd        `cmd:"" help:"Mixed model for repeated measures."`
	Ancova      statsAncovaCmd      `cmd:"" help:"Analysis of covariance: least squares, adjusted means, differences."`
	Logistic    statsLogisticCmd    `cmd:"" help:"Logistic regression, also penalised (Firth), with odds ratios and standardised risks."`
	Meta        statsMetaCmd        `cmd:"" help:"Meta-analysis: common and random effects, heterogeneity, subgroups, regression, small-study effects, influence."`
	Proportions statsProportionsCmd `cmd:"" help:"Two proportions: difference, ratio, odds ratio, exact test, number needed, by strata."`
	Effect      statsEffectCmd      `cmd:"" help:"Standardised mean differences, between groups and within."`
	Blinding    statsBlindingCmd    `cmd:"" help:"How well a blind held, from guesses: the indices of Bang and James."`
	Power       statsPowerCmd       `cmd:"" help:"Power, and sample size for a power: means, proportions, survival, mixed models."`
	Sequential  statsSequentialCmd  `cmd:"" help:"Group-sequential boundaries, and the inference after stopping."`
	Impute      statsImputeCmd      `cmd:"" help:"Multiple imputation, also reference-based, with tipping point."`
	Survival    statsSurvivalCmd    `cmd:"" help:"Time to an event: Kaplan-Meier, log-rank, Cox regression."`
}
