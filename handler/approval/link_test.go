package approval

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

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
		if got != test.want {
			t.Errorf("url = %s, want %s", got, test.want)
		}
		if len(got) >= 250 {
			t.Errorf("a typical link has %d characters, want fewer than 250", len(got))
		}
	}
}

func TestLinkRoundTrip(t *testing.T) {
	everything := Link{
		Execution: ExecutionRef{StateMachine: "sm", Name: "a_b.c!(d)+e=@f'承認\u200d👩", StartedAt: time.UnixMilli(0)},
		Approver:  "o'neil+x&y=z?%41/#{}|~^`*!$é@例え.example",
		SentAt:    time.Unix(0, 0),
		Confirm:   true,
	}
	farAway := typicalLink()
	farAway.Execution.StartedAt, farAway.SentAt = time.UnixMilli(lastSecond*1000+999), time.Unix(lastSecond, 0)
	for _, link := range []Link{typicalLink(), everything, farAway} {
		for _, escape := range []func(string) string{escapeValue, escapeASCII, url.QueryEscape} {
			checkVerified(t, link.query(escape)+"&signature="+link.sign([]byte(testKey)), link)
		}
	}
}

// checkVerified checks that a query is a link with a good signature.
func checkVerified(t *testing.T, query string, want Link) {
	t.Helper()
	got, signature, err := parseLink(query)
	if err != nil {
		t.Errorf("parseLink(%s): %v", query, err)
		return
	}
	if got != want || !got.verify([]byte(testKey), signature) {
		t.Errorf("parseLink(%s) = %+v, verified: %t, want %+v", query, got, got.verify([]byte(testKey), signature), want)
	}
}

// TestLinkRewritten checks that a link survives what mail systems do to it.
func TestLinkRewritten(t *testing.T) {
	link := typicalLink()
	link.Confirm = true
	query := SignedQuery(link, testKey)
	parts := strings.Split(query, "&")
	signature := parts[len(parts)-1]
	rewritten := map[string]string{
		"@ and : escaped":       strings.NewReplacer("@", "%40", ":", "%3A").Replace(query),
		"lower case escapes":    strings.NewReplacer("@", "%40", ":", "%3a").Replace(query),
		"letters escaped":       strings.NewReplacer("jo@", "%6a%6F%40", "confirm", "%63onfirm").Replace(query),
		"signature first":       signature + "&" + strings.TrimSuffix(query, "&"+signature),
		"reversed":              strings.Join([]string{parts[5], parts[4], parts[3], parts[2], parts[1], parts[0]}, "&"),
		"extra parameters":      "utm_source=mail&" + query + "&token=x&token=y",
		"empty parameters":      "&&" + strings.ReplaceAll(query, "&", "&&") + "&",
		"everything is escaped": escapeEverything(query),
	}
	for name, query := range rewritten {
		t.Run(name, func(t *testing.T) { checkVerified(t, query, link) })
	}
}

// escapeEverything escapes each byte of the names and values of a query.
func escapeEverything(query string) string {
	const digits = "0123456789abcdef"
	var escaped strings.Builder
	for _, b := range []byte(query) {
		if b == '&' || b == '=' {
			escaped.WriteByte(b)
		} else {
			escaped.Write([]byte{'%', digits[b>>4], digits[b&15]})
		}
	}
	return escaped.String()
}
