package nationalid

import (
	"strings"

	"varde/bilingual"
)

// norway reads a fødselsnummer, or a D-nummer, whose first digit is 4 higher.
// Synthetic numbers of the tax administration's test register, whose month is 80
// higher, are taken as such: nobody has one.
//
// Source: Forskrift til folkeregisterloven (FOR-2017-07-14-1201) § 2-2-1 and § 2-2-3;
// weights and centuries as Skatteetaten publishes them.
func norway(text string) (Number, *Error) {
	d, err := digits(text, "-", 11)
	if err != nil {
		return Number{}, err
	}
	n := Number{Text: d, Kind: "fødselsnummer", Checked: true}
	day, month, year, individual := number(d[0:2]), number(d[2:4]), number(d[4:6]), number(d[6:9])
	if day > 40 {
		day, n.Kind = day-40, "D-nummer"
	}
	if month > 80 {
		month -= 80
		n.Kind = "syntetisk " + n.Kind
	}
	switch {
	case individual < 500:
		year += 1900
	case individual < 750 && year >= 54:
		year += 1800
	case year < 40:
		year += 2000
	case individual >= 900:
		year += 1900
	default:
		return Number{}, outOfRange()
	}
	var ok bool
	if n.Birth, ok = date(year, month, day); !ok {
		return Number{}, wrongDate()
	}
	if sum(d, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1)%11 != 0 || sum(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 != 0 {
		return Number{}, wrongCheck()
	}
	return n, nil
}

// sweden reads a personnummer, or a samordningsnummer, whose day is 60 higher. Twelve
// digits tell the century; of ten, the sign + says that the person is a hundred years
// or older.
//
// Source: Folkbokföringslagen (1991:481) 18 §; Lag (2022:1697) om samordningsnummer;
// SKV 704; check digit by the Luhn rule.
func sweden(text string) (Number, *Error) {
	sign := "-"
	if strings.Contains(text, "+") {
		sign = "+"
	}
	d, err := digits(text, "-+", 10, 12)
	if err != nil {
		return Number{}, err
	}
	century := len(d) == 12
	ten := d[len(d)-10:]
	n := Number{Text: ten[:6] + sign + ten[6:], Kind: "personnummer", Checked: true}
	year, month, day := number(ten[0:2]), number(ten[2:4]), number(ten[4:6])
	if day >= 60 { // 60 itself: the day is not known
		day, n.Kind = day-60, "samordningsnummer"
	}
	// Of ten digits only the last two of the year are known; 2000 and the years after it
	// have every date that any year with the same last digits has.
	full := 2000 + year
	if century {
		n.Text = d
		if full = number(d[0:4]); full < 1800 || full > 2199 {
			return Number{}, wrongDate()
		}
	}
	var ok bool
	if n.Birth, ok = date(full, month, day); !ok && !(n.Kind == "samordningsnummer" && (month == 0 || day == 0)) {
		return Number{}, wrongDate()
	}
	if !ok {
		n.Birth = Date{} // a samordningsnummer of somebody whose birthday is not known
	}
	if n.Birth != (Date{}) {
		n.Birth.Century = century
	}
	if !luhn(ten) {
		return Number{}, wrongCheck()
	}
	return n, nil
}

// denmark reads a CPR number. Since 2007 numbers are given out that do not meet the
// modulus 11 check, so one that does not is taken, with a doubt.
//
// Source: CPR-kontoret, "Personnummeret i CPR" and "Personnumre uden kontrolciffer
// (modulus 11-kontrol)".
func denmark(text string) (Number, *Error) {
	d, err := digits(text, "-", 10)
	if err != nil {
		return Number{}, err
	}
	n := Number{Text: d[:6] + "-" + d[6:], Kind: "CPR-nummer", Checked: true}
	year, seventh := number(d[4:6]), d[6]
	switch {
	case seventh <= '3', (seventh == '4' || seventh == '9') && year >= 37:
		year += 1900
	case seventh == '4' || seventh == '9' || year <= 57:
		year += 2000
	default:
		year += 1800
	}
	var ok bool
	if n.Birth, ok = date(year, number(d[2:4]), number(d[0:2])); !ok {
		return Number{}, wrongDate()
	}
	if sum(d, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 != 0 {
		n.Checked = false
		n.Doubt = bilingual.Text{EN: "the number does not meet the modulus 11 check, as some given out since 2007 do not: compare it with a document",
			NB: "nummeret består ikke modulus 11-kontrollen, slik noen utdelt siden 2007 ikke gjør: sammenlign med et dokument"}
	}
	return n, nil
}

// finland reads a henkilötunnus. The sign tells the century; signs besides +, - and A
// are given out since 2023.
//
// Source: Valtioneuvoston asetus väestötietojärjestelmästä (128/2010) § 2 to 4 as
// amended by 1040/2022; DVV, "The personal identity code".
func finland(text string) (Number, *Error) {
	text = strings.ReplaceAll(text, " ", "")
	if len(text) != 11 {
		return Number{}, fault("length", "the number has 11 characters, such as DDMMYY-NNNT", "nummeret har 11 tegn, som DDMMÅÅ-NNNT")
	}
	d, err := digits(text[:6]+text[7:10], "", 9)
	if err != nil {
		return Number{}, err
	}
	year := number(d[4:6])
	switch sign := text[6]; {
	case sign == '+':
		year += 1800
	case strings.IndexByte("-UVWXY", sign) >= 0:
		year += 1900
	case strings.IndexByte("ABCDEF", sign) >= 0:
		year += 2000
	default:
		return Number{}, fault("characters", "the seventh character is one of + - A B C D E F U V W X Y", "det sjuende tegnet er ett av + - A B C D E F U V W X Y")
	}
	n := Number{Text: text, Kind: "henkilötunnus", Checked: true}
	var ok bool
	if n.Birth, ok = date(year, number(d[2:4]), number(d[0:2])); !ok {
		return Number{}, wrongDate()
	}
	if number(d[6:9]) < 2 {
		return Number{}, outOfRange()
	}
	if text[10] != "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(d)%31] {
		return Number{}, wrongCheck()
	}
	return n, nil
}
