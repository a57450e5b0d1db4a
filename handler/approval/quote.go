package approval

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf16"
)

// maxMessage limits the quoted part of the requester's message in bytes, so that it leaves room for the links even if
// every character is escaped.
const maxMessage = 16_384

// maxLine is the largest number of characters in a quoted line.
const maxLine = 72

const cutMessage = "(The message is longer. The input at the end of this e-mail has all of it that fits.)"

// quote puts "> " before every line of the requester's message. It wraps long lines itself, because an e-mail program would
// not repeat the mark.
func quote(message string) string {
	shown := cut(message, maxMessage)
	var quoted strings.Builder
	for line := range strings.Lines(lineFeeds(shown)) {
		for _, part := range wrap(escape(strings.TrimSuffix(line, "\n"))) {
			quoted.WriteString("> " + part + "\n")
		}
	}
	if shown != message {
		quoted.WriteString(cutMessage + "\n")
	}
	return quoted.String()
}

// wrap divides a line into parts of at most maxLine characters, at spaces if there are any.
func wrap(line string) []string {
	var parts []string
	rest := []rune(line)
	for len(rest) > maxLine {
		end := maxLine
		for space := maxLine; space > 0; space-- {
			if rest[space] == ' ' {
				end = space
				break
			}
		}
		parts = append(parts, string(rest[:end]))
		rest = rest[end:]
		if rest[0] == ' ' {
			rest = rest[1:]
		}
	}
	return append(parts, string(rest))
}

// cut shortens text to at most limit bytes, at the boundary of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// The joiners that scripts and emoji need.
const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'

// escape makes visible what an e-mail program would obey or hide, as JSON does: control characters, unusual line
// separators, and marks that change the direction of the text. It does the same to noncharacters, which SNS refuses. It
// keeps line feeds and joiners.
func escape(text string) string {
	var escaped strings.Builder
	escaped.Grow(len(text))
	writeEscaped(&escaped, text, math.MaxInt)
	return escaped.String()
}

// writeEscaped appends text to escaped, until that has more than limit bytes.
func writeEscaped(escaped *strings.Builder, text string, limit int) {
	for _, r := range text {
		switch {
		case escaped.Len() > limit:
			return
		case !hidden(r):
			escaped.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(escaped, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(escaped, `\u%04x`, r)
		}
	}
}

// hidden reports whether a character is escaped.
func hidden(r rune) bool {
	switch {
	case r >= ' ' && r <= '~' || r == '\n' || r == zeroWidthNonJoiner || r == zeroWidthJoiner:
		return false
	case r >= '\ufdd0' && r <= '\ufdef' || r&0xfffe == 0xfffe: // https://www.unicode.org/faq/private_use.html#noncharacters
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}
