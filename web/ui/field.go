package ui

import (
	"slices"
	"strings"
)

// Kind is a kind of form field.
type Kind string

// Kinds of fields.
const (
	TextField     Kind = "text"
	EmailField    Kind = "email"
	PhoneField    Kind = "tel"
	PasswordField Kind = "password"
	// NumberField is a text box with a number keyboard: the browser's own
	// number box throws away what it cannot read, and entries must be kept.
	NumberField   Kind = "number"
	RadioField    Kind = "radio"
	CheckboxField Kind = "checkbox"
	SelectField   Kind = "select"
	DateField     Kind = "date"
	DateTimeField Kind = "datetime-local"
	// TimeField is a text box as well: the browser's own time box shows twelve
	// hours with AM and PM on many devices, which has no place in a record.
	TimeField     Kind = "time"
	LongTextField Kind = "textarea"
	// SliderField is a scale, usually 0 to 100, with a number box that can
	// stay empty.
	SliderField Kind = "slider"
	// ConfirmField is a single box to tick; its value is "yes".
	ConfirmField Kind = "confirm"
)

// Option is one of the answers to choose from.
type Option struct{ Value, Label, Hint string }

// Field is a question in a form with its answer so far. Template "field".
type Field struct {
	Kind Kind
	// Name is sent with the form. ID is made from it when empty.
	Name, ID    string
	Label, Hint string
	// LabelLang marks a label and options in another language than the page.
	LabelLang string
	// Value is the answer as entered, even when it is wrong: dates as
	// 2006-01-02, times as 15:04, date-times as 2006-01-02T15:04.
	Value string
	// Values are the ticked boxes of a CheckboxField.
	Values  []string
	Options []Option
	// Row sets options side by side where there is room.
	Row bool
	// Unit follows a number. Low and High bound what is usual; outside is
	// allowed but is asked about. A slider goes from Low to High, else 0-100.
	Unit      string
	Low, High *float64
	Decimals  int
	Step      string
	// LowLabel and HighLabel stand at the ends of a slider.
	LowLabel, HighLabel string
	Required, Optional  bool
	Disabled, ReadOnly  bool
	// Error keeps the form from being saved; Warning asks for a second look;
	// Saved says that all is well.
	Error, Warning, Saved string
	Autocomplete          string
	Rows, MaxLength       int
	// Short keeps the box as wide as its content.
	Short bool
	Help  *Help
}

// Key gives the id of the field, for links from an ErrorSummary.
func (f Field) Key() string {
	if f.ID != "" {
		return cleanID(f.ID)
	}
	return "f-" + cleanID(f.Name)
}

// Target gives the id of the element that takes the focus.
func (f Field) Target() string {
	if len(f.Options) > 0 && (f.Kind == RadioField || f.Kind == CheckboxField) {
		return f.Key() + "-0"
	}
	return f.Key()
}

// Described lists the ids of the texts that belong to the field.
func (f Field) Described() string {
	var ids []string
	add := func(there bool, suffix string) {
		if there {
			ids = append(ids, f.Key()+suffix)
		}
	}
	add(f.Hint != "", "-hint")
	add(f.Ranged() || f.Kind == TimeField, "-range")
	add(f.Error != "", "-error")
	add(f.Warning != "", "-warning")
	return strings.Join(ids, " ")
}

// Ranged tells whether a usual range is shown with the field.
func (f Field) Ranged() bool {
	return (f.Kind == NumberField && (f.Low != nil || f.High != nil)) || f.Kind == SliderField
}

// From and To bound a slider.
func (f Field) From() float64 {
	if f.Low != nil {
		return *f.Low
	}
	return 0
}

// To is the upper end of a slider.
func (f Field) To() float64 {
	if f.High != nil {
		return *f.High
	}
	return 100
}

// Chosen tells whether an option is ticked.
func (f Field) Chosen(value string) bool {
	if f.Kind == CheckboxField {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// Grouped tells whether the field is a group of several controls.
func (f Field) Grouped() bool { return f.Kind == RadioField || f.Kind == CheckboxField }

// Shown gives the answer in words, for fields that can only be read.
func (f Field) Shown() []string {
	var out []string
	for _, o := range f.Options {
		if f.Chosen(o.Value) {
			out = append(out, o.Label)
		}
	}
	if len(out) == 0 && f.Value != "" {
		out = append(out, f.Value)
	}
	return out
}

// Faults collects the errors of fields in order, for an ErrorSummary.
func Faults(fields []Field) []FieldError {
	var out []FieldError
	for _, f := range fields {
		if f.Error != "" {
			out = append(out, FieldError{ID: f.Target(), Text: f.Label + ": " + f.Error})
		}
	}
	return out
}

func cleanID(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, s)
}
