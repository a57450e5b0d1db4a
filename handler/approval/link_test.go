package approval

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
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

func (k fixedKey) CheckKey(context.Context) error { return nil }

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
	const query = "execution=approval-workflow-1a2b3c4%3A5d8c1a52-7f0e-4c0b-9a53-0e6d7f3b2c41" +
		"&started=1795339805123&approver=jo%40example.com&sent=1795339806"
	tests := []struct {
		confirm  bool
		decision Decision
		want     string
	}{
		{false, Approve, TestAPI + "/approve?" + query + "&signature=%2De844e-ht%5FVt2jnLQCb3ag"},
		{true, Reject, TestAPI + "/reject?" + query + "&confirm=true&signature=rEqEIOXivS4B%5FQSujV0Uqg"},
	}
	for _, address := range []string{"a&b@example.com", "a%25b@example.com"} { // get-urls and rspamd decode these escapes
		link := typicalLink()
		link.Approver = address
		if got := link.url(TestAPI, Approve, []byte(testKey)); !strings.HasPrefix(got, TestAPI+"/approve?fields=") {
			t.Errorf("url for %s = %s, want it in one parameter", address, got)
		}
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
		"@ and : not escaped":   strings.NewReplacer("%40", "@", "%3A", ":").Replace(query),
		"lower case escapes":    strings.ReplaceAll(query, "%3A", "%3a"),
		"letters escaped":       strings.NewReplacer("jo%40", "%6a%6F%40", "confirm", "%63onfirm").Replace(query),
		"signature first":       signature + "&" + strings.TrimSuffix(query, "&"+signature),
		"reversed":              strings.Join([]string{parts[5], parts[4], parts[3], parts[2], parts[1], parts[0]}, "&"),
		"extra parameters":      "utm_source=mail&" + query + "&token=x&token=y",
		"empty parameters":      "&&" + strings.ReplaceAll(query, "&", "&&") + "&",
		"everything is escaped": escapeEverything(strings.NewReplacer("%40", "@", "%3A", ":").Replace(query)),
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

// longestAPI is the longest URL that links can begin with. That of an HTTP API without a domain of its own is shorter, such as
// https://abcdefghij.execute-api.cn-northwest-1.amazonaws.com.cn.
var longestAPI = "https://" + strings.Repeat("d", MaxDomain)

// TestLinkLines has the longest names and addresses of each kind. The name of a state machine has at most 49 characters: see
// infra.CheckName.
func TestLinkLines(t *testing.T) {
	names := map[string]string{"emoji": "😀", "tags": "\U000e0041", "kana": "あ", "accents": "é", "special characters": "!", "letters": "x"}
	domain := strings.Repeat("x", maxAddress-maxLocalPart-3) + ".x"
	addresses := map[string]string{
		"plain":              strings.Repeat("x", maxLocalPart) + "@" + domain,
		"special characters": strings.Repeat("+", maxLocalPart) + "@" + domain,
		"emoji":              strings.Repeat("😀", maxLocalPart/4) + "@" + domain,
		"accents":            strings.Repeat("é", maxLocalPart/2) + "@" + domain,
	}
	for kind, character := range names {
		for kindOfAddress, address := range addresses {
			t.Run(kind+", "+kindOfAddress, func(t *testing.T) {
				if problems := CheckAddresses([]string{address}); len(problems) > 0 || len(address) != maxAddress {
					t.Fatalf("an address of %d bytes has the problems %v", len(address), problems)
				}
				checkLines(t, strings.Repeat("m", 50), strings.Repeat(character, 80), address)
			})
		}
	}
}

// TestAnyLinkLine checks every name and address that this workflow accepts.
func TestAnyLinkLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stateMachine := rapid.StringMatching(`[0-9A-Za-z_-]{1,50}`).Draw(t, "state machine")
		name := rapid.StringN(1, 80, -1).Filter(ValidName).Draw(t, "name")
		local := rapid.StringMatching(`[a-z!#$%&'*+/=?^_{|}~é😀-]{1,64}`).Draw(t, "local part")
		domain := rapid.StringMatching(`([a-z0-9]{1,60}\.){0,4}[a-z]{2,10}`).Draw(t, "domain")
		if len(CheckAddresses([]string{local + "@" + domain})) == 0 {
			checkLines(t, stateMachine, name, local+"@"+domain)
		}
	})
}

// longDetails are the longest texts of a requester, except for the URL, whose line nobody can wrap.
var longDetails = details{message: strings.Repeat("\u202e", maxMessage), requester: strings.Repeat("\U000e0041", maxRequester)}

// wholeLink matches the links that about 45 mail programs and link detectors leave as they are.
var (
	wholeLink = regexp.MustCompile(`^https://[a-z0-9.-]+/(approve|reject)\?(fields|execution)=([A-Za-z0-9.&=-]|%[0-9A-F]{2})+[A-Za-z0-9]$`)
	atAnEdge  = regexp.MustCompile(`[.-][^A-Za-z0-9]|[^A-Za-z0-9][.-]`)
)

// TestLinksThatProgramsChanged checks that a link decides after programs changed its escapes, and as it was written before.
func TestLinksThatProgramsChanged(t *testing.T) {
	link := Link{
		Execution: ExecutionRef{StateMachine: "gate", Name: "größe..1", StartedAt: TestStart},
		Approver:  "bo+gate@example.com", SentAt: TestStart,
	}
	end := "&signature=" + link.sign([]byte(testKey))
	values := link.values()
	for name, query := range map[string]string{
		"as it is sent": link.query(escapeValue),
		// get-urls 12.1, rspamd's list and extract_url decode %2B.
		"a raw plus":    strings.ReplaceAll(link.query(escapeValue), "%2B", "+"),
		"raw but valid": "execution=gate:größe..1&started=" + values[paramStarted] + "&approver=bo%2Bgate@example.com&sent=" + values[paramSent],
		"all escaped":   strings.NewReplacer(".", "%2E", "-", "%2D").Replace(link.query(url.QueryEscape)),
	} {
		if got, signature, err := parseLink(query + end); err != nil || !got.verify([]byte(testKey), signature) {
			t.Errorf("%s: %s is refused: %v", name, query, err)
		}
	}
}

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
	email := service.compose(service.newDraft(request, longDetails, nil, time.Unix(9_999_999_999, 0)), approver, []byte(testKey))
	ours, _, _ := strings.Cut(email.Body, "\n-----")
	for line := range strings.Lines(ours) {
		if len(line)-1 > maxMailLine {
			t.Fatalf("a line has %d bytes: %s", len(line)-1, line)
		}
	}
	for _, address := range []string{email.ApproveURL, email.RejectURL} {
		_, query, _ := strings.Cut(address, "?")
		if !wholeLink.MatchString(address) || atAnEdge.MatchString(query) {
			t.Fatalf("mail programs change the link %s", address)
		}
		if !strings.Contains(ours, ":\n"+address+"\n") {
			t.Fatalf("the link is not in a line of its own: %s", address)
		}
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
	f.Add("x", strings.Repeat("\U0001f600", 80), "\xff\x00;+", int64(lastSecond*1000+999), int64(1), true)
	f.Fuzz(func(t *testing.T, stateMachine, name, approver string, started, sent int64, confirm bool) {
		if !ValidName(stateMachine) || !ValidName(name) {
			t.Skip("not the name of an execution")
		}
		if strings.ContainsAny(approver, " \n") {
			t.Skip("not an address")
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
		for _, escape := range []func(string) string{escapeValue, url.QueryEscape} {
			checkVerified(t, link.query(escape)+"&signature="+link.sign([]byte(testKey)), link)
		}
	})
}
