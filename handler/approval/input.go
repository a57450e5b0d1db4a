package approval

import (
	"bytes"
	"encoding/json"
	"strings"
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

// formatInput indents input by two spaces a level and cuts it to limit bytes. It does not indent input that is nested
// deeper than anyone would read, because the indentation grows with the square of the depth.
func formatInput(input json.RawMessage, limit int) string {
	text := string(input)
	var indented bytes.Buffer
	if depth(input) <= maxDepth && json.Indent(&indented, input, "", "  ") == nil {
		text = indented.String()
	}
	text = escape(text) + "\n"
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
