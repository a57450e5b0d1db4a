package approval

import (
	"fmt"
	"strings"
	"unicode"
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

// escape makes visible what an e-mail program would obey or hide: control characters, unusual line separators, and marks
// that change the direction of the text. It keeps line feeds, and the joiners that scripts and emoji need.
func escape(text string) string {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	var escaped strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		switch {
		case r == '\n' || r == zeroWidthNonJoiner || r == zeroWidthJoiner:
			escaped.WriteRune(r)
		case r > 0xffff && unicode.Is(unicode.Cf, r):
			fmt.Fprintf(&escaped, `\U%08x`, r)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&escaped, `\u%04x`, r)
		default:
			escaped.WriteRune(r)
		}
	}
	return escaped.String()
}
