package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxDepth is the deepest nesting of an input. Package json reads 10,000 levels, and both the payload of a task and the
	// history of an execution nest the input deeper.
	maxDepth = 9_990
	// maxReview is the longest review URL in bytes.
	maxReview = 2_048
	// maxRequester is the largest number of characters in a requester.
	maxRequester = 254
)

// details are what the input's optional keys tell the approvers. A key that is missing is empty.
type details struct {
	// subject and message say what is to be approved.
	subject, message string
	// review is an http or https URL of what is to be looked at.
	review string
	// requester is the address or the name of whoever asks, in one line.
	requester string
	// group is the name of the group that is to be asked, or noGroup.
	group string
	// approvals is the lexeme of how many approvals the requester wants.
	approvals string
	// unused says which keys look like those of details but are data of the requester: their values are objects or arrays, as in
	// the events of GitHub, or their letters are others, as in the notifications of SNS.
	unused string
}

// detailKeys are the keys of the details.
var detailKeys = [...]string{"subject", "message", "review", "requester", "group", "approvals"}

// The positions of the keys.
const (
	keySubject = iota
	keyMessage
	keyReview
	keyRequester // the keys from here on decide who is asked: a mistake in them must not be taken for data
	keyGroup
	keyApprovals
)

var tooDeep = fmt.Sprintf("the input is nested deeper than %d levels", maxDepth)

// parseDetails returns the details of an input. Only the exact names of the keys count. Of equal keys the last one counts.
// It leaves out what is wrong. Its error lists every problem and quotes nothing of the input. It does not check what depends on
// the workflow: see [Request.checkRule].
func parseDetails(input json.RawMessage) (details, error) {
	text := string(input)
	values, unused, problems := readKeys(text)
	for i := keySubject; i <= keyRequester; i++ {
		if values[i] == "" {
			continue
		}
		if nesting(values[i]) > 0 && i < keyRequester {
			values[i], unused = "", append(unused, detailKeys[i]+" (only a string is read)")
			continue
		}
		var problem string
		if values[i], problem = checkDetail(i, values[i]); problem != "" {
			problems = append(problems, fmt.Errorf("%s must be %s", detailKeys[i], problem))
		}
	}
	if depth(text) > maxDepth {
		problems = append(problems, errors.New(tooDeep))
	}
	return details{
		values[keySubject], values[keyMessage], values[keyReview], values[keyRequester],
		readGroup(values[keyGroup]), values[keyApprovals], strings.Join(unused, ", "),
	}, errors.Join(problems...)
}

// readKeys returns the lexemes of the values of the details' keys, and which other keys look like them.
func readKeys(text string) (values [len(detailKeys)]string, unused []string, problems []error) {
	for key, value := range members(text) {
		i := slices.IndexFunc(detailKeys[:], func(name string) bool { return strings.EqualFold(name, key) })
		switch {
		case i < 0:
		case key == detailKeys[i]:
			values[i] = value
		case i >= keyRequester:
			problems = append(problems, fmt.Errorf("the key must be %q, in small letters", detailKeys[i]))
		default:
			unused = append(unused, key+" (only "+detailKeys[i]+" is read)")
		}
	}
	return values, unused, problems
}

// refusedInput returns the error for an input with these problems, or nil without any.
func refusedInput(problems ...error) error {
	err := errors.Join(problems...)
	if err == nil {
		return nil
	}
	return &Error{Code: CodeInvalidRequest, Message: fmt.Sprintf("The execution's input is refused: %s. Start a new execution "+
		"with a corrected input.", strings.ReplaceAll(err.Error(), "\n", "; "))}
}

// checkDetail returns the text of a key's value, or what the value must be. The value is a lexeme.
func checkDetail(key int, value string) (text, problem string) {
	switch {
	case value == "null":
		return "", "a string, not null: leave it out if it has no value"
	case value[0] != '"':
		return "", "a string"
	}
	text = strings.TrimSpace(unquote(value))
	switch {
	case key == keyReview && !validReview(text):
		return "", fmt.Sprintf("an absolute http or https URL with a host, at most %d bytes long, and without a user name, "+
			"spaces, quotation marks, angle brackets, backslashes or invisible characters", maxReview)
	case key == keyRequester && !validRequester(text):
		return "", fmt.Sprintf("a single line of 1 to %d characters", maxRequester)
	}
	return text, ""
}

// validReview refuses the characters at which a program that shows the URL as a link may end the link, or that hide where
// it leads.
func validReview(text string) bool {
	hidden := func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(`"<>\`, r)
	}
	parsed, err := url.Parse(text)
	return err == nil && len(text) <= maxReview && (parsed.Scheme == "https" || parsed.Scheme == "http") &&
		parsed.Hostname() != "" && parsed.User == nil && !strings.ContainsFunc(text, hidden)
}

func validRequester(text string) bool {
	length := utf8.RuneCountInString(text)
	return length >= 1 && length <= maxRequester && !strings.ContainsAny(text, "\n\v\f\r\u0085\u2028\u2029")
}

// requestedBy reports whether the approver's address is anywhere in the requester, in any case: alone, after a name, in a list,
// in quotation marks, with escapes of a URL, or at the end of an ARN.
func (d details) requestedBy(approver string) bool {
	unescaped, _ := url.PathUnescape(d.requester)
	for _, text := range []string{d.requester, unescaped, strings.ReplaceAll(d.requester, `"`, "")} {
		if approver != "" && containsAddress(text, approver) {
			return true
		}
	}
	return false
}

// containsAddress reports whether an address is in a text and not only a part of a longer one. It does not parse the text,
// because an address in a form that no parser knows must not let its owner approve. In doubt it is the address: an address is
// only longer if an ASCII letter or digit follows, also after a dot, or comes before, also before dots, hyphens, plus signs,
// underscores and apostrophes.
func containsAddress(text, address string) bool {
	runes, length := []rune(text), utf8.RuneCountInString(address)
	for i := 0; i+length <= len(runes); i++ {
		if strings.EqualFold(string(runes[i:i+length]), address) && !isLonger(string(runes[:i]), string(runes[i+length:])) {
			return true
		}
	}
	return false
}

// isLonger reports whether an address between two texts is only a part of a longer one.
func isLonger(before, after string) bool {
	joints := ".-+_'"
	if strings.HasPrefix(after, "'") { // quotation marks
		joints = ".-+_"
	}
	rest := strings.TrimRight(before, joints)
	after = strings.TrimPrefix(after, ".")
	return rest != "" && alphanumeric(rest[len(rest)-1]) && !strings.Contains(before[len(rest):], "..") ||
		after != "" && alphanumeric(after[0])
}

// maxIndent is the deepest level that is indented further than the one around it. Nobody reads deeper levels, and their
// indentation would take the room of the text.
const maxIndent = 20

const cutText = "(The text was cut here. The execution has all of it.)"

// FormatInput returns an input as an approver sees it, in at most limit bytes: with a line for each value, and with control
// characters escaped.
func FormatInput(input json.RawMessage, limit int) string {
	return fitText(formatInput(input, limit+utf8.UTFMax), limit)
}

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

// fitText cuts a text to limit bytes.
func fitText(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return cut(text, limit-len(cutText)-2) + "\n" + cutText + "\n"
}

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
