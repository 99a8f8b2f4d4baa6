package public

import (
	"time"

	"varde/study"
	"varde/web/page"
)

// waitWords says how long the wait may be, as uncertain as it is.
func waitWords(c *page.Context, w study.Wait) string {
	if !w.Known {
		return c.T("public.wait.unknown")
	}
	return c.T("public.wait.known", "low", span(c, w.Low), "mid", span(c, w.Mid), "high", span(c, w.High))
}

const (
	oneDay   = 24 * time.Hour
	oneMonth = 365 * oneDay / 12
)

// span says a duration as coarsely as it is known, rounded up: whoever waits as long as
// they are told must not be early.
func span(c *page.Context, d time.Duration) string {
	up := func(unit time.Duration) int { return max(1, int((d+unit-1)/unit)) }
	switch {
	case d < 14*oneDay:
		return c.TN("public.days", up(oneDay))
	case d < 9*7*oneDay:
		return c.TN("public.weeks", up(7*oneDay))
	case d < 24*oneMonth:
		return c.TN("public.months", up(oneMonth))
	}
	return c.TN("public.years", up(12*oneMonth))
}
