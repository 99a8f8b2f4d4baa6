package participant

import "testing"

func TestStem(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Write as you like.": "", "No end": "", "Version 2.5 is it.": "",
		"Below is a list. Keep it in mind; write nothing. In the past month, how much were you bothered by:": "In the past month, how much were you bothered by:",
		"Over the last 2 weeks, how often? If you are in danger now, call.":                                  "Over the last 2 weeks, how often?",
		"Note: this is no question. Nor this.":                                                               "",
	} {
		if got := stem(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDialled(t *testing.T) {
	parts := dialled("Ring 113 nå, eller 116 123.")
	if len(parts) != 5 || parts[1] != (helpPart{"113", "tel:113"}) || parts[3] != (helpPart{"116 123", "tel:116123"}) || parts[4].Text != "." {
		t.Errorf("%+v", parts)
	}
	if parts := dialled("No number at all, not even 7."); len(parts) != 1 || parts[0].Href != "" {
		t.Errorf("%+v", parts)
	}
}

func TestFirstName(t *testing.T) {
	for in, want := range map[string]string{"Ane Berg": "Ane", "Dr. Per Lie": "Per", "": "", "Dr.": "Dr."} {
		if got := firstName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
