package approval

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxDepth is the deepest nesting of an input that is indented.
const maxDepth = 100

const cutInput = "(The input is longer than an e-mail may be and was cut here. The execution has all of it.)"

// inputString returns the string under key if the input is an object that has one, and otherwise "".
func inputString(input json.RawMessage, key string) string {
	var object map[string]json.RawMessage
	var text string
	if json.Unmarshal(input, &object) != nil || json.Unmarshal(object[key], &text) != nil {
		return ""
	}
	return strings.TrimSpace(text)
}

// formatInput indents input by two spaces a level. It does not indent input that is nested deeper than anyone would read,
// because the indentation grows with the square of the depth. It cuts what no e-mail has room for.
func formatInput(input json.RawMessage) string {
	text := string(input)
	var indented bytes.Buffer
	if depth(input) <= maxDepth && json.Indent(&indented, input, "", "  ") == nil {
		text = indented.String()
	}
	return escape(cut(text, maxBody+utf8.UTFMax)) + "\n"
}

// fitInput cuts a formatted input to limit bytes.
func fitInput(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return cut(text, limit-len(cutInput)-2) + "\n" + cutInput + "\n"
}

// depth returns the number of objects and arrays around the innermost value of input.
func depth(input json.RawMessage) int {
	level, deepest := 0, 0
	for decoder := json.NewDecoder(bytes.NewReader(input)); ; {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			level++
			deepest = max(deepest, level)
		case json.Delim('}'), json.Delim(']'):
			level--
		}
	}
}
