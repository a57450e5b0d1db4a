package approval

import (
	"encoding/json"
	"strings"
)

// maxIndent is the deepest level that is indented further than the one around it. Nobody reads deeper levels, and their
// indentation would take the room of the text.
const maxIndent = 20

const cutInput = "(The input is longer than an e-mail may be and was cut here. The execution has all of it.)"

// formatInput returns the first limit bytes of an input with a line for each value, indented by two spaces a level. It stops
// at the limit, so that its time and memory depend on the e-mail and not on the input. The text is the same JSON as the
// input, with some characters escaped.
func formatInput(input json.RawMessage, limit int) string {
	var text strings.Builder
	text.Grow(min(2*len(input), limit))
	level, last := 0, ""
	for lexeme := range lexemes(string(input)) {
		if text.Len() > limit {
			break
		}
		level = max(0, level+min(0, nesting(lexeme)))
		text.WriteString(space(last, lexeme, level))
		writeEscaped(&text, lexeme, limit)
		level += max(0, nesting(lexeme))
		last = lexeme
	}
	text.WriteByte('\n')
	return cut(text.String(), limit)
}

// space returns what is between two lexemes, of which the second one is on that level.
func space(last, next string, level int) string {
	empty := nesting(last) > 0 && nesting(next) < 0
	switch {
	case last == ":":
		return " "
	case !empty && (last == "," || nesting(last) > 0 || nesting(next) < 0):
		return indentedLine[:len("\n")+2*min(level, maxIndent)]
	}
	return ""
}

var indentedLine = "\n" + strings.Repeat("  ", maxIndent)

// fitInput cuts a formatted input to limit bytes.
func fitInput(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return cut(text, limit-len(cutInput)-2) + "\n" + cutInput + "\n"
}
