package infra

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	targetToken   = "aws:cloudwatch/eventTarget:EventTarget"
	auditGroup    = "/aws/events/approval"
	functionARN   = "arn:aws:lambda:eu-west-1:123456789012:function:approval-1234567"
	auditGroupARN = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/approval-1234567"
)

func TestRules(t *testing.T) {
	c := deployed(t)
	pattern := map[string]any{
		"source": []any{"aws.states"}, "detail-type": []any{"Step Functions Execution Status Change"}, "detail": map[string]any{
			"status": []any{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}, "stateMachineArn": []any{stateMachineARN},
		},
	}
	for name, target := range map[string]string{"approval--outcomes": functionARN, "approval--audit": auditGroupARN} {
		if diff := cmp.Diff(pattern, c.ofType(ruleToken)[name]["eventPattern"]); diff != "" {
			t.Errorf("pattern of %s (-want +got):\n%s", name, diff)
		}
		got := c.ofType(targetToken)[name]
		if got["arn"] != target {
			t.Errorf("target of %s = %v, want %s", name, got["arn"], target)
		}
		for _, change := range []string{"input", "inputPath", "inputTransformer"} {
			if got[change] != nil {
				t.Errorf("the target of %s changes the event: %s", name, change)
			}
		}
	}
}

// TestKeyRule checks that EventBridge passes an event to the function every hour, as it is: the function knows it by its detail-type.
func TestKeyRule(t *testing.T) {
	c := deployed(t)
	rule, target := c.ofType(ruleToken)["approval--key"], c.ofType(targetToken)["approval--key"]
	if rule["scheduleExpression"] != "rate(1 hour)" || rule["eventPattern"] != nil {
		t.Errorf("rule = %v, want one for each hour", rule)
	}
	if diff := cmp.Diff(map[string]any{"arn": functionARN, "rule": "approval--key-1234567"}, target); diff != "" {
		t.Errorf("target (-want +got):\n%s", diff)
	}
}

// TestRulePermissions checks that EventBridge can invoke the function for its rules only.
func TestRulePermissions(t *testing.T) {
	c := deployed(t)
	for _, name := range []string{"approval--outcomes", "approval--key"} {
		got := c.ofType("aws:lambda/permission:Permission")[name]
		rule := "arn:aws:events:eu-west-1:123456789012:rule/" + name + "-1234567"
		if got["principal"] != "events.amazonaws.com" || got["action"] != "lambda:InvokeFunction" || got["sourceArn"] != rule {
			t.Errorf("permission %s = %v, want one of EventBridge for %s", name, got, rule)
		}
	}
}

func TestNoAuditRule(t *testing.T) {
	args := with(func(a *ApprovalWorkflowArgs) { a.Audit = false })
	for _, r := range deploy(t, &cloud{partition: "aws"}, args, "approval").resources {
		if r.token == ruleToken && r.name != "approval--outcomes" && r.name != "approval--key" || r.name == auditGroup || r.name == "approval--audit" {
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

// queried are the fields of recorded events that the queries in folder audit display. The inputs of these executions contain an
// approver of their own, whom the queries must not show, and whoever stopped one of them claimed that it was rejected.
var queried = map[string]map[string]any{
	"approved": {
		"detail.name": "release-1.4.2", "subject": "Release 1.4.2",
		"approval.decidedAt": []any{"2026-11-26T10:25:04.842805Z", "2026-11-26T10:25:05.092239Z"},
		"approval.approver":  []any{"ann@example.com", "bob@example.com"},
		"approval.reason":    []any{`Checked "all" of it \o/ [ok]`, nil},
	},
	"rejected": {
		"detail.name": "release-1.4.3", "subject": "Release 1.4.3", "rejection.decidedAt": "2026-11-26T10:25:07.08322Z",
		"rejection.approver": "bob@example.com", "rejection.reason": "Not on a \"Friday\"\nAsk Bob",
	},
	"withdrawn": {
		"@timestamp": recordedAt, "detail.name": "release-1.4.5", "subject": "Release 1.4.5", "detail.error": "Rejected",
		"detail.cause": `{"approver":"mallory@example.com"}`,
	},
}

// recordedAt is when the events of the tests were written to the log.
const recordedAt = "2026-11-26 10:25:08.000"

// TestAuditQueries runs each query on each recorded event, also on one without its input, which Step Functions may leave out. Only
// the output of an approved request contains the input too.
func TestAuditQueries(t *testing.T) {
	for name, want := range queried {
		query := readFile(t, "audit/"+name+".txt")
		for recorded := range queried {
			event := parseObject(t, readFile(t, "testdata/audit-"+recorded+".json"))
			event["@timestamp"] = recordedAt
			got := runQuery(t, query, event)
			if recorded != name {
				if got != nil {
					t.Errorf("the query of what was %s finds what was %s", name, recorded)
				}
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			event["detail"].(map[string]any)["input"] = nil
			without := maps.Clone(want)
			if name != "approved" {
				without["subject"] = nil
			}
			if diff := cmp.Diff(without, runQuery(t, query, event)); diff != "" {
				t.Errorf("%s without its input (-want +got):\n%s", name, diff)
			}
		}
		if link := "(" + name + ".txt)"; !strings.Contains(readFile(t, "audit/README.md"), link) {
			t.Errorf("audit/README.md has no link %s", link)
		}
	}
}

// The parts of the commands that the queries have. A field of jsonParse cannot be used in the same command.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-structure-types
var (
	equality      = regexp.MustCompile(`^(\S+) = "(\w+)"$`)
	parsedField   = regexp.MustCompile(`^jsonParse\((\S+)\) as (\w+)$`)
	copiedField   = regexp.MustCompile(`^(\S+) as (\w+)$`)
	unnestCommand = regexp.MustCompile(`^unnest (\S+) into (\w+)$`)
)

// runQuery returns the fields that a query of CloudWatch Logs Insights displays of an event, or nil if it does not find the event.
func runQuery(t *testing.T, query string, event map[string]any) (displayed map[string]any) {
	t.Helper()
	event = maps.Clone(event)
	for command := range strings.SplitSeq(strings.TrimSpace(query), "\n| ") {
		name, rest, _ := strings.Cut(command, " ")
		switch {
		case name == "filter":
			for condition := range strings.SplitSeq(rest, " and ") {
				match := equality.FindStringSubmatch(condition)
				if match == nil || field(event, match[1]) != any(match[2]) {
					return nil
				}
			}
		case name == "fields":
			setFields(t, event, strings.Split(rest, ", "))
		case unnestCommand.MatchString(command):
			match := unnestCommand.FindStringSubmatch(command)
			event[match[2]] = field(event, match[1])
		case name == "display":
			displayed = map[string]any{}
			for name := range strings.SplitSeq(rest, ", ") {
				displayed[name] = field(event, name)
			}
		case command != "sort @timestamp":
			t.Fatalf("the command %q is unknown to this test", command)
		}
	}
	return displayed
}

// setFields adds the fields of a fields command to an event. All of them come from those before the command.
func setFields(t *testing.T, event map[string]any, fields []string) {
	t.Helper()
	before := maps.Clone(event)
	for _, text := range fields {
		if match := parsedField.FindStringSubmatch(text); match != nil {
			event[match[2]] = map[string]any(nil)
			if source, ok := field(before, match[1]).(string); ok {
				event[match[2]] = parseObject(t, source)
			}
		} else if match := copiedField.FindStringSubmatch(text); match != nil {
			event[match[2]] = field(before, match[1])
		} else {
			t.Fatalf("the field %q is unknown to this test", text)
		}
	}
}

// field returns the field with a name such as detail.name. Of a list, it returns the field of each object.
func field(value any, name string) any {
	key, rest, nested := strings.Cut(name, ".")
	switch value := value.(type) {
	case map[string]any:
		if nested {
			return field(value[key], rest)
		}
		return value[key]
	case []any:
		var values []any
		for _, object := range value {
			values = append(values, field(object, name))
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
