package approval

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// lastSecond is the last second of the year 9999.
const lastSecond = 253_402_300_799

// fixedKey implements [Keys].
type fixedKey string

func (k fixedKey) LinkKey(context.Context) ([]byte, error) { return []byte(k), nil }

// verified returns the link that a query is.
func verified(query string) (Link, error) {
	return NewService(Config{}, Ports{Keys: fixedKey(testKey)}).VerifyLink(context.Background(), query)
}

// checkVerified checks that a query is a link with a good signature.
func checkVerified(t *testing.T, query string, want Link) {
	t.Helper()
	if got, err := verified(query); err != nil || got != want {
		t.Errorf("the link %s is %+v, %v, want %+v", query, got, err, want)
	}
}

// typicalLink returns a link as most e-mails have it.
func typicalLink() Link {
	return Link{
		Execution: ExecutionRef{
			StateMachine: "approval-workflow-1a2b3c4",
			Name:         "5d8c1a52-7f0e-4c0b-9a53-0e6d7f3b2c41",
			StartedAt:    time.UnixMilli(1795339805123),
		},
		Approver: "jo@example.com",
		SentAt:   time.Unix(1795339806, 0),
	}
}

// confirmQuery returns the query of a link that asks, with the link.
func confirmQuery() (string, Link) {
	link := typicalLink()
	link.Confirm = true
	return SignedQuery(link, testKey), link
}

// TestLinkURL compares with signatures of another implementation of HMAC:
//
//	printf 'approval-workflow link v1\nexecution=…' | openssl dgst -sha256 -hmac 'a key…' -binary | head -c 16 | basenc --base64url
//
// A change of the canonical form makes every link in the approvers' mailboxes useless. It needs another version.
func TestLinkURL(t *testing.T) {
	const query = "execution=approval-workflow-1a2b3c4:5d8c1a52-7f0e-4c0b-9a53-0e6d7f3b2c41" +
		"&started=1795339805123&approver=jo@example.com&sent=1795339806"
	tests := []struct {
		confirm  bool
		decision Decision
		want     string
	}{
		{false, Approve, TestAPI + "/approve?" + query + "&signature=-e844e-ht_Vt2jnLQCb3ag"},
		{true, Reject, TestAPI + "/reject?" + query + "&confirm=true&signature=rEqEIOXivS4B_QSujV0Uqg"},
	}
	for _, test := range tests {
		link := typicalLink()
		link.Confirm = test.confirm
		got := link.url(TestAPI, test.decision, []byte(testKey))
		if got != test.want || len(got) >= 250 {
			t.Errorf("url = %s, want %s, with fewer than 250 characters", got, test.want)
		}
	}
}

// TestLinkRewritten checks that a link survives what mail systems do to it.
func TestLinkRewritten(t *testing.T) {
	query, link := confirmQuery()
	parts := strings.Split(query, "&")
	signature := parts[len(parts)-1]
	for name, rewritten := range map[string]string{
		"@ and : escaped":       strings.NewReplacer("@", "%40", ":", "%3A").Replace(query),
		"lower case escapes":    strings.NewReplacer("@", "%40", ":", "%3a").Replace(query),
		"letters escaped":       strings.NewReplacer("jo@", "%6a%6F%40", "confirm", "%63onfirm").Replace(query),
		"signature first":       signature + "&" + strings.TrimSuffix(query, "&"+signature),
		"reversed":              strings.Join([]string{parts[5], parts[4], parts[3], parts[2], parts[1], parts[0]}, "&"),
		"extra parameters":      "utm_source=mail&" + query + "&token=x&token=y",
		"empty parameters":      "&&" + strings.ReplaceAll(query, "&", "&&") + "&",
		"everything is escaped": escapeEverything(query),
	} {
		t.Run(name, func(t *testing.T) { checkVerified(t, rewritten, link) })
	}
}

// escapeEverything escapes each byte of the names and values of a query.
func escapeEverything(query string) string {
	var escaped strings.Builder
	for _, b := range []byte(query) {
		if b == '&' || b == '=' {
			escaped.WriteByte(b)
		} else {
			fmt.Fprintf(&escaped, "%%%02x", b)
		}
	}
	return escaped.String()
}

// longestAPI is the longest URL of an HTTP API.
const longestAPI = "https://abcdefghij.execute-api.cn-northwest-1.amazonaws.com.cn"

// TestLinkLines has the longest names and addresses of each kind.
func TestLinkLines(t *testing.T) {
	names := map[string]string{"emoji": "😀", "tags": "\U000e0041", "kana": "あ", "accents": "é", "special characters": "!", "letters": "x"}
	domain := strings.Repeat("x", maxAddress-maxLocalPart-3) + ".x"
	addresses := map[string]string{
		"plain":              strings.Repeat("x", maxLocalPart) + "@" + domain,
		"special characters": strings.Repeat("+", maxLocalPart) + "@" + domain,
		"emoji":              strings.Repeat("😀", maxLocalPart/4) + "@" + strings.Repeat("😀", 46) + "xxx.x",
		"accents":            strings.Repeat("é", maxLocalPart/2) + "@" + strings.Repeat("é", 93) + "x.x",
	}
	for kind, character := range names {
		for kindOfAddress, address := range addresses {
			t.Run(kind+", "+kindOfAddress, func(t *testing.T) {
				if problems := CheckAddresses([]string{address}); len(problems) > 0 || len(address) != maxAddress {
					t.Fatalf("an address of %d bytes has the problems %v", len(address), problems)
				}
				checkLines(t, strings.Repeat("m", 80), strings.Repeat(character, 80), address)
			})
		}
	}
}

// TestAnyLinkLine checks every name and address that this workflow accepts.
func TestAnyLinkLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stateMachine := rapid.StringMatching(`[0-9A-Za-z_-]{1,80}`).Draw(t, "state machine")
		name := rapid.StringN(1, 80, -1).Filter(ValidName).Draw(t, "name")
		local := rapid.StringMatching(`[a-z!#$%&'*+/=?^_{|}~é😀-]{1,64}`).Draw(t, "local part")
		domain := rapid.StringMatching(`([a-z0-9é😀]{1,60}\.){0,4}[a-z]{2,10}`).Draw(t, "domain")
		if len(CheckAddresses([]string{local + "@" + domain})) == 0 {
			checkLines(t, stateMachine, name, local+"@"+domain)
		}
	})
}

// longDetails are the longest texts of a requester, except for the URL, whose line nobody can wrap.
var longDetails = details{message: strings.Repeat("\u202e", maxMessage), requester: strings.Repeat("\U000e0041", maxRequester)}

// checkLines checks that no line of an e-mail above the input is longer than mail systems accept, and that the links work.
func checkLines(t rapid.TB, stateMachine, name, approver string) {
	t.Helper()
	request := RequestWith(`{}`)
	request.Execution.Name = name
	request.Execution.ARN = "arn:aws-cn:states:cn-northwest-1:123456789012:execution:" + stateMachine + ":" + name
	request.ApprovalsNeeded = MaxApprovals
	for i := range MaxApprovals - 1 {
		request.Approvals = append(request.Approvals, Record{Approver: fmt.Sprint(i) + approver})
	}
	service := NewService(Config{APIURL: longestAPI, Confirm: true}, Ports{})
	email := service.compose(service.newDraft(request, longDetails, time.Unix(9_999_999_999, 0)), approver, []byte(testKey))
	ours, _, _ := strings.Cut(email.Body, "\n-----")
	for line := range strings.Lines(ours) {
		if len(line)-1 > maxLinkLine {
			t.Fatalf("a line has %d bytes: %s", len(line)-1, line)
		}
	}
	for _, address := range []string{email.ApproveURL, email.RejectURL} {
		if !strings.Contains(ours, ":\n"+address+"\n") {
			t.Fatalf("the link is not in a line of its own: %s", address)
		}
		_, query, _ := strings.Cut(address, "?")
		link, err := verified(query)
		if err != nil || link.query(escapeValue) != email.Link.query(escapeValue) || link.Execution.Name != name || link.Approver != approver {
			t.Fatalf("the link does not work: %s, %v", address, err)
		}
	}
}

// FuzzLinkRoundTrip checks that a link means what was signed, however it is written.
func FuzzLinkRoundTrip(f *testing.F) {
	f.Add("approval-workflow-1a2b3c4", "5d8c1a52-7f0e-4c0b-9a53-0e6d7f3b2c41", "jo@example.com", int64(1795339805123), int64(1795339806), false)
	f.Add("sm", "a_b.c!(d)+e=@f'承認\u200d👩", "o'neil+x&confirm=true&y=z?%41/#{}|~^`*!$é@例え.example", int64(0), int64(lastSecond), true)
	f.Add("x", strings.Repeat("\U0001f600", 80), "\xff\x00\n;+ ", int64(lastSecond*1000+999), int64(1), true)
	f.Fuzz(func(t *testing.T, stateMachine, name, approver string, started, sent int64, confirm bool) {
		if !ValidName(stateMachine) || !ValidName(name) {
			t.Skip("not the name of an execution")
		}
		if min(started, sent) < 0 || max(started/1000, sent) > lastSecond {
			t.Skip("a time out of range")
		}
		link := Link{
			Execution: ExecutionRef{StateMachine: stateMachine, Name: name, StartedAt: time.UnixMilli(started)},
			Approver:  approver,
			SentAt:    time.Unix(sent, 0),
			Confirm:   confirm,
		}
		address := link.url(TestAPI, Approve, []byte(testKey))
		if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"<>\ufffd", r) }) {
			t.Errorf("a program would cut the link %q", address)
		}
		_, query, _ := strings.Cut(address, "?")
		checkVerified(t, query, link)
		for _, escape := range []func(string) string{escapeValue, escapeASCII, url.QueryEscape} {
			checkVerified(t, link.query(escape)+"&signature="+link.sign([]byte(testKey)), link)
		}
	})
}
