package approval

import (
	"encoding/json"
	"fmt"
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
}

// detailKeys are the keys of the details.
var detailKeys = []string{"subject", "message", "review", "requester"}

var tooDeep = fmt.Sprintf("the input is nested deeper than %d levels", maxDepth)

// parseDetails returns the details of an input. Only the exact names of the keys count. Of equal keys the last one counts.
// It leaves out what is wrong. Its [*Error] lists every problem and quotes nothing of the input.
func parseDetails(input json.RawMessage) (details, error) {
	text := string(input)
	values := map[string]string{}
	for key, value := range members(text) {
		if slices.Contains(detailKeys, key) {
			values[key] = value
		}
	}
	var problems []string
	for _, key := range detailKeys {
		if values[key] == "" {
			continue
		}
		var problem string
		if values[key], problem = checkDetail(key, values[key]); problem != "" {
			problems = append(problems, key+" must be "+problem)
		}
	}
	if depth(text) > maxDepth {
		problems = append(problems, tooDeep)
	}
	found := details{values["subject"], values["message"], values["review"], values["requester"]}
	if len(problems) == 0 {
		return found, nil
	}
	return found, &Error{Code: CodeInvalidRequest, Message: fmt.Sprintf(
		"The execution's input is refused: %s. Start a new execution with a corrected input.", strings.Join(problems, "; "))}
}

// checkDetail returns the text of a key's value, or what the value must be. The value is a lexeme.
func checkDetail(key, value string) (text, problem string) {
	switch {
	case value == "null":
		return "", "a string, not null: leave it out if it has no value"
	case value[0] != '"':
		return "", "a string"
	}
	text = strings.TrimSpace(unquote(value))
	switch {
	case key == "review" && !validReview(text):
		return "", fmt.Sprintf("an absolute http or https URL with a host, at most %d bytes long, and without a user name, "+
			"spaces, quotation marks, angle brackets, backslashes or invisible characters", maxReview)
	case key == "requester" && !validRequester(text):
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

// requestedBy reports whether the approver's address is anywhere in the requester: alone, after a name, or in a list. It does
// not parse the requester, because an address in a form that no parser knows must not let its owner approve.
func (d details) requestedBy(approver string) bool {
	outside := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>()[],;:"`, r) }
	return slices.ContainsFunc(strings.FieldsFunc(d.requester, outside), func(part string) bool {
		return strings.EqualFold(strings.Trim(part, "."), approver)
	})
}
