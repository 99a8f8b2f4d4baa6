package protocol

import (
	"fmt"
	"slices"
	"strings"

	"varde/expr"
)

// Values that identify a person are kept sealed, apart from clinical data: nothing
// can be computed with them. Here everything outside of a form that would is found;
// scores, conditions and alerts inside of one are found when it is compiled.

// notComputed refuses an identifying item where a value is computed with.
func (c *checker) notComputed(path, form, item string) {
	f := c.lib[form]
	if f == nil {
		return
	}
	if it, ok := f.Item(item); ok && it.Identifying {
		c.add(path, "V068", fmt.Sprintf("%s.%s identifies a person: it is kept sealed and nothing can be computed with it", form, item),
			"Ask for what is needed in an item of its own that identifies nobody")
	}
}

// notComputedIn looks at everything that an expression uses. form is that of bare
// names, "" when names carry their form.
func (c *checker) notComputedIn(path, form string, p *expr.Program) {
	seen := map[string]bool{}
	for _, name := range p.Uses() {
		if _, isFact := Facts[name]; isFact {
			continue
		}
		of, item := form, name
		if parts := strings.Split(name, "."); len(parts) > 1 {
			of, item = parts[len(parts)-2], parts[len(parts)-1]
		}
		if key := of + "." + item; !seen[key] {
			seen[key] = true
			c.notComputed(path, of, item)
		}
	}
}

// medicationItems are read from the medication log by the interaction table.
var medicationItems = []string{"name", "atc", "ongoing", "decision", "last_intake", "stop"}

// identifying makes sure that interactions can be looked up.
func (c *checker) identifying() {
	f := c.lib[c.d.Safety.Medication]
	if f == nil {
		return
	}
	items := slices.DeleteFunc(slices.Clone(medicationItems), func(id string) bool {
		it, ok := f.Item(id)
		return !ok || !it.Identifying
	})
	if len(items) > 0 {
		c.add("safety.medication", "V068", fmt.Sprintf("the log %q keeps %s sealed as identifying: interactions cannot be looked up with it", c.d.Safety.Medication, strings.Join(items, ", ")),
			"Take identifying: true away from what names a medicine or its dates")
	}
}
