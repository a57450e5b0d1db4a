package approval_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

// end returns what EventBridge says about the end of the execution, at this moment.
func (g *gate) end() approval.End {
	execution := g.execution()
	return approval.End{
		Execution: g.request.Execution, EndedAt: time.Now(), Status: execution.Status, Error: execution.Error, Cause: execution.Cause,
		Input: g.request.Input, Output: execution.Output,
	}
}

// atEnd runs a test with an execution of two approvals that three approvers are asked about, in a workflow that tells those whom the
// outcomes name.
func atEnd(t *testing.T, name string, outcomes approval.Outcomes, test func(*gate)) {
	t.Helper()
	runAtGate(t, name, 2, func(g *gate) {
		g.service = approval.NewService(approval.Config{
			APIURL: approval.TestAPI, Approvers: []string{jo, ed, al}, Outcomes: outcomes, Name: "prod",
		}, g.fake.Ports())
		test(g)
	}, withInput(`{"subject":"Drop orders_2019","requester":"Ann <ann@example.com>","review":"https://example.com/pull/7"}`))
}

// report reports the end and returns who got a notice and what each subject begins with, sorted.
func (g *gate) report(end approval.End) (got []string) {
	g.t.Helper()
	reported, err := g.service.Report(g.limited(), end)
	g.checkCode(err, "")
	for _, notice := range g.fake.Notices() {
		begin, _, _ := strings.Cut(notice.Subject, ": ")
		got = append(got, strings.TrimSpace(string(notice.Audience)+" "+notice.To)+": "+begin)
	}
	if reported.Notices != len(got) || reported.HistoryErr != nil {
		g.t.Errorf("Report() = %+v, want %d notices", reported, len(got))
	}
	slices.Sort(got)
	return got
}

// ends are the ends of executions, with the notices to the team, the operators, those who decided, and the others who were asked.
var ends = map[string]struct {
	happens                     func(*gate)
	everybody, deciders, others []string
}{
	"approved": {func(g *gate) { g.approve(jo, ed) }, []string{"team: Approved"},
		[]string{"approver ed@example.com: You approved", "approver jo@example.com: You approved"}, []string{"approver al@example.com: Approved"}},
	"rejected": {func(g *gate) { g.decide(jo, approval.Reject, "") }, []string{"team: Rejected"},
		[]string{"approver jo@example.com: You rejected"}, []string{"approver al@example.com: Rejected", "approver ed@example.com: Rejected"}},
	"rejected after an approval": {func(g *gate) { g.approve(ed); g.decide(jo, approval.Reject, "") }, []string{"team: Rejected"},
		[]string{"approver ed@example.com: You approved", "approver jo@example.com: You rejected"}, []string{"approver al@example.com: Rejected"}},
	"rejected after the own approval": {func(g *gate) { g.approve(jo); g.decide(jo, approval.Reject, "") }, []string{"team: Rejected"},
		[]string{"approver jo@example.com: You rejected"}, []string{"approver al@example.com: Rejected", "approver ed@example.com: Rejected"}},
	"expired after an approval": {func(g *gate) { g.approve(ed); g.fake.End(release, approval.StatusFailed, "Expired") }, []string{"team: Expired"},
		[]string{"approver ed@example.com: You approved"}, []string{"approver al@example.com: Expired", "approver jo@example.com: Expired"}},
	"withdrawn": {func(g *gate) { g.fake.Stop(release, "Typo") }, []string{"team: Withdrawn"}, nil,
		[]string{"approver al@example.com: Withdrawn", "approver ed@example.com: Withdrawn", "approver jo@example.com: Withdrawn"}},
	"stopped as if it failed": {func(g *gate) { g.fake.End(release, approval.StatusAborted, "Rejected") }, []string{"team: Withdrawn"}, nil,
		[]string{"approver al@example.com: Withdrawn", "approver ed@example.com: Withdrawn", "approver jo@example.com: Withdrawn"}},
	"too few": {func(g *gate) { g.fake.End(release, approval.StatusFailed, "TooFewApproversError") },
		[]string{"operators: Not sent", "team: Not sent"}, nil, nil}, // because nobody was asked
	"too few for a reminder": {func(g *gate) {
		g.fake.Retry(release)
		g.fake.End(release, approval.StatusFailed, "TooFewApproversError")
	},
		[]string{"operators: Not sent", "team: Not sent"}, nil,
		[]string{"approver al@example.com: Not sent", "approver ed@example.com: Not sent", "approver jo@example.com: Not sent"}},
	"too few after an approval": {func(g *gate) { g.approve(ed); g.fake.End(release, approval.StatusFailed, "TooFewApproversError") },
		[]string{"operators: Not sent", "team: Not sent"}, []string{"approver ed@example.com: You approved"},
		[]string{"approver al@example.com: Not sent", "approver jo@example.com: Not sent"}},
	"not sent": {func(g *gate) { g.fake.End(release, approval.StatusFailed, "NotSent") },
		[]string{"operators: Not sent", "team: Not sent"}, nil,
		[]string{"approver al@example.com: Not sent", "approver ed@example.com: Not sent", "approver jo@example.com: Not sent"}},
	"failed": {func(g *gate) { g.fake.End(release, approval.StatusFailed, "States.Runtime") },
		[]string{"operators: Failed", "team: Failed"}, nil,
		[]string{"approver al@example.com: Failed", "approver ed@example.com: Failed", "approver jo@example.com: Failed"}},
	"timed out": {func(g *gate) { g.fake.End(release, approval.StatusTimedOut, "") },
		[]string{"operators: Timed out", "team: Timed out"}, nil,
		[]string{"approver al@example.com: Timed out", "approver ed@example.com: Timed out", "approver jo@example.com: Timed out"}},
}

func (g *gate) approve(approvers ...string) {
	g.t.Helper()
	for _, approver := range approvers {
		g.decide(approver, approval.Approve, "")
	}
}

// TestReport checks who gets a notice about each end.
func TestReport(t *testing.T) {
	for name, test := range ends {
		for outcomes, want := range map[approval.Outcomes][]string{
			approval.OutcomesNone:     test.everybody,
			approval.OutcomesDeciders: slices.Concat(test.everybody, test.deciders),
			approval.OutcomesAll:      slices.Concat(test.everybody, test.deciders, test.others),
		} {
			atEnd(t, name+", "+string(outcomes), outcomes, func(g *gate) {
				test.happens(g)
				slices.Sort(want)
				if diff := cmp.Diff(want, g.report(g.end())); diff != "" {
					g.t.Errorf("notices (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestReportRefusedInput checks that nobody hears of a request that was refused before anybody was asked.
func TestReportRefusedInput(t *testing.T) {
	for refusal, others := range map[string][]string{
		`{"Error":"InvalidRequestError","Cause":"why"}`: {},
		`{"Error":"NotificationRefusedError","Cause":"why"}`: { // some e-mails may have been accepted
			"approver al@example.com: Not sent", "approver ed@example.com: Not sent", "approver jo@example.com: Not sent",
		},
	} {
		atEnd(t, refusal, approval.OutcomesAll, func(g *gate) {
			g.fake.End(release, approval.StatusFailed, "NotSent")
			end := g.end()
			end.Cause = refusal
			want := slices.Concat(others, []string{"operators: Not sent", "team: Not sent"})
			if diff := cmp.Diff(want, g.report(end)); diff != "" {
				g.t.Errorf("notices (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReportOnlyToTheGroup checks that nobody outside the group that was asked hears of the end, except for the team.
func TestReportOnlyToTheGroup(t *testing.T) {
	atTeam(t, "group", `{"group":"leads"}`, func(g *gate) {
		g.service = approval.NewService(approval.Config{
			Approvers: team[""], Groups: map[string][]string{"leads": team["leads"], "dba": team["dba"]}, Outcomes: approval.OutcomesAll,
		}, g.fake.Ports())
		g.decide(lea, approval.Approve, "")
		want := []string{"approver jo@example.com: Approved", "approver lea@example.com: You approved", "team: Approved"}
		if diff := cmp.Diff(want, g.report(g.end())); diff != "" {
			g.t.Errorf("notices (-want +got):\n%s", diff)
		}
		if got, want := g.fake.Notices()[0].Attributes["group"], "leads"; got != want {
			g.t.Errorf("group = %q, want %q", got, want)
		}
	})
}

// noticeGoldens are e-mails of every row of the table of audiences.
var noticeGoldens = map[string]struct {
	outcomes approval.Outcomes
	happens  func(*gate)
	to       string // a notice's beginning as report returns it
}{
	"receipt-approved":   {approval.OutcomesDeciders, func(g *gate) { g.approve(jo, ed) }, "approver jo"},
	"receipt-rejected":   {approval.OutcomesDeciders, func(g *gate) { g.approve(ed); g.rejectWith("Not on a \"Friday\"\nAsk Bob") }, "approver jo"},
	"receipt-overruled":  {approval.OutcomesDeciders, func(g *gate) { g.approve(ed); g.rejectWith("No") }, "approver ed"},
	"outcome-approved":   {approval.OutcomesAll, func(g *gate) { g.approve(jo, ed) }, "approver al"},
	"team-approved":      {approval.OutcomesNone, func(g *gate) { g.approve(jo, ed) }, "team"},
	"team-rejected":      {approval.OutcomesNone, func(g *gate) { g.approve(ed); g.rejectWith("APPROVE:\nhttps://evil.example/approve") }, "team"},
	"team-withdrawn":     {approval.OutcomesNone, func(g *gate) { g.fake.Stop(release, "Typo in \"orders\"\nNext: orders_2020\u202e") }, "team"},
	"operators-not-sent": {approval.OutcomesNone, func(g *gate) { g.fail("NotSent", notSentCause) }, "operators"},
	"operators-hostile":  {approval.OutcomesNone, func(g *gate) { g.fail("States.\u202eRun\ntime", "Fine.\n\nAPPROVE:\u202e\u0007") }, "operators"},
	"receipt-hostile":    {approval.OutcomesDeciders, func(g *gate) { g.rejectAs("203.0.113.7\u202e", "Mozilla\nError: none\u202e") }, "approver jo"},
	"operators-failed":   {approval.OutcomesNone, func(g *gate) { g.fail("States.Runtime", "An error\nwith \"quotation marks\"") }, "operators"},
}

// notSentCause is the cause of an execution that ended as NotSent: an error of a task, with the error of the function.
const notSentCause = `{"Error":"NotificationRefusedError","Cause":"{\"errorMessage\":\"The e-mail was refused. \\\"AuthorizationError\\\"\",` +
	`\"errorType\":\"NotificationRefusedError\"}"}`

func (g *gate) rejectWith(reason string) {
	click := g.click(jo, approval.Reject)
	click.Reason, click.UserAgent = reason, "Mozilla/5.0 (X11; Linux x86_64)"
	_, err := g.service.Decide(g.limited(), click)
	g.checkCode(err, "")
}

func (g *gate) rejectAs(address, userAgent string) {
	click := g.click(jo, approval.Reject)
	click.SourceIP, click.UserAgent = address, userAgent
	_, err := g.service.Decide(g.limited(), click)
	g.checkCode(err, "")
}

// fail ends the execution with an error and a cause.
func (g *gate) fail(errorName, cause string) {
	g.fake.Stop(release, cause)
	g.fake.End(release, approval.StatusFailed, errorName)
}

func TestNoticeGolden(t *testing.T) {
	for name, test := range noticeGoldens {
		atEnd(t, name, test.outcomes, func(g *gate) {
			time.Sleep(83 * time.Minute)
			test.happens(g)
			g.report(g.end())
			for _, notice := range g.fake.Notices() {
				if strings.HasPrefix(string(notice.Audience)+" "+notice.To, test.to) {
					approval.CheckGolden(g.t, "notice-"+name+".golden", "Subject: "+notice.Subject+"\n\n"+notice.Body)
				}
			}
		})
	}
}

// TestNoticesHaveNoSecrets checks that no notice has the task token or a link that decides, also if the execution's own texts quote
// them, and that no error has them either.
func TestNoticesHaveNoSecrets(t *testing.T) {
	for name, test := range ends {
		atEnd(t, name, approval.OutcomesAll, func(g *gate) {
			test.happens(g)
			g.report(g.end())
			for _, notice := range g.fake.Notices() {
				text := notice.Subject + notice.Body + fmt.Sprint(notice.Attributes)
				if strings.Contains(text, string(g.request.TaskToken)) || strings.Contains(text, "signature=") || strings.Contains(text, approval.TestAPI) {
					g.t.Errorf("the notice to %s has a link or the token", notice.Audience)
				}
			}
		})
	}
}

// TestReportAttributes checks what a subscription of the team can filter by.
func TestReportAttributes(t *testing.T) {
	for name, test := range map[string]struct {
		happens func(*gate)
		want    map[string]string
	}{
		"approved": {func(g *gate) { g.approve(jo, ed) }, map[string]string{"status": "SUCCEEDED"}},
		"rejected": {func(g *gate) { g.decide(jo, approval.Reject, "") }, map[string]string{"status": "FAILED", "error": "Rejected"}},
		"stopped":  {func(g *gate) { g.fake.Stop(release, "") }, map[string]string{"status": "ABORTED"}},
		"hostile":  {func(g *gate) { g.fail("A\u202eB", "") }, map[string]string{"status": "FAILED", "error": `A\u202eB`}},
	} {
		atEnd(t, name, approval.OutcomesNone, func(g *gate) {
			test.happens(g)
			g.report(g.end())
			test.want["execution"] = release
			if diff := cmp.Diff(test.want, g.fake.Notices()[0].Attributes); diff != "" {
				g.t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReportWithoutHistory checks that the event is enough if the history is gone, cannot be read, or is that of a later execution with
// the same name. Those who decided are then known only as far as the event says it.
func TestReportWithoutHistory(t *testing.T) {
	for name, lose := range map[string]func(*gate, *approval.End){
		"gone": func(g *gate, _ *approval.End) { g.fake.ReadErr = fmt.Errorf("gone: %w", approval.ErrClosed) },
		"refused": func(g *gate, _ *approval.End) {
			g.fake.ReadErr = fmt.Errorf("%w: %s", errDenied, string(g.execution().Request.TaskToken))
		},
		"another one": func(_ *gate, end *approval.End) {
			end.Execution.StartedAt = end.Execution.StartedAt.Add(-91 * 24 * time.Hour)
		},
		"without a task": func(g *gate, end *approval.End) { g.fake.Reads = []approval.Execution{{Status: end.Status}} },
		"without details": func(g *gate, end *approval.End) {
			g.fake.Reads = []approval.Execution{{Status: end.Status}}
			end.Input, end.Output = nil, ""
		},
	} {
		atEnd(t, name, approval.OutcomesAll, func(g *gate) {
			g.approve(ed)
			g.decide(jo, approval.Reject, "")
			end := g.end()
			lose(g, &end)
			reported, err := g.service.Report(g.limited(), end)
			g.checkCode(err, "")
			if wantErr := g.fake.ReadErr != nil; reported.Notices != 2 || (reported.HistoryErr != nil) != wantErr {
				g.t.Errorf("Report() = %+v, want 2 notices and an error: %t", reported, wantErr)
			}
			if strings.Contains(fmt.Sprint(reported), string(g.execution().Request.TaskToken)) {
				g.t.Error("the error has the token")
			}
			for _, notice := range g.fake.Notices() {
				if notice.Audience == approval.AudienceTeam {
					g.checkTeamNotice(notice, end.Input != nil)
				}
			}
		})
	}
}

func (g *gate) checkTeamNotice(notice approval.Notice, withInput bool) {
	g.t.Helper()
	if got := strings.Contains(notice.Subject, "Rejected: Drop orders_2019"); got != withInput {
		g.t.Errorf("the subject is %q, with the input's: %t", notice.Subject, withInput)
	}
	if !strings.Contains(notice.Body, "\nRejected:   by jo@example.com at ") {
		g.t.Errorf("the notice does not say who rejected:\n%s", notice.Body)
	}
	if got := strings.Contains(notice.Body, "does not have the input"); got == withInput {
		g.t.Errorf("the notice says that the input is missing: %t", got)
	}
}

// TestReportLargeOutput checks that those who approved get their receipts although the event leaves the output out.
func TestReportLargeOutput(t *testing.T) {
	atEnd(t, "large", approval.OutcomesDeciders, func(g *gate) {
		g.approve(jo, ed)
		end := g.end()
		end.Input, end.Output = nil, ""
		want := []string{"approver ed@example.com: You approved", "approver jo@example.com: You approved", "team: Approved"}
		if diff := cmp.Diff(want, g.report(end)); diff != "" {
			g.t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}

// TestNoticeFits checks that the largest notice is one that SNS accepts: as many approvals as possible, each with the longest reason,
// and the longest cause, in characters that are escaped.
func TestNoticeFits(t *testing.T) {
	hidden := strings.Repeat("\U000e0041", approval.MaxReason)
	atEnd(t, "large", approval.OutcomesNone, func(g *gate) {
		for i := range approval.MaxApprovals {
			g.request.Approvals = append(g.request.Approvals, approval.Record{Approver: fmt.Sprintf("a%d@example.com", i), Reason: hidden})
		}
		g.fake.Start(g.request)
		g.fail("States.Runtime", strings.Repeat(hidden, 30))
		g.report(g.end())
		for _, notice := range g.fake.Notices() {
			if len(notice.Body) > 262_144-512 || !strings.HasSuffix(notice.Body, "(The text was cut here. The execution has all of it.)\n") {
				g.t.Errorf("the notice to the %s has %d bytes, or does not say that it was cut", notice.Audience, len(notice.Body))
			}
		}
	})
}

// TestNoticeOfLongSubject checks that the longest subject leaves room for everything else.
func TestNoticeOfLongSubject(t *testing.T) {
	atEnd(t, "long", approval.OutcomesAll, func(g *gate) {
		g.request.Input = []byte(`{"subject":"` + strings.Repeat("A\u202e", 40_000) + `"}`)
		g.fake.Start(g.request)
		g.fail("States.Runtime", "out of memory")
		g.report(g.end())
		for _, notice := range g.fake.Notices() {
			if len(notice.Body) > 8_000 || !strings.Contains(notice.Body, "out of memory") || !strings.Contains(notice.Body, "\nEnded:") {
				g.t.Errorf("the notice to the %s has %d bytes and no end or cause", notice.Audience, len(notice.Body))
			}
		}
	})
}

// TestNoticeToTheRequester checks that the requester, who was not asked, is not told of links.
func TestNoticeToTheRequester(t *testing.T) {
	atEnd(t, "requester", approval.OutcomesAll, func(g *gate) {
		g.request.Input = []byte(`{"requester":"AL@example.com"}`)
		g.fake.Start(g.request)
		g.approve(jo, ed)
		g.report(g.end())
		for _, notice := range g.fake.Notices() {
			if got := strings.Contains(notice.Body, "names you as the requester"); got != (notice.To == al) {
				g.t.Errorf("the notice to %s says that they are the requester: %t", notice.To, got)
			}
			if notice.To == al && strings.Contains(notice.Body, "links") {
				g.t.Error("the requester is told of links")
			}
		}
	})
}

// TestCauseOfAStopStays checks that the cause of a stop is shown as it was written, and that of a failure is unwrapped.
func TestCauseOfAStopStays(t *testing.T) {
	const cause = `{"reason":"No!","cause":"Approved by everybody"}`
	for name, want := range map[string]bool{"stop": true, "failure": false} {
		atEnd(t, name, approval.OutcomesNone, func(g *gate) {
			g.fake.Stop(release, cause)
			if !want {
				g.fake.End(release, approval.StatusFailed, "States.Runtime")
			}
			g.report(g.end())
			if got := strings.Contains(g.fake.Notices()[0].Body, "No!"); got != want {
				g.t.Errorf("the whole cause is shown: %t", got)
			}
		})
	}
}

// TestEventWithoutReason checks that the history says why an execution ended if the event does not.
func TestEventWithoutReason(t *testing.T) {
	atEnd(t, "rejected", approval.OutcomesNone, func(g *gate) {
		g.decide(jo, approval.Reject, "")
		end := g.end()
		end.Error, end.Cause = "", ""
		if diff := cmp.Diff([]string{"team: Rejected"}, g.report(end)); diff != "" {
			g.t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}

// TestNoticeWithoutLongLink checks that a notice has no link in a line that mail systems break.
func TestNoticeWithoutLongLink(t *testing.T) {
	for length, want := range map[int]bool{900: true, 1000: false} {
		atEnd(t, fmt.Sprint(length), approval.OutcomesNone, func(g *gate) {
			g.request.Input = []byte(`{"review":"https://example.com/` + strings.Repeat("x", length) + `"}`)
			g.fake.Start(g.request)
			g.fake.Stop(release, "")
			g.report(g.end())
			if got := strings.Contains(g.fake.Notices()[0].Body, "xxx"); got != want {
				g.t.Errorf("a link of %d characters is in the notice: %t", length, got)
			}
		})
	}
}

// TestReportBeforeHistory checks that an event that comes before the history shows the end is tried again.
func TestReportBeforeHistory(t *testing.T) {
	for _, status := range []approval.Status{approval.StatusMoving, approval.StatusWaiting} {
		atEnd(t, string(status), approval.OutcomesAll, func(g *gate) {
			g.fake.Stop(release, "")
			end := g.end()
			g.fake.End(release, status, "")
			_, err := g.service.Report(g.limited(), end)
			g.checkCode(err, approval.CodeNotificationUnavailable)
			if len(g.fake.Notices()) > 0 {
				g.t.Error("a notice was sent")
			}
		})
	}
}

// TestReportToUnreachable checks that all others get their notice if SNS does not accept one.
func TestReportToUnreachable(t *testing.T) {
	for err, want := range map[error]approval.Code{
		errThrottled: approval.CodeNotificationUnavailable, errDenied: approval.CodeNotificationRefused,
	} {
		atEnd(t, err.Error(), approval.OutcomesAll, func(g *gate) {
			g.approve(jo, ed)
			g.fake.AnnounceErr = func(notice approval.Notice) error {
				if notice.To == ed {
					return err
				}
				return nil
			}
			_, got := g.service.Report(g.limited(), g.end())
			g.checkCode(got, want)
			if len(g.fake.Notices()) != 3 {
				g.t.Errorf("%d notices, want those to the team, jo and al", len(g.fake.Notices()))
			}
		})
	}
}

// TestParseEnd reads recorded events. The input of one is so large that EventBridge left it out.
func TestParseEnd(t *testing.T) {
	for file, want := range map[string]approval.End{
		"event-rejected.json": {
			Execution: approval.WaitingExecution{
				ARN: "arn:aws:states:us-east-1:123456789012:execution:approval-workflow-1234567:release-1.4.3", Name: "release-1.4.3",
				StartedAt: time.UnixMilli(1795688705995).UTC(),
			},
			EndedAt: time.UnixMilli(1795688707114).UTC(), Status: approval.StatusFailed, Error: "Rejected",
			Cause: `{"approver":"bob@example.com","decidedAt":"2026-11-26T10:25:07.08322Z","ageSeconds":1}`,
			Input: json.RawMessage(`{"subject": "Release 1.4.3"}`),
		},
		"event-large.json": {
			Execution: approval.WaitingExecution{
				ARN: "arn:aws:states:us-east-1:123456789012:execution:approval-workflow-1234567:large", Name: "large",
				StartedAt: time.UnixMilli(1795688705995).UTC(),
			},
			EndedAt: time.UnixMilli(1795688707114).UTC(), Status: approval.StatusAborted,
		},
	} {
		event, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := approval.ParseEnd(event)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, end (-want +got):\n%s", file, err, diff)
		}
	}
}

// TestParseEndRefuses checks that other events are refused, and that the error quotes nothing of them.
func TestParseEndRefuses(t *testing.T) {
	event, err := os.ReadFile(filepath.Join("testdata", "event-rejected.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range [][3]string{
		{`"aws.states"`, `"my.app"`, "not from Step Functions"},
		{`Step Functions Execution Status Change`, `Other`, "not from Step Functions"},
		{`"executionArn": "arn:aws:states`, `"executionArn": "arn:aws:sqs`, "names no execution"},
		{`"name": "release-1.4.3"`, `"name": "a b"`, "names no execution"},
		{`"FAILED"`, `"RUNNING"`, "has not ended"},
		{`"FAILED"`, `"WAITING"`, "has not ended"},
		{`1795688707114`, `null`, "has not ended"},
		{`1795688705995`, `-1`, "has not ended"},
		{`1795688705995`, `"` + "S3CRET" + `"`, "has the wrong type"},
		{string(event), `"S3CRET`, "not JSON"},
	} {
		changed := strings.Replace(string(event), test[0], test[1], 1)
		_, err := approval.ParseEnd([]byte(changed))
		if approval.CodeOf(err) != approval.CodeInvalidEvent || !strings.Contains(approval.MessageOf(err), test[2]) ||
			strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("%s: error = %v, want %q in it", test[1], err, test[2])
		}
	}
}

// TestParseOutcomes checks the setting.
func TestParseOutcomes(t *testing.T) {
	for _, text := range []string{"none", "deciders", "all"} {
		if got, err := approval.ParseOutcomes(text); string(got) != text || err != nil {
			t.Errorf("ParseOutcomes(%q) = %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "All", "everybody", "true"} {
		_, err := approval.ParseOutcomes(text)
		if setting, ok := errors.AsType[*approval.SettingError](err); !ok || setting.Suggestion != "deciders" {
			t.Errorf("ParseOutcomes(%q): error = %v, want a suggestion", text, err)
		}
	}
}
