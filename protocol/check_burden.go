package protocol

import "fmt"

// mostQuestionnaires is how many minutes of questionnaires a participant is asked
// for on one day before a warning. The bound is our own choice: with an hour of
// questions about trauma and mood, answers are given to have done.
const mostQuestionnaires = 60

// burden compares the time that forms take with the time that visits are planned
// to last.
func (c *checker) burden() {
	if !c.sound("visits") {
		return
	}
	for i, v := range c.d.Burden().Visits {
		at := fmt.Sprintf("visits[%d]", i)
		switch {
		case v.Planned == 0:
			c.warn(at+".minutes", "V118", fmt.Sprintf("%s is planned to last no time at all", v.Visit), "Write its planned length in minutes")
		case v.Planned > longestVisit(&c.d.Protocol.Visits[i]):
			c.warn(at+".minutes", "V118", fmt.Sprintf("%s is planned to last %d minutes, longer than a visit of kind %s can", v.Visit, v.Planned, c.d.Protocol.Visits[i].Kind), "Write its planned length in minutes")
		case v.Together > v.Planned:
			c.warn(at+".minutes", "V118", fmt.Sprintf("%s is planned to last %d minutes, but its forms take %d with the participant", v.Visit, v.Planned, v.Together),
				"Plan the visit longer, or ask for less")
		}
		if v.Minutes.Questionnaires > mostQuestionnaires {
			c.warn(at+".forms", "V119", fmt.Sprintf("%s asks the participant for %d minutes of questionnaires on one day, more than %d", v.Visit, v.Minutes.Questionnaires, mostQuestionnaires),
				"Ask for less, or spread them over days")
		}
	}
}

// longestVisit is how many minutes a visit may be planned for before a warning: half a
// day on the telephone, a day otherwise. The bounds are our own choice.
func longestVisit(v *Visit) int {
	if v.Kind == Phone {
		return 4 * 60
	}
	return 24 * 60
}
