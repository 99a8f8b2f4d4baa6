package nationalid

import "strings"

// netherlands reads a burgerservicenummer by its eleven test. One of eight digits
// has lost its leading zero.
//
// Source: Logisch ontwerp BSN, Rijksdienst voor Identiteitsgegevens; the weights are
// 9 to 2, and -1 for the last digit.
func netherlands(text string) (Number, *Error) {
	d, err := digits(text, ".-", 8, 9)
	if err != nil {
		return Number{}, err
	}
	if len(d) == 8 {
		d = "0" + d
	}
	if strings.HasPrefix(d, "00") {
		return Number{}, outOfRange()
	}
	if sum(d, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 != 0 {
		return Number{}, wrongCheck()
	}
	return Number{Text: d, Kind: "BSN", Checked: true}, nil
}

// switzerland reads an AHV number: 756 and EAN-13.
//
// Source: Zentrale Ausgleichsstelle, "AHV-Nummer: Aufbau"; GS1 check digit.
func switzerland(text string) (Number, *Error) {
	d, err := digits(text, ".-", 13)
	if err != nil {
		return Number{}, err
	}
	if !strings.HasPrefix(d, "756") {
		return Number{}, outOfRange()
	}
	if sum(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 != 0 {
		return Number{}, wrongCheck()
	}
	return Number{Text: d[:3] + "." + d[3:7] + "." + d[7:11] + "." + d[11:], Kind: "AHV-Nummer", Checked: true}, nil
}

// britain reads an NHS number (England, Wales, Isle of Man), by modulus 11.
//
// Source: NHS Data Model and Dictionary, "NHS NUMBER".
func britain(text string) (Number, *Error) {
	d, err := digits(text, "-", 10)
	if err != nil {
		return Number{}, err
	}
	if d == "0000000000" {
		return Number{}, outOfRange()
	}
	// With the check digit the sum is a multiple of 11; one that would have to be 10
	// is never given out, and no digit meets it.
	if sum(d, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 != 0 {
		return Number{}, wrongCheck()
	}
	return Number{Text: d, Kind: "NHS number", Checked: true}, nil
}

// australia reads a Medicare card number (10 digits, or 11 with the person's place on
// the card) or an Individual Healthcare Identifier (16 digits).
//
// Source: Services Australia, Medicare card number check digit; AS 5017 and Healthcare
// Identifiers Service, "IHI number format".
func australia(text string) (Number, *Error) {
	d, err := digits(text, "-/", 10, 11, 16)
	if err != nil {
		return Number{}, err
	}
	if len(d) == 16 {
		switch {
		case !strings.HasPrefix(d, "800360"):
			return Number{}, outOfRange()
		case !luhn(d):
			return Number{}, wrongCheck()
		}
		return Number{Text: d, Kind: "IHI", Checked: true}, nil
	}
	// The ninth digit is the check, the tenth the issue of the card.
	if d[0] < '2' || d[0] > '6' || d[9] == '0' || len(d) == 11 && d[10] == '0' {
		return Number{}, outOfRange()
	}
	if sum(d, 1, 3, 7, 9, 1, 3, 7, 9)%10 != int(d[8]-'0') {
		return Number{}, wrongCheck()
	}
	return Number{Text: d, Kind: "Medicare", Checked: true}, nil
}

// unitedStates reads a Social Security number. It has no check digit; some ranges are
// never given out.
//
// Source: Social Security Administration, POMS RM 10201.035, "Invalid Social Security
// Numbers".
func unitedStates(text string) (Number, *Error) {
	d, err := digits(text, "-", 9)
	if err != nil {
		return Number{}, err
	}
	if area := d[:3]; area == "000" || area == "666" || area[0] == '9' || d[3:5] == "00" || d[5:] == "0000" {
		return Number{}, outOfRange()
	}
	return Number{Text: d[:3] + "-" + d[3:5] + "-" + d[5:], Kind: "SSN", Checked: true}, nil
}
