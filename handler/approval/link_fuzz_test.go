package approval

import (
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
)

// FuzzParseLink checks that any query that is accepted says one thing only: its canonical form is the same link, and only
// the signature of that form is good.
func FuzzParseLink(f *testing.F) {
	query := SignedQuery(typicalLink(), testKey)
	for _, seed := range []string{
		"", query, query + "&confirm=true", "token=AQDEAAAAKgAAAA%2Btoken", strings.ReplaceAll(query, "&", ";"),
		escapeEverything(query), query + "&" + query, "execution=%ff:%00&started=-1&approver=&sent=9223372036854775807&signature=%3d",
		"execution=a:b:c&started=1&approver=a%26sent%3D2&sent=3&signature=" + strings.Repeat("A", signatureLength),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		link, signature, err := parseLink(query)
		if err != nil {
			if link != (Link{}) || signature != "" {
				t.Errorf("parseLink(%q) returns a link with an error", query)
			}
			return
		}
		if good := link.sign([]byte(testKey)); link.verify([]byte(testKey), signature) != (signature == good) {
			t.Errorf("parseLink(%q): the signature %q is not compared with %q", query, signature, good)
		}
		checkVerified(t, link.query(url.QueryEscape)+"&signature="+link.sign([]byte(testKey)), link)
	})
}

// FuzzLinkRoundTrip checks that a link means what was signed, however it is written.
func FuzzLinkRoundTrip(f *testing.F) {
	f.Add("approval-workflow-1a2b3c4", "5d8c1a52-7f0e-4c0b-9a53-0e6d7f3b2c41", "jo@example.com", int64(1795339805123), int64(1795339806), false)
	f.Add("sm", "a_b.c!(d)+e=@f'承認", "o'neil+x&confirm=true&y=%41@例え.example", int64(0), int64(lastSecond), true)
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
	})
}
