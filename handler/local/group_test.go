package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

const (
	dora = "dora@example.com"
	dan  = "dan@example.com"
)

// ofGroups are the flags of a local run whose group dba asks two of three, and on-call asks one of one. Ada is in both lists.
var ofGroups = []string{
	"-approvers", ada + "," + bob, "-group", "dba=" + dora + "," + dan + ",ADA@example.com;approvals=2", "-group", "on-call=" + cleo,
}

func TestGroupUsageErrors(t *testing.T) {
	for value, want := range map[string]string{
		"dba":                                     `"dba" is not NAME=ADDRESSES, such as 'dba=dora@example.com,`,
		ada + "," + bob:                           "is not NAME=ADDRESSES",
		"":                                        `"" is not NAME=ADDRESSES`,
		"=" + ada:                                 `"" is not the name of a group`,
		"d b=" + ada:                              `"d b" is not the name of a group`,
		"dba=":                                    "dba: at least one address is required",
		"dba=;approvals=1":                        "dba: at least one address is required",
		"dba=ada":                                 `dba: "ada" is not an e-mail address`,
		"dba=" + ada + ",ADA@example.com":         `dba: "ADA@example.com" is listed twice`,
		"dba=" + ada + ";" + bob:                  `dba: "bob@example.com" is neither an address after a comma nor approvals=N`,
		"dba=" + ada + ";aprovals=1":              `dba: "aprovals=1" is neither`,
		"dba=" + ada + ";":                        `dba: "" is neither`,
		"dba=" + ada + ";approvals":               "dba: approvals= has no whole number",
		"dba=" + ada + ";approvals=two":           "dba: approvals=two has no whole number",
		"dba=" + ada + ";approvals=1.0":           "dba: approvals=1.0 has no whole number",
		"dba=" + ada + ";approvals=1;x":           "dba: approvals=1;x has no whole number",
		"dba=" + ada + ";approvals=0":             "dba: 0 is not between 1 and the number of approvers (1)",
		"dba=" + ada + ";approvals=2":             "dba: 2 is not between 1 and the number of approvers (1)",
		"dba=" + ada + " " + bob + ";x":           `separates addresses by white space instead of a comma. Use -group 'dba=` + ada + "," + bob + ";x'",
		"on-call=" + bob:                          "on-call: the group is defined twice",
		"dba=" + ada + "," + bob + ";approvals=2": "dba: 8000h0m0s is too long for 2 approvals",
	} {
		args := []string{"-timeout", "8000h", "-group", "on-call=" + ada, "-group", value}
		_, err := parseFlags(args, io.Discard)
		if !errors.As(err, new(usageError)) || !strings.Contains(err.Error(), "-group: ") || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("-group %q: error = %v, want a usage error in one line with %q", value, err, want)
		}
	}
}

// checkMailed checks who got an e-mail about an execution, and which group the mailbox names.
func (r *localRun) checkMailed(executionARN, group string, want ...string) {
	r.t.Helper()
	var got []string
	for _, email := range r.emailsTo("", executionARN, len(want)) {
		got = append(got, email.To)
		if email.Group != group || strings.Contains(email.Body, "Group:      "+group+"\n") != (group != "") {
			r.t.Errorf("the e-mail to %s is for the group %q, want %q, or its text is not", email.To, email.Group, group)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		r.t.Errorf("e-mails to (-want +got):\n%s", diff)
	}
}

// TestGroups runs executions of several groups side by side.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, ofGroups...)
		plain, onCall := r.startExecution(`{}`), r.startExecution(`{"group": "on-call"}`)
		dba := r.startExecution(`{"group": "dba", "subject": "Drop orders_2019"}`)
		r.checkMailed(plain, "", ada, bob)
		r.checkMailed(onCall, "on-call", cleo)
		r.checkMailed(dba, "dba", dora, dan, "ADA@example.com")
		r.click(get, r.link(dan, dba, approval.Approve), 200)
		synctest.Wait()
		want := []shown{
			{"Drop orders_2019", "dba", 2, []string{dora, "ADA@example.com"}, ""},
			{"", "on-call", 1, []string{cleo}, ""}, {"", "", 1, []string{ada, bob}, ""},
		}
		r.checkProgress(want...)
		r.click(get, r.link(dora, dba, approval.Approve), 200)
		r.checkEnd(dba, "", dan, dora)
		want[0].WaitingFor = nil
		r.checkProgress(want...)
		r.checkNoSecrets()
	})
}

// shown is a part of what GET /state says of an execution.
type shown struct {
	Subject, Group  string
	ApprovalsNeeded int
	WaitingFor      []string
	Error           string
}

// checkProgress compares all executions with want, the newest one first.
func (r *localRun) checkProgress(want ...shown) {
	r.t.Helper()
	var got []shown
	r.get("/state", &got)
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("progress (-want +got):\n%s", diff)
	}
}

// refusedGroups are inputs that ask nobody, with what GET /state says at the end and a part of the cause.
var refusedGroups = []struct {
	input string
	want  shown
	cause string
}{
	{`{"group": "dbas"}`, shown{Group: "dbas", Error: "NotSent"}, "group must be one of these strings, or left out: dba, on-call"},
	{`{"group": 5, "subject": "x"}`, shown{Subject: "x", Error: "NotSent"}, "group must be one of these strings"},
	{`{"Group": "dba"}`, shown{ApprovalsNeeded: 1, Error: "NotSent"}, `the key must be \"group\"`},
	{`{"group": "dba", "approvals": 1}`, shown{Group: "dba", ApprovalsNeeded: 2, Error: "NotSent"}, "from 2 to 3"},
	{`{"group": "on-call", "requester": "` + cleo + `"}`, shown{Group: "on-call", ApprovalsNeeded: 1, Error: "TooFewApproversError"},
		"names too few members of this group for this execution: add some, start the local run again with them, and start a new"},
}

func TestRefusedGroups(t *testing.T) {
	for _, test := range refusedGroups {
		synctest.Test(t, func(t *testing.T) {
			r := start(t, ofGroups...)
			arn := r.startNamedExecution("release", test.input)
			r.checkEnd(arn, test.want.Error)
			if cause := aws.ToString(r.describe(arn).Cause); !strings.Contains(strings.ReplaceAll(cause, `\\`, ``), test.cause) {
				t.Errorf("%s: cause = %s, want %q", test.input, cause, test.cause)
			}
			r.checkProgress(test.want)
			what := "Not sent: release [approval-workflow]"
			if test.want.Subject != "" {
				what = "Not sent: " + test.want.Subject + " [approval-workflow]"
			}
			r.checkNotices(arn, []notice{{"failure", toOperators, what}, {"outcome", toTeam, what}})
			if got := r.emails(); len(got) > 2 {
				t.Errorf("%s: %d e-mails", test.input, len(got))
			}
		})
	}
}

// TestWelcomeNamesGroups checks that a newcomer learns of groups, and which there are.
func TestWelcomeNamesGroups(t *testing.T) {
	for want, args := range map[string][]string{
		"With -group " + groupExample:                           nil,
		`"group": "dba" asks 2 of dora@example.com, dan@`:       ofGroups,
		"\n  \"group\": \"on-call\" asks 1 of cleo@example.com": ofGroups,
	} {
		var welcome strings.Builder
		opts, err := parseFlags(args, io.Discard)
		printWelcome(&welcome, "http://127.0.0.1", opts.groups)
		if err != nil || !strings.Contains(welcome.String(), want) {
			t.Errorf("error %v, welcome = %s, want %q", err, welcome.String(), want)
		}
	}
}
