package approval

import (
	"encoding/json"
	"iter"
	"strings"
)

// lexemes returns the parts of a JSON text one after the other: brackets, colons, commas, and strings and other values as
// they are written. It converts nothing, so a number can be out of every range. It allocates nothing, and it ends after any
// text, also after one that is not JSON.
func lexemes(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			text = strings.TrimLeft(text, " \t\r\n")
			if text == "" {
				return
			}
			length := lexemeLength(text)
			if !yield(text[:length]) {
				return
			}
			text = text[length:]
		}
	}
}

// lexemeLength returns the number of bytes of the first lexeme, at least 1.
func lexemeLength(text string) int {
	switch text[0] {
	case '{', '}', '[', ']', ':', ',':
		return 1
	case '"':
		for i := 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(text)
	}
	if length := strings.IndexAny(text[1:], "{}[]:,\" \t\r\n"); length >= 0 {
		return 1 + length
	}
	return len(text)
}

// members returns the key and the first lexeme of the value of each member, if a JSON text is an object.
func members(text string) iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		depth, key, last := 0, "", ""
		for lexeme := range lexemes(text) {
			if lexeme == ":" {
				key = last
			}
			if last == ":" && depth == 1 && !yield(unquote(key), lexeme) {
				return
			}
			depth += nesting(lexeme)
			last = lexeme
		}
	}
}

// nesting returns how many levels deeper the text after a lexeme is.
func nesting(lexeme string) int {
	switch lexeme {
	case "{", "[":
		return 1
	case "}", "]":
		return -1
	}
	return 0
}

// depth returns the number of objects and arrays around the innermost value of a JSON text.
func depth(text string) int {
	level, deepest := 0, 0
	for lexeme := range lexemes(text) {
		level += nesting(lexeme)
		deepest = max(deepest, level)
	}
	return deepest
}

// unquote returns the text that a lexeme is the string of.
func unquote(lexeme string) string {
	if !strings.Contains(lexeme, `\`) {
		return strings.Trim(lexeme, `"`)
	}
	var text string
	_ = json.Unmarshal([]byte(lexeme), &text) // the text is JSON
	return text
}
