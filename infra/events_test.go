package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/google/go-cmp/cmp"
)

const (
	targetToken   = "aws:cloudwatch/eventTarget:EventTarget"
	auditGroup    = "/aws/events/approval"
	auditGroupARN = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/approval-1234567"
)

func TestRules(t *testing.T) {
	c := deployed(t)
	for name, test := range map[string]struct {
		details map[string]any
		target  string
	}{
		"approval--failures": {map[string]any{"status": []any{"FAILED", "TIMED_OUT"}, "error": []any{
			nil, map[string]any{"exists": false}, map[string]any{"anything-but": []any{"Rejected", "Expired"}},
		}}, alarmTopicARN},
		"approval--audit": {map[string]any{"status": []any{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}}, auditGroupARN},
	} {
		test.details["stateMachineArn"] = []any{stateMachineARN}
		want := map[string]any{
			"source": []any{"aws.states"}, "detail-type": []any{"Step Functions Execution Status Change"}, "detail": test.details,
		}
		if diff := cmp.Diff(want, c.ofType(ruleToken)[name]["eventPattern"]); diff != "" {
			t.Errorf("pattern of %s (-want +got):\n%s", name, diff)
		}
		if got := c.ofType(targetToken)[name]["arn"]; got != test.target {
			t.Errorf("target of %s = %v, want %s", name, got, test.target)
		}
	}
	if _, transformed := c.ofType(targetToken)["approval--audit"]["inputTransformer"]; transformed {
		t.Error("the target changes the event of the audit record")
	}
}

// TestFailuresAreTheErrorsOfFailStates checks that the names of the errors that are no failure exist in the definition.
func TestFailuresAreTheErrorsOfFailStates(t *testing.T) {
	states := deployed(t).states(t)
	for _, name := range []string{"Rejected", "Expired"} {
		if states[name]["Error"] != name {
			t.Errorf("the state %s fails with %v, want the error that the rule leaves out", name, states[name]["Error"])
		}
	}
}

// TestFailureMessage checks that each line is a JSON string, as EventBridge requires, and that the cause comes last,
// because it can have several lines.
func TestFailureMessage(t *testing.T) {
	for partition, console := range map[string]bool{"aws": true, "aws-iso": false} {
		template, err := failureMessage(arn.ARN{
			Partition: partition, Service: "states", Region: "eu-west-1", AccountID: "1", Resource: "stateMachine:gate",
		})
		if err != nil {
			t.Fatal(err)
		}
		var line string
		for quoted := range strings.Lines(template) {
			if err := json.Unmarshal([]byte(quoted), &line); err != nil {
				t.Errorf("%s: %q is not a JSON string", partition, quoted)
			}
		}
		if line != "Cause: <cause>" {
			t.Errorf("%s: last line = %q, want the cause", partition, line)
		}
		link := "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/" +
			"arn:aws:states:eu-west-1:1:stateMachine:gate\"\n"
		if got := strings.Contains(template, link); got != console {
			t.Errorf("%s: has the link to the console = %t, want %t:\n%s", partition, got, console, template)
		}
	}
}

func TestNoRulesWithoutOperatorsAndAudit(t *testing.T) {
	args := with(func(a *ApprovalWorkflowArgs) { a.AlarmEmails, a.Audit = nil, false })
	for _, r := range deploy(t, &cloud{partition: "aws"}, args, "approval").resources {
		if r.token == ruleToken || r.name == auditGroup || r.name == "approval--audit" {
			t.Errorf("%s %s was created", r.token, r.name)
		}
	}
}

func TestAuditLogOutlivesTheStack(t *testing.T) {
	c := deployed(t)
	if got := c.find(t, auditGroup).inputs["retentionInDays"]; got != 731.0 {
		t.Errorf("retention = %v days, want AuditRetentionDays", got)
	}
	for _, r := range c.resources {
		if r.retained != (r.name == auditGroup) {
			t.Errorf("%s %s is retained on delete = %t, want %t", r.token, r.name, r.retained, !r.retained)
		}
	}
}

func TestAuditPolicy(t *testing.T) {
	var got []string
	policy := deployed(t).only(t, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
	for _, s := range decodePolicy(t, policy["policyDocument"]) {
		got = append(got, fmt.Sprintf("%s %s %q %s", s.Effect, s.Principal["Service"], s.Action, s.Resource))
	}
	const write = ` ["logs:CreateLogStream" "logs:PutLogEvents"] ` + auditGroupARN + ":*"
	want := []string{"Allow events.amazonaws.com" + write, "Allow delivery.logs.amazonaws.com" + write}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
}

// queried are the fields of recorded events that the queries of README.md display. The inputs of these executions contain an
// approver of their own, whom the queries must not show.
var queried = map[string]map[string]any{
	"audit-approved.json": {
		"detail.name":        "release-1.4.2",
		"approval.decidedAt": []any{"2026-11-26T10:25:04.842805Z", "2026-11-26T10:25:05.092239Z"},
		"approval.approver":  []any{"ann@example.com", "bob@example.com"},
		"approval.reason":    []any{`Checked "all" of it \o/ [ok]`, nil},
	},
	"audit-rejected.json": {
		"detail.name": "release-1.4.3", "rejection.decidedAt": "2026-11-26T10:25:07.08322Z",
		"rejection.approver": "bob@example.com", "rejection.reason": "Not on a \"Friday\"\nAsk Bob",
	},
}

// The commands of the queries that make a field out of another one, or compare it.
var (
	filterCommand = regexp.MustCompile(`filter (\S+) = "(.*)"`)
	parseCommand  = regexp.MustCompile(`fields jsonParse\((\S+)\) as (\w+)`)
	unnestCommand = regexp.MustCompile(`unnest (\S+) into (\w+)`)
	queriedFields = regexp.MustCompile(`(?m)^\| display (.*)$`)
)

// TestReadmeQueriesAuditRecords checks that the queries display these fields, and that recorded events have them.
func TestReadmeQueriesAuditRecords(t *testing.T) {
	_, section, _ := strings.Cut(readFile(t, "README.md"), "\n## Audit record\n")
	section, _, _ = strings.Cut(section, "\n## ")
	queries := regexp.MustCompile("(?s)```\n(filter .*?)```").FindAllString(section, -1)
	if len(queries) != len(queried) {
		t.Fatalf("README.md has the queries %q, want %d", queries, len(queried))
	}
	for i, file := range slices.Sorted(maps.Keys(queried)) {
		event := parseObject(t, readFile(t, "testdata/"+file))
		if filter := filterCommand.FindStringSubmatch(queries[i]); field(event, filter[1]) != any(filter[2]) {
			t.Errorf("%s has %v, and the query has the %s", file, field(event, filter[1]), filter[0])
		}
		if parse := parseCommand.FindStringSubmatch(queries[i]); parse != nil {
			text, _ := field(event, parse[1]).(string)
			event[parse[2]] = parseObject(t, text)
		}
		if unnest := unnestCommand.FindStringSubmatch(queries[i]); unnest != nil {
			event[unnest[2]] = field(event, unnest[1])
		}
		got := map[string]any{}
		for name := range strings.SplitSeq(queriedFields.FindStringSubmatch(queries[i])[1], ", ") {
			got[name] = field(event, name)
		}
		if diff := cmp.Diff(queried[file], got); diff != "" {
			t.Errorf("fields of %s (-want +got):\n%s", file, diff)
		}
	}
}

// field returns the field with a name such as detail.name. Of a list, it returns the field of each object.
func field(event map[string]any, name string) any {
	parent, key, _ := strings.Cut(name, ".")
	switch value := event[parent].(type) {
	case map[string]any:
		return value[key]
	case []any:
		var values []any
		for _, object := range value {
			values = append(values, object.(map[string]any)[key])
		}
		return values
	}
	return nil
}

func parseObject(t *testing.T, text string) (object map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return object
}
