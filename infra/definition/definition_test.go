package definition

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/approval"
)

var testArgs = Args{
	Partition:   "aws",
	FunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:approval",
	Timeout:     24 * time.Hour,
	Reminders:   2,
}

type state struct {
	Type, Next, Default string
	Resource            string
	End                 bool
	TimeoutSeconds      any
	Error, Cause        string
	Choices             []choice
	Catch               []struct {
		ErrorEquals []string
		Next        string
	}
	Retry []struct {
		ErrorEquals                  []string
		IntervalSeconds, MaxAttempts any
		BackoffRate                  float64
		JitterStrategy               string
	}
}

type choice struct {
	Next         string
	And          []comparison
	Variable     string
	StringEquals *string
}

type comparison struct {
	Variable     string
	IsPresent    *bool
	StringEquals *string
}

func parse(t *testing.T, text string) (start string, states map[string]state) {
	t.Helper()
	var machine struct {
		StartAt string
		States  map[string]state
	}
	if err := json.Unmarshal([]byte(text), &machine); err != nil {
		t.Fatal(err)
	}
	return machine.StartAt, machine.States
}

func TestSourceIsJSON(t *testing.T) {
	if !json.Valid([]byte(source)) {
		t.Error("approval.asl.json is no JSON")
	}
}

func TestRender(t *testing.T) {
	text, err := Render(testArgs)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "${") {
		t.Error("a placeholder is left")
	}
	_, states := parse(t, text)
	request := states["RequestApproval"]
	if request.TimeoutSeconds != 28799.0 || request.Retry[0].MaxAttempts != 2.0 {
		t.Errorf("waits for %v seconds, %v times more", request.TimeoutSeconds, request.Retry[0].MaxAttempts)
	}
	if !strings.Contains(text, `"FunctionName": "`+testArgs.FunctionArn+`"`) {
		t.Errorf("the function is missing in %s", text)
	}
	if want := "Nobody decided within 23h59m59s (reminders: 2)"; !strings.HasPrefix(states["Expired"].Cause, want) {
		t.Errorf("cause of Expired: %s", states["Expired"].Cause)
	}
}

// TestWaitSplitsTheTimeout: as many equal spans as e-mails, with Retry's interval between them, never longer than the
// timeout.
func TestWaitSplitsTheTimeout(t *testing.T) {
	_, states := parse(t, source)
	if got := states["RequestApproval"].Retry[0]; got.IntervalSeconds != "${Pause}" || got.BackoffRate != 1 {
		t.Errorf("the Retry for reminders waits for %v seconds, times %v", got.IntervalSeconds, got.BackoffRate)
	}
	tests := []struct {
		timeout      time.Duration
		reminders    int
		span, waited time.Duration
		spelled      string
	}{
		{24 * time.Hour, 0, 24 * time.Hour, 24 * time.Hour, "24h"},
		{36*time.Hour + 30*time.Minute, 0, 36*time.Hour + 30*time.Minute, 36*time.Hour + 30*time.Minute, "36h30m"},
		{time.Hour + time.Second, 1, 30 * time.Minute, time.Hour + time.Second, "1h0m1s"},
		{90 * time.Second, 1, 44 * time.Second, 89 * time.Second, "1m29s"},
		{21 * time.Second, 10, time.Second, 21 * time.Second, "21s"},
	}
	for _, test := range tests {
		args := Args{Timeout: test.timeout, Reminders: test.reminders}
		if args.span() != test.span || args.waited() != test.waited || spell(args.waited()) != test.spelled {
			t.Errorf("%s with %d reminders: spans of %s, in all %s", test.timeout, test.reminders, args.span(), spell(args.waited()))
		}
		if err := CheckTimeout(test.timeout, test.reminders); err != nil {
			t.Error(err)
		}
	}
}

func TestRenderFaults(t *testing.T) {
	_, err := Render(Args{Timeout: 1500 * time.Millisecond})
	for _, want := range []string{"partition is empty", "function ARN is empty", "timeout 1.5s is not"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want it to say %q", err, want)
		}
	}
	_, err = render(`{"a":"${Missing}","b":"${Missing} ${Used}"}`, map[string]any{"Used": 1, "Unused": 2})
	want := "render definition: ${Unused} is not in the definition\nno value for ${Missing}"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestRenderEscapes(t *testing.T) {
	got, err := render(`{"a":"${V}","b":"x ${V} y"}`, map[string]any{"V": `say "no" \`})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":"say \"no\" \\","b":"x say \"no\" \\ y"}`
	if got != want {
		t.Errorf("render = %s, want %s", got, want)
	}
}

func TestEveryStateIsReachable(t *testing.T) {
	start, states := parse(t, source)
	checkReachable(t, start, states)
}

func checkReachable(t *testing.T, start string, states map[string]state) {
	t.Helper()
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if name == "" || reached[name] {
			return
		}
		if _, ok := states[name]; !ok {
			t.Errorf("state %q does not exist", name)
		}
		reached[name] = true
		visit(states[name].Next)
		visit(states[name].Default)
		for _, choice := range states[name].Choices {
			visit(choice.Next)
		}
		for _, catch := range states[name].Catch {
			visit(catch.Next)
		}
	}
	visit(start)
	want := slices.Sorted(maps.Keys(states))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(reached))); diff != "" {
		t.Errorf("states (-all +reachable):\n%s", diff)
	}
}

// TestFailsClosed holds the promise that only an approval succeeds: one state ends without failing, and nothing but the
// choice leads there.
func TestFailsClosed(t *testing.T) {
	_, states := parse(t, source)
	for name, state := range states {
		if (state.End || state.Type == "Succeed") && name != "Approved" {
			t.Errorf("%s succeeds", name)
		}
		if state.Type == "Fail" && strings.TrimSuffix(state.Error, "Error") != name {
			t.Errorf("%s fails with the error %q", name, state.Error)
		}
		if state.Next == "Approved" || state.Default == "Approved" {
			t.Errorf("%s leads to Approved without a choice", name)
		}
		for _, catch := range state.Catch {
			if states[catch.Next].Type != "Fail" {
				t.Errorf("%s catches an error and goes on to %s", name, catch.Next)
			}
		}
	}
}

// TestErrorsAgree holds the code and the definition to the table of errors in the README: which there are, whether they
// are worth a retry, and how they end the execution.
func TestErrorsAgree(t *testing.T) {
	type sorted struct{ Retried, Error string }
	documented, defined := map[string]sorted{}, map[string]sorted{}
	readme := readFile(t, "../../README.md")
	row := regexp.MustCompile("(?m)^\\| ((?:`[\\w.]+`(?:, )?)+) \\|.*\\| (no|yes|reminders) \\| `(\\w+)` \\|$")
	for _, match := range row.FindAllStringSubmatch(readme, -1) {
		for name := range strings.SplitSeq(match[1], ", ") {
			documented[strings.Trim(name, "`")] = sorted{match[2], match[3]}
		}
	}
	_, states := parse(t, source)
	for name := range documented {
		defined[name] = sorted{states["RequestApproval"].retried(name), states[states["RequestApproval"].caughtBy(name)].Error}
	}
	if diff := cmp.Diff(documented, defined); diff != "" {
		t.Errorf("errors (-README +definition):\n%s", diff)
	}
	for _, retry := range states["RequestApproval"].Retry {
		for _, name := range retry.ErrorEquals {
			if _, ok := documented[name]; !ok {
				t.Errorf("the README does not tell of %s, which is retried", name)
			}
		}
	}
	raised := regexp.MustCompile(`Code = "(\w+Error)"`).FindAllStringSubmatch(readFile(t, "../../handler/approval/errors.go"), -1)
	if len(raised) < 4 {
		t.Fatalf("the code raises %v only", raised)
	}
	for _, match := range raised {
		got, ok := documented[match[1]]
		if transient := approval.Code(match[1]).Transient(); !ok || (got.Retried == "yes") != transient {
			t.Errorf("the code raises %s, transient: %t; the README: %+v", match[1], transient, got)
		}
	}
}

// retried tells whether the state tries again after an error: no, yes, or for its reminders.
func (s state) retried(name string) string {
	for _, retry := range s.Retry {
		switch {
		case !slices.Contains(retry.ErrorEquals, name):
		case retry.MaxAttempts == "${Reminders}":
			return "reminders"
		case retry.MaxAttempts == 6.0 && retry.BackoffRate == 2 && retry.JitterStrategy == "FULL":
			return "yes"
		default:
			return fmt.Sprintf("unlike the others: %+v", retry)
		}
	}
	return "no"
}

// caughtBy is the state that an error leads to in the end.
func (s state) caughtBy(name string) string {
	for _, catch := range s.Catch {
		if slices.Contains(catch.ErrorEquals, name) || slices.Contains(catch.ErrorEquals, "States.ALL") {
			return catch.Next
		}
	}
	return ""
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDecisionsAgree holds the choice to the two statuses that the code records: each leads to its own end, and anything
// else, a result without a status included, to the Default.
func TestDecisionsAgree(t *testing.T) {
	isPresent := true
	rule := func(status approval.Status, next string) choice {
		equals := string(status)
		return choice{Next: next, And: []comparison{
			{Variable: "$.status", IsPresent: &isPresent}, {Variable: "$.status", StringEquals: &equals},
		}}
	}
	_, states := parse(t, source)
	want := []choice{rule(approval.Approved, "Approved"), rule(approval.Rejected, "Rejected")}
	if diff := cmp.Diff(want, states["Decided?"].Choices); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
	if got := states["Decided?"].Default; got != "Undecided" {
		t.Errorf("Default = %s", got)
	}
}
