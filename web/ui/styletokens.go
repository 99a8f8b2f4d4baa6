package ui

import (
	"fmt"

	"varde/web/static"
)

// styleTokens are the colours with what they are for, and how they stand out.
type styleTokens struct {
	Pairs   []stylePair
	Sizes   []styleSize
	Spaces  []styleSize
	Targets []styleSize
}

// stylePair is a front colour on a ground, and the contrast in each scheme.
type stylePair struct {
	Use, Front, Ground string
	// Swatch is the class that shows it in the present scheme.
	Swatch string
	Least  float64
	Ratios []float64 // light, dark, dim
}

type styleSize struct{ Name, Value, Use string }

const tokenPrefix = "--ds-color-"

func newStyleTokens(say pick) (styleTokens, error) {
	t := styleTokens{
		Sizes: []styleSize{
			{"h1", "1.6–2.25 rem", say("One on each page. It says where one is.", "Én på hver side. Den sier hvor man er.")},
			{"h2", "1.3–1.6 rem", say("A part of the page.", "En del av siden.")},
			{"h3", "1.2 rem", say("A part of a part.", "En del av en del.")},
			{".v-lead", "1.15 rem", say("The first sentence, when the page needs one.", "Den første setningen, når siden trenger en.")},
			{"body", "1.0625 rem", say("Everything else. Line height 1.6, at most 42 rem wide.", "Alt annet. Linjehøyde 1,6, høyst 42 rem bredt.")},
			{".v-prose", "1.125 rem", say("Running text for readers.", "Løpende tekst for lesere.")},
			{".v-room", "1.125 rem", say("The session room: read at arm's length.", "Behandlingsrommet: leses på en armlengdes avstand.")},
			{".v-small", "0.9 rem", say("Never for what must be read.", "Aldri for det som må leses.")},
		},
		Spaces: []styleSize{
			{"0.25 rem", "v-stack gap", say("Between a label and its hint.", "Mellom en etikett og hintet til den.")},
			{"0.75 rem", "v-actions gap", say("Between buttons, so that a thumb meets one only.", "Mellom knapper, så tommelen treffer bare én.")},
			{"1 rem", "v-stack", say("Between things that belong together.", "Mellom ting som hører sammen.")},
			{"var(--v-gap)", "1.25–2 rem", say("Between parts of a page.", "Mellom deler av en side.")},
		},
		Targets: []styleSize{
			{"48 px", "ds-button, v-choice, ds-input", say("Everywhere.", "Overalt.")},
			{"56 px", "v-room, v-answer, v-bar, v-tabbar", say("Participants' pages and the session room.", "Deltakernes sider og behandlingsrommet.")},
			{"64 px", "v-large, v-numpad", say("Standing, tired, or in the dark.", "Stående, trøtt eller i mørket.")},
		},
	}
	for _, p := range []stylePair{
		{Use: say("Text", "Tekst"), Front: "neutral-text-default", Ground: "neutral-background-default", Swatch: "text", Least: 4.5},
		{Use: say("Quieter text", "Roligere tekst"), Front: "neutral-text-subtle", Ground: "neutral-background-default", Swatch: "muted", Least: 4.5},
		{Use: say("Links", "Lenker"), Front: "accent-text-subtle", Ground: "neutral-background-default", Swatch: "link", Least: 4.5},
		{Use: say("Main button", "Hovedknapp"), Front: "accent-base-contrast-default", Ground: "accent-base-default", Swatch: "button", Least: 4.5},
		{Use: say("Outline of what can be pressed", "Omriss av det som kan trykkes"), Front: "neutral-border-default", Ground: "neutral-background-default", Swatch: "outline", Least: 3},
		{Use: say("Ring around what has the focus", "Ring rundt det som har fokus"), Front: "focus-outer", Ground: "neutral-background-default", Swatch: "focus", Least: 3},
		{Use: say("Done, saved", "Gjort, lagret"), Front: "success-text-default", Ground: "success-surface-tinted", Swatch: "success", Least: 4.5},
		{Use: say("Please note", "Merk"), Front: "warning-text-default", Ground: "warning-surface-tinted", Swatch: "warning", Least: 4.5},
		{Use: say("A person must act", "Noen må handle"), Front: "danger-text-default", Ground: "danger-surface-tinted", Swatch: "danger", Least: 4.5},
	} {
		for _, name := range static.Schemes {
			colours, err := static.Palette(name)
			if err != nil {
				return t, err
			}
			ratio, err := static.Contrast(colours[tokenPrefix+p.Front], colours[tokenPrefix+p.Ground])
			if err != nil {
				return t, fmt.Errorf("web/ui: %s on %s: %w", p.Front, p.Ground, err)
			}
			p.Ratios = append(p.Ratios, ratio)
		}
		t.Pairs = append(t.Pairs, p)
	}
	return t, nil
}
