package approval

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

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
	body := service.compose(service.newDraft(request, longDetails, time.Unix(9_999_999_999, 0)), approver, []byte(testKey)).Body
	ours, _, _ := strings.Cut(body, "\n-----")
	links := 0
	for line := range strings.Lines(ours) {
		if len(line)-1 > maxLinkLine {
			t.Fatalf("a line has %d bytes: %s", len(line)-1, line)
		}
		if _, query, found := strings.Cut(strings.TrimSpace(line), "?execution="); found {
			links++
			link, signature, err := parseLink("execution=" + query)
			if err != nil || !link.verify([]byte(testKey), signature) || link.Execution.Name != name || link.Approver != approver {
				t.Fatalf("the link does not work: %s, %v", line, err)
			}
		}
	}
	if links != 2 {
		t.Fatalf("the e-mail has %d links", links)
	}
}
