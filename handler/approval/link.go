package approval

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Link is the content of a link of an e-mail, except for the decision. It identifies a request and an approver, and
// contains no secret but its signature.
type Link struct {
	// Execution is the execution that waits.
	Execution ExecutionRef
	// Approver is the address that the e-mail went to.
	Approver string
	// SentAt is when the e-mail was sent, to the second.
	SentAt time.Time
	// Confirm means that the e-mail promised to ask before the link decides.
	Confirm bool
}

// params are the parameters of a link.
var params = [...]string{"execution", "started", "approver", "sent", "confirm", "signature"}

// The positions of the parameters, and of their values.
const (
	paramExecution = iota // STATE-MACHINE:NAME, the end of the execution's ARN
	paramStarted          // milliseconds since 1970
	paramApprover
	paramSent    // seconds since 1970
	paramConfirm // "true", or missing
	paramSignature
)

// paramFields is in place of all these: their values in base 62, each in a line of its own.
const paramFields = "fields"

// signatureVersion begins every text that is signed. Another purpose or another form of a link needs another text.
const signatureVersion = "approval-workflow link v1\n"

// signatureBytes is the length of a signature: 128 of the 256 bits that HMAC-SHA256 gives. The last of its characters in
// base64url has two bits of them and is never "-" or "_", at which some mail programs end a link too early.
const signatureBytes = 16

// signatureLength is the number of characters of a signature.
var signatureLength = base64.RawURLEncoding.EncodedLen(signatureBytes)

// maxMailLine is the longest line that mail systems leave alone, in bytes.
// https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
const maxMailLine = 998

// MaxDomain is the length of the longest domain with which no line of a link is longer than [maxMailLine], whatever the names of
// the execution and of the approver are.
const MaxDomain = 61

// url returns the address of the link for a decision. Its values are readable unless the line of the e-mail would be too
// long, or the approver's address has an escape that some programs decode. Then they are in base 62, which needs no escapes and
// is shorter for letters beyond ASCII.
func (l Link) url(apiURL string, decision Decision, key []byte) string {
	values, address := l.values(), apiURL+decision.Path+"?"
	values[paramSignature] = l.sign(key)
	readable := string(appendQuery([]byte(address), values, escapeValue))
	if len(readable) <= maxMailLine && !strings.ContainsAny(l.Approver, "&%") {
		return readable
	}
	text := strings.Join(values[:], "\n")
	return address + paramFields + "=" + new(big.Int).SetBytes([]byte(text)).Text(62)
}

// values returns the values of the parameters without the signature. A missing one is empty.
func (l Link) values() [len(params)]string {
	values := [len(params)]string{
		paramExecution: l.Execution.StateMachine + ":" + l.Execution.Name,
		paramStarted:   strconv.FormatInt(l.Execution.StartedAt.UnixMilli(), 10),
		paramApprover:  l.Approver,
		paramSent:      strconv.FormatInt(l.SentAt.Unix(), 10),
	}
	if l.Confirm {
		values[paramConfirm] = "true"
	}
	return values
}

// appendQuery appends the parameters that are not empty.
func appendQuery(text []byte, values [len(params)]string, escape func(string) string) []byte {
	text = slices.Grow(text, maxMailLine)
	separator := ""
	for i, value := range values {
		if value != "" {
			text = append(text, separator+params[i]+"="...)
			text = append(text, escape(value)...)
			separator = "&"
		}
	}
	return text
}

// escapeValue escapes everything but letters and digits, and hyphens and dots between two of them. A query may contain more, but
// mail programs end or change links at other characters: anchorme at a colon and at a dot before an escape, UrlLinker at a tilde,
// Emacs at the address after an "@", golang-commonmark at two hyphens, txt2html at underscores, and many at letters beyond ASCII.
func escapeValue(value string) string {
	var escaped strings.Builder
	for i := range len(value) {
		c := value[i]
		between := i > 0 && i+1 < len(value) && alphanumeric(value[i-1]) && alphanumeric(value[i+1])
		if alphanumeric(c) || between && (c == '-' || c == '.') {
			escaped.WriteByte(c)
		} else {
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
	}
	return escaped.String()
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// sign returns the signature of the link's canonical form.
func (l Link) sign(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(appendQuery([]byte(signatureVersion), l.values(), url.QueryEscape))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:signatureBytes])
}

// VerifyLink decodes the query of a click. Its error is always an [*Error]: with the code [CodeInvalidLink] and the same words
// for everything that this workflow did not sign, or with the code of the port that provides the key.
func (s *Service) VerifyLink(ctx context.Context, rawQuery string) (Link, error) {
	link, signature, err := parseLink(rawQuery)
	if err != nil {
		return Link{}, &Error{Code: CodeInvalidLink, Err: err}
	}
	key, err := s.linkKey(ctx)
	if err != nil {
		return Link{}, decideCodes.classify(err)
	}
	if !link.verify(key, signature) {
		return Link{}, &Error{Code: CodeInvalidLink, Err: errors.New("the signature is wrong")}
	}
	return link, nil
}

// parseLink decodes the query of a click and returns the link with the signature that came with it. The link proves
// nothing before its signature is verified.
func parseLink(rawQuery string) (link Link, signature string, err error) {
	// Our links have no blank, and some programs decode %2B.
	values, err := url.ParseQuery(strings.ReplaceAll(rawQuery, "+", "%2B"))
	if err != nil {
		return Link{}, "", errors.New("the query is malformed")
	}
	fields, err := parseFields(values)
	if err != nil {
		return Link{}, "", err
	}
	startedAt, startedOK := parseTime(fields[paramStarted], time.UnixMilli)
	sentAt, sentOK := parseTime(fields[paramSent], func(seconds int64) time.Time { return time.Unix(seconds, 0) })
	stateMachine, name, _ := strings.Cut(fields[paramExecution], ":")
	if !startedOK || !sentOK || !ValidName(stateMachine) || !ValidName(name) || fields[paramApprover] == "" ||
		fields[paramConfirm] != "" && fields[paramConfirm] != "true" || len(fields[paramSignature]) != signatureLength {
		return Link{}, "", errors.New("a parameter is malformed")
	}
	return Link{
		Execution: ExecutionRef{StateMachine: stateMachine, Name: name, StartedAt: startedAt},
		Approver:  fields[paramApprover], SentAt: sentAt, Confirm: fields[paramConfirm] == "true",
	}, fields[paramSignature], nil
}

// parseFields returns the values of the parameters. A missing one is empty.
func parseFields(values url.Values) (fields [len(params)]string, err error) {
	if list, ok := values[paramFields]; ok {
		if len(list) > 1 || len(list[0]) > maxMailLine || escapeValue(list[0]) != list[0] {
			return fields, errors.New("a parameter is malformed")
		}
		number, ok := new(big.Int).SetString(list[0], 62)
		if !ok {
			return fields, errors.New("a parameter is malformed")
		}
		lines := strings.Split(string(number.Bytes()), "\n")
		if len(lines) != len(fields) {
			return fields, errors.New("a parameter is malformed")
		}
		copy(fields[:], lines)
		return fields, nil
	}
	for i, name := range params {
		switch list := values[name]; {
		case len(list) == 1 && list[0] != "":
			fields[i] = list[0]
		case len(list) > 0 || i != paramConfirm:
			return fields, errors.New("a parameter is missing, empty or repeated")
		}
	}
	return fields, nil
}

// parseTime accepts the one form that [Link.values] writes, from 1970 to the year 9999. A time beyond that would overflow:
// the age of its e-mail would be wrong by centuries.
func parseTime(text string, decode func(int64) time.Time) (time.Time, bool) {
	number, err := strconv.ParseInt(text, 10, 64)
	decoded := decode(number)
	year := decoded.UTC().Year()
	canonical := err == nil && (text == "0" || text[0] >= '1' && text[0] <= '9')
	return decoded, canonical && year >= 1970 && year <= 9999
}

// verify reports whether signature is the link's own.
func (l Link) verify(key []byte, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(l.sign(key)))
}
