package design

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// CSVOptions say how a file of cells is to be read. The zero value reads what
// RFC 4180 describes, and finds semicolons and tabs by itself.
type CSVOptions struct {
	Separator    rune     // 0 = found from the header row: the most frequent of , ; and tab outside quotes
	DecimalComma bool     // 12,5 is twelve and a half; the separator must be another character
	Missing      []string // texts that mean missing, besides the empty cell and "NA"
	MaxBytes     int64    // most bytes to read; 0 = 256 MiB
	MaxRows      int      // most rows of data; 0 = 5 million
	MaxColumns   int      // most columns; 0 = 5,000
}

func (o CSVOptions) filled() CSVOptions {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 5_000_000
	}
	if o.MaxColumns <= 0 {
		o.MaxColumns = 5_000
	}
	return o
}

// ReadCSV reads a table with a header row. A byte order mark, quoted cells and both
// kinds of line ends are understood; space around cells is dropped; empty lines are
// passed over, as R does. Refused, with line and column: another encoding than
// UTF-8, rows of differing length, quotes that do not close, header names that are
// empty or stand twice, more than the limits of the options.
func ReadCSV(r io.Reader, o CSVOptions) (*Table, error) {
	o = o.filled()
	data, err := io.ReadAll(io.LimitReader(r, o.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("the data cannot be read: %w", err)
	}
	if int64(len(data)) > o.MaxBytes {
		return nil, fmt.Errorf("the data are larger than %d bytes: leave out columns that are not used, or raise the limit", o.MaxBytes)
	}
	if err := checkEncoding(data); err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if o.Separator == 0 {
		o.Separator = sniff(data)
	}
	if o.DecimalComma && o.Separator == ',' {
		return nil, errors.New("commas cannot be decimal marks and separate the cells at the same time: name the separator")
	}
	header, cells, lines, err := readCells(data, o)
	if err != nil {
		return nil, err
	}
	columns := make([]Column, len(header))
	missing := isMissing(o.Missing)
	for j, name := range header {
		columns[j] = newColumn(strings.TrimSpace(name), cells[j], missing, o.DecimalComma)
	}
	t, err := NewTable(columns...)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", lines[0], err)
	}
	t.lines = lines[1:]
	return t, nil
}

func checkEncoding(data []byte) error {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return errors.New("the data are in UTF-16: save them as CSV in UTF-8")
	}
	line, at := 1, 0
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return fmt.Errorf("line %d, character %d: this is not UTF-8: save the file as CSV in UTF-8", line, at+1)
		case r == 0:
			return fmt.Errorf("line %d, character %d: a zero byte: this is no text file", line, at+1)
		case r == '\n':
			line, at = line+1, 0
		default:
			at++
		}
		rest = rest[size:]
	}
	return nil
}

// sniff finds the separator: the most frequent candidate outside quotes in the first
// line that is not empty. A comma wins where there is none.
func sniff(data []byte) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range string(bytes.TrimLeft(data, "\r\n")) {
		if r == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if r == '\n' {
			break
		}
		counts[r]++
	}
	best := ','
	for _, r := range ";\t" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// readCells answers the header, the cells by column, and the line of each record,
// the header's first.
func readCells(data []byte, o CSVOptions) (header []string, cells [][]string, lines []int, err error) {
	c := csv.NewReader(bytes.NewReader(data))
	c.Comma, c.ReuseRecord, c.FieldsPerRecord = o.Separator, true, -1
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, nil, wordCSV(err)
		}
		line, _ := c.FieldPos(0)
		switch {
		case header == nil && len(record) > o.MaxColumns:
			return nil, nil, nil, fmt.Errorf("line %d: %d columns are more than %d", line, len(record), o.MaxColumns)
		case header == nil:
			header, cells = append(header, record...), make([][]string, len(record))
			for j, name := range header {
				if err := checkName(strings.TrimSpace(name), j); err != nil {
					return nil, nil, nil, fmt.Errorf("line %d: %w", line, err)
				}
			}
		case len(record) != len(header):
			return nil, nil, nil, ragged(line, record, header)
		case len(lines) > o.MaxRows:
			return nil, nil, nil, fmt.Errorf("line %d: more than %d rows of data", line, o.MaxRows)
		default:
			for j, cell := range record {
				cells[j] = append(cells[j], cell)
			}
		}
		lines = append(lines, line)
	}
	switch {
	case header == nil:
		return nil, nil, nil, errors.New("the data are empty: a header row with the names of the columns is needed, and rows below it")
	case len(lines) == 1:
		return nil, nil, nil, fmt.Errorf("line %d: there is a header row, and no row of data below it", lines[0])
	}
	return header, cells, lines, nil
}

func ragged(line int, record, header []string) error {
	what := fmt.Sprintf("the last column, %q, is not there", clipped(header[len(header)-1]))
	if len(record) > len(header) {
		what = fmt.Sprintf("cell %d, %q, has no column", len(header)+1, clipped(record[len(header)]))
	}
	return fmt.Errorf("line %d: %d cells, but the header row names %d columns: %s", line, len(record), len(header), what)
}

func wordCSV(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("the data are not CSV: %w", err)
	}
	switch {
	case errors.Is(p.Err, csv.ErrBareQuote):
		return fmt.Errorf("line %d, character %d: a quotation mark within a cell that does not begin with one: put the whole cell in quotation marks and double those within", p.Line, p.Column)
	case errors.Is(p.Err, csv.ErrQuote):
		return fmt.Errorf("line %d, character %d: a quotation mark is not closed, or something follows it before the separator", p.Line, p.Column)
	}
	return fmt.Errorf("line %d: %w", p.Line, p.Err)
}
