package approval

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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

// The parameters of a link, in their order.
const (
	paramExecution = "execution" // STATE-MACHINE:NAME, the end of the execution's ARN
	paramStarted   = "started"   // milliseconds since 1970
	paramApprover  = "approver"
	paramSent      = "sent" // seconds since 1970
	paramConfirm   = "confirm"
	paramSignature = "signature"
)

// signatureVersion begins every text that is signed. Another purpose or another form of a link needs another text.
const signatureVersion = "approval-workflow link v1\n"

// signatureBytes is the length of a signature: 128 of the 256 bits that HMAC-SHA256 gives.
const signatureBytes = 16

// signatureLength is the number of characters of a signature.
var signatureLength = base64.RawURLEncoding.EncodedLen(signatureBytes)

// maxLinkLine is the longest line that mail systems leave alone, in bytes.
// https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
const maxLinkLine = 998

// url returns the address of the link for a decision. It leaves characters beyond ASCII as they are if the line of the
// e-mail would be too long otherwise. That is enough for every execution and approver, because the name of a state
// machine that writes a log is ASCII.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
func (l Link) url(apiURL string, decision Decision, key []byte) string {
	address := func(escape func(string) string) string {
		return apiURL + decision.Path + "?" + l.query(escape) + "&" + paramSignature + "=" + l.sign(key)
	}
	escaped := address(escapeValue)
	if len(escaped) > maxLinkLine {
		return address(escapeASCII)
	}
	return escaped
}

// query encodes the parameters without the signature.
func (l Link) query(escape func(string) string) string {
	query := paramExecution + "=" + escape(l.Execution.StateMachine+":"+l.Execution.Name) +
		"&" + paramStarted + "=" + strconv.FormatInt(l.Execution.StartedAt.UnixMilli(), 10) +
		"&" + paramApprover + "=" + escape(l.Approver) +
		"&" + paramSent + "=" + strconv.FormatInt(l.SentAt.Unix(), 10)
	if l.Confirm {
		query += "&" + paramConfirm + "=true"
	}
	return query
}

// escapeValue escapes a value for a query and leaves @ and : readable, which need no escape there.
func escapeValue(value string) string {
	return strings.NewReplacer("%40", "@", "%3A", ":").Replace(url.QueryEscape(value))
}

// escapeASCII is escapeValue except for the characters beyond ASCII that do not cut a link.
func escapeASCII(value string) string {
	var escaped strings.Builder
	for rest := value; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if r <= unicode.MaxASCII || r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) {
			escaped.WriteString(escapeValue(rest[:size]))
		} else {
			escaped.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return escaped.String()
}

// sign returns the signature of the link's canonical form.
func (l Link) sign(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signatureVersion + l.query(url.QueryEscape)))
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
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return Link{}, "", errors.New("the query is malformed")
	}
	for _, name := range []string{paramExecution, paramStarted, paramApprover, paramSent, paramSignature} {
		if len(values[name]) != 1 {
			return Link{}, "", errors.New("a parameter is missing or repeated")
		}
	}
	started, startedOK := parseTime(values.Get(paramStarted), time.UnixMilli)
	sent, sentOK := parseTime(values.Get(paramSent), func(seconds int64) time.Time { return time.Unix(seconds, 0) })
	stateMachine, name, _ := strings.Cut(values.Get(paramExecution), ":")
	if !startedOK || !sentOK || !ValidName(stateMachine) || !ValidName(name) {
		return Link{}, "", errors.New("a parameter is malformed")
	}
	link = Link{
		Execution: ExecutionRef{StateMachine: stateMachine, Name: name, StartedAt: started},
		Approver:  values.Get(paramApprover),
		SentAt:    sent,
	}
	switch confirm := values[paramConfirm]; {
	case len(confirm) == 1 && confirm[0] == "true":
		link.Confirm = true
	case len(confirm) > 0:
		return Link{}, "", errors.New("a parameter is malformed")
	}
	if signature = values.Get(paramSignature); len(signature) != signatureLength {
		return Link{}, "", errors.New("a parameter is malformed")
	}
	return link, signature, nil
}

// parseTime accepts the one form that [Link.query] writes, from 1970 to the year 9999. A time beyond that would overflow:
// the age of its e-mail would be wrong by centuries.
func parseTime(text string, decode func(int64) time.Time) (time.Time, bool) {
	number, err := strconv.ParseInt(text, 10, 64)
	decoded := decode(number)
	year := decoded.UTC().Year()
	return decoded, err == nil && strconv.FormatInt(number, 10) == text && number >= 0 && year >= 1970 && year <= 9999
}

// verify reports whether signature is the link's own.
func (l Link) verify(key []byte, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(l.sign(key)))
}
