package approval_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
)

// verify checks the code for a query, and that nothing was asked of Step Functions.
func (g *gate) verify(query string, want approval.Code) {
	g.t.Helper()
	link, err := g.service.VerifyLink(g.t.Context(), query)
	if got := approval.CodeOf(err); got != want || (err == nil) != (want == "") || err != nil && link != (approval.Link{}) {
		g.t.Errorf("VerifyLink(%s) = %+v, code %q, want %q", query, link, got, want)
	}
	if approval.MessageOf(err) != "" {
		g.t.Errorf("the message %q says more than the code", approval.MessageOf(err))
	}
	if got := len(g.fake.CallsOfRead()); got != 0 {
		g.t.Errorf("%d reads of the execution, want none", got)
	}
}

func TestVerifyLink(t *testing.T) {
	g := newGate(t, 1)
	query := approval.SignedQuery(g.link(jo), approvaltest.Key)
	other := g.link(jo)
	other.Execution.Name = "drop-prod-db"
	signature := query[strings.LastIndex(query, "=")+1:]
	forged, _, _ := strings.Cut(approval.SignedQuery(other, approvaltest.Key), "&signature=")
	g.verify(query, "")
	for name, query := range map[string]string{
		"empty":                 "",
		"malformed escape":      query + "&x=%zz",
		"another stack's":       approval.SignedQuery(g.link(jo), "the key of another stack, also 32 bytes"),
		"an empty key":          approval.SignedQuery(g.link(jo), ""),
		"not signed":            strings.TrimSuffix(query, "&signature="+signature),
		"another link's":        forged + "&signature=" + signature,
		"version before":        "token=AQDEAAAAKgAAAA%2Btoken&workflow=approval-workflow&execution=release-42&started=1795339805000&sent=1795339806&expires=1795426206",
		"version before, mixed": strings.Replace(query, "approval-workflow:", "", 1) + "&token=AQDEAAAAKgAAAA%2Btoken",
	} {
		t.Run(name, func(t *testing.T) {
			g.t = t
			g.verify(query, approval.CodeInvalidLink)
		})
	}
}

// TestVerifyLinkWithToken has a reader of the history put the task token in every place of a link.
func TestVerifyLinkWithToken(t *testing.T) {
	g := newGate(t, 1)
	query := approval.SignedQuery(g.link(jo), approvaltest.Key)
	token := url.QueryEscape(string(g.request.TaskToken))
	for _, part := range strings.Split(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		g.verifyHides(token, strings.Replace(query, part, name+"="+token, 1))
		g.verifyHides(token, query+"&"+name+"="+token)
	}
	g.verifyHides(token, token)
	g.verifyHides(token, "token="+token)
	unsigned, _, _ := strings.Cut(query, "&signature=")
	g.verifyHides(token, unsigned+"&token="+token)
	g.verify(query+"&token="+token, "") // an extra parameter changes nothing
}

// verifyHides checks that a query is refused, and that the error does not quote it.
func (g *gate) verifyHides(token, query string) {
	g.t.Helper()
	_, err := g.service.VerifyLink(g.t.Context(), query)
	if approval.CodeOf(err) != approval.CodeInvalidLink {
		g.t.Errorf("a link with a token: code = %q, want %s", approval.CodeOf(err), approval.CodeInvalidLink)
	}
	if err != nil && strings.Contains(err.Error(), token) {
		g.t.Error("the error contains the token")
	}
}

// TestVerifyLinkWithoutKey checks that without the key no link is accepted. A link that is malformed is refused before the
// key is needed.
func TestVerifyLinkWithoutKey(t *testing.T) {
	tests := []struct {
		name string
		edit func(*approvaltest.Fake)
		want approval.Code
	}{
		{"unavailable", func(f *approvaltest.Fake) {
			f.KeyErr = &approval.Error{Code: approval.CodeUnavailable, Err: errors.New("throttled")}
		}, approval.CodeUnavailable},
		{"denied", func(f *approvaltest.Fake) { f.KeyErr = errors.New("AccessDenied") }, approval.CodeInternal},
		{"hangs", func(f *approvaltest.Fake) { f.HangKey = true }, approval.CodeUnavailable},
		{"empty", func(f *approvaltest.Fake) { f.Key = []byte{} }, approval.CodeInternal},
		{"short", func(f *approvaltest.Fake) { f.Key = []byte(approvaltest.Key[:31]) }, approval.CodeInternal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newGate(t, 1).checkWithoutKey(test.edit, test.want) })
		})
	}
}

func (g *gate) checkWithoutKey(edit func(*approvaltest.Fake), want approval.Code) {
	edit(g.fake)
	begin := time.Now()
	g.verify(approval.SignedQuery(g.link(jo), approvaltest.Key), want)
	g.verify(approval.SignedQuery(g.link(jo), string(g.fake.Key)), want)
	if got := time.Since(begin); got > 2*approval.CallTimeout {
		g.t.Errorf("two calls took %s, want at most %s", got, 2*approval.CallTimeout)
	}
	g.verify(approval.SignedQuery(g.link(jo), approvaltest.Key)+"x", approval.CodeInvalidLink)
	g.fake.KeyErr, g.fake.HangKey, g.fake.Key = nil, false, nil
	g.verify(approval.SignedQuery(g.link(jo), approvaltest.Key), "") // as soon as the key is back
}
