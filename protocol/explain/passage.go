package explain

import "strings"

// context is how many lines around a difference are shown.
const context = 2

// mostLines bounds what is shown of one file.
const mostLines = 40

// differences answers the lines of two texts around where they differ, each as one
// passage; "…" stands for what is left out. Both are empty when the texts are equal.
func differences(a, b string) (inA, inB string) {
	as, bs := strings.Split(strings.TrimSuffix(a, "\n"), "\n"), strings.Split(strings.TrimSuffix(b, "\n"), "\n")
	keepA, keepB := common(as, bs)
	return passage(as, keepA), passage(bs, keepB)
}

// common marks the lines of a longest common subsequence in both lists.
func common(a, b []string) (inA, inB []bool) {
	length := make([][]int32, len(a)+1)
	for i := range length {
		length[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			inA[i], inB[j] = true, true
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	return inA, inB
}

// passage keeps the lines that are not common, with their surroundings.
func passage(lines []string, isCommon []bool) string {
	show := make([]bool, len(lines))
	for i, c := range isCommon {
		if !c {
			for j := max(0, i-context); j < min(len(lines), i+context+1); j++ {
				show[j] = true
			}
		}
	}
	var out []string
	for i, line := range lines {
		switch {
		case show[i] && len(out) < mostLines:
			out = append(out, line)
		case i > 0 && show[i-1] && len(out) > 0:
			out = append(out, "…")
		}
	}
	return strings.TrimSuffix(strings.Join(out, "\n"), "\n…")
}
