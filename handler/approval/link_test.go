package approval

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLinkRoundTrip(t *testing.T) {
	link := Link{
		Token: Token(strings.Repeat("é+/=", 512)),
		Execution: ExecutionRef{
			StateMachine: "approval-workflow", Name: "release-42", StartedAt: TestStart.Add(123 * time.Millisecond),
		},
		SentAt:    TestStart,
		ExpiresAt: TestStart.Add(time.Hour),
	}
	for _, confirm := range []bool{false, true} {
		link.Confirm = confirm
		got, err := ParseLink(parseQuery(t, link.query()))
		if err != nil {
			t.Fatal(err)
		}
		// A parsed time is in the local zone.
		got.Execution.StartedAt = got.Execution.StartedAt.UTC()
		got.SentAt, got.ExpiresAt = got.SentAt.UTC(), got.ExpiresAt.UTC()
		if got != link {
			t.Errorf("link = %+v, want %+v", got, link)
		}
	}
}

func TestParseLinkIgnoresMalformedParameters(t *testing.T) {
	for _, query := range []string{
		"token=x",
		"token=x&workflow=a:b&execution=%0a&started=soon&sent=1e9&expires=&confirm=yes",
	} {
		link, err := ParseLink(parseQuery(t, query))
		if want := (Link{Token: "x"}); err != nil || link != want {
			t.Errorf("ParseLink(%s) = %+v, %v, want only the token", query, link, err)
		}
	}
}

func TestParseLinkErrors(t *testing.T) {
	tests := []struct{ name, query, want string }{
		{"none", "execution=release-42", "The link has no token."},
		{"empty", "execution=release-42&token=", "The link has no token."},
		{"repeated", "token=x&execution=release-42&token=x", "The link has more than one token."},
		{"too long", "execution=release-42&token=" + strings.Repeat("x", 2049), "The link's token is longer than 2048 characters."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			link, err := ParseLink(parseQuery(t, test.query))
			if CodeOf(err) != CodeInvalidToken || MessageOf(err) != test.want {
				t.Errorf("error = %s: %s, want %s: %s", CodeOf(err), MessageOf(err), CodeInvalidToken, test.want)
			}
			if link.Token != "" || link.Execution.Name != "release-42" {
				t.Errorf("link = %+v, want only the name of the execution", link)
			}
		})
	}
}

func parseQuery(t *testing.T, query string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return values
}
