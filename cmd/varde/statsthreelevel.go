package main

import (
	"fmt"

	"varde/stats/meta"
)

// threeLevel pools several effects of each study and writes the answer.
func (c *statsMetaCmd) threeLevel(r *statsResult, s *studiesOf) error {
	if c.Method != "REML" && c.Method != "ML" {
		return fmt.Errorf("several effects of one study are pooled by REML or ML, not by %s", c.Method)
	}
	for _, part := range []struct {
		asked bool
		name  string
	}{{c.Subgroup != "", "--subgroup"}, {c.Egger, "--egger"}, {c.TrimFill, "--trim-fill"}, {c.LeaveOut, "--leave-one-out"}, {c.Cumulative, "--cumulative"}, {c.Influence, "--influence"}} {
		if part.asked {
			return fmt.Errorf("%s is for one effect of each study: leave it out, or leave out --cluster", part.name)
		}
	}
	moderators, err := s.moderators(c.Mods)
	if err != nil {
		return err
	}
	fit, err := meta.FitThreeLevel(s.y, s.v, s.columns.texts[c.Cluster], c.Rho, moderators, c.options())
	if err != nil {
		return s.name(err)
	}
	r.set("effects", "Effects", fit.K)
	r.set("clusters", "Studies", fit.Groups)
	r.set("rho", "Correlation of sampling errors within a study", c.Rho)
	r.set("method", "Method", fit.Method.String())
	r.set("test", "Test", fit.Test.String())
	r.set("level", "Confidence level", c.Level)
	names := make([]string, len(fit.Coefficients))
	for i, k := range fit.Coefficients {
		names[i] = k.Name
	}
	r.estimateTable("coefficients", "Effect", "Coefficient", c.scale(), names, func(i int) (estimated, error) {
		return coefficientOf(fit.Coefficients[i]), nil
	})
	r.table("variances", "Variance", []statsColumn{{"name", "", asNumber}, {"estimate", "Estimate", asNumber}, {"se", "SE", asNumber}, {"i2", "I2, %", asDegrees}}, [][]any{
		{"between studies", fit.Between, atBoundary(fit.Between, fit.BetweenSE), fit.I2Between},
		{"within studies", fit.Within, atBoundary(fit.Within, fit.WithinSE), fit.I2Within},
	})
	r.set("q", "Q", fit.Q)
	r.set("q_df", "  degrees of freedom", fit.QDF)
	r.set("p_q", "  p", fit.QP)
	r.set("loglik", "Log likelihood", fit.LogLik)
	r.set("aic", "AIC", fit.AIC)
	r.set("bic", "BIC", fit.BIC)
	r.note(fit.Notes...)
	return nil
}

// atBoundary is the standard error of a variance, which does not exist at zero.
func atBoundary(variance, se float64) any {
	if variance == 0 {
		return undefined{"the variance is estimated as zero"}
	}
	return se
}
