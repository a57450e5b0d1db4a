package definition

import (
	"encoding/json"
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
}

type state struct {
	Type, Next, Default string
	End                 bool
	TimeoutSeconds      any
	Error               string
	Choices             []choice
	Catch               []struct {
		ErrorEquals []string
		Next        string
	}
	Retry []struct{ ErrorEquals []string }
}

type choice struct {
	Next string
	And  []comparison
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
	text, err := os.ReadFile("approval.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
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
	if got := states["RequestApproval"].TimeoutSeconds; got != 86400.0 {
		t.Errorf("TimeoutSeconds = %v, want the number 86400", got)
	}
	if !strings.Contains(text, "within 86400 seconds") || !strings.Contains(text, `"FunctionName": "`+testArgs.FunctionArn+`"`) {
		t.Errorf("a value is missing in %s", text)
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
		if state.Type == "Fail" && state.Error != name {
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

// TestErrorNamesAgree holds the definition and the code together: what the definition matches of ours is raised by the
// code, and what the code raises is worth a retry in the definition exactly if its name says so.
func TestErrorNamesAgree(t *testing.T) {
	raised := map[string]bool{ // error name: worth a retry
		string(approval.CodeInvalidRequest):          false,
		string(approval.CodeNotificationRefused):     false,
		string(approval.CodeNotificationUnavailable): true,
	}
	code, err := os.ReadFile("../../handler/approval/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`Code = "(\w+Error)"`).FindAllSubmatch(code, -1) {
		if _, ok := raised[string(match[1])]; !ok {
			t.Errorf("the code raises %s, which is not listed here", match[1])
		}
	}
	ours := regexp.MustCompile(`^\w+$`) // AWS's names have a dot
	_, states := parse(t, source)
	retried := map[string]bool{}
	for _, state := range states {
		for _, retry := range state.Retry {
			for _, name := range retry.ErrorEquals {
				if ours.MatchString(name) {
					retried[name] = true
				}
			}
		}
		for _, catch := range state.Catch {
			for _, name := range catch.ErrorEquals {
				if _, ok := raised[name]; ours.MatchString(name) && !ok {
					t.Errorf("the definition catches %s, which nothing raises", name)
				}
			}
		}
	}
	for name, retry := range raised {
		if retried[name] != retry {
			t.Errorf("%s: retried %t, want %t", name, retried[name], retry)
		}
		delete(retried, name)
	}
	if len(retried) > 0 {
		t.Errorf("the definition retries %v, which nothing raises", slices.Collect(maps.Keys(retried)))
	}
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
