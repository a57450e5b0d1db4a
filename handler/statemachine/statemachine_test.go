package statemachine

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"approval-workflow/handler/approval"
)

func TestRender(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		t.Run(partition, func(t *testing.T) {
			arn := strings.Replace(testFunction, "aws", partition, 1)
			parse(t, arn, day, 0, 2, func(context.Context, []byte) error { return nil })
			text, err := Render(arn, day, 0, 2, nil)
			if err != nil || strings.Contains(text, "${") {
				t.Errorf("definition = %s, error = %v, want one without a placeholder", text, err)
			}
			if function, err := Function(text); err != nil || function != arn {
				t.Errorf("function = %s, error = %v, want %s", function, err, arn)
			}
			if regexp.MustCompile(`"BackoffRate": *\d+[^.\d]`).MatchString(text) {
				t.Error("a BackoffRate is an integer, which AWS's linter refused before April 2025")
			}
			if want := `"arn:` + partition + `:states:::lambda:invoke.waitForTaskToken"`; !strings.Contains(text, want) {
				t.Errorf("definition does not contain %s", want)
			}
		})
	}
}

func TestFunctionOfOthers(t *testing.T) {
	for _, definition := range []string{``, `null`, `[]`, `{"States":{"Other":{}}}`, `{"States":{"RequestApproval":{"Type":"Pass"}}}`} {
		if function, err := Function(definition); err == nil {
			t.Errorf("function of %s = %q, want an error", definition, function)
		}
	}
}

func TestRenderProblems(t *testing.T) {
	_, err := Render("approval", approval.Schedule{}, -time.Second, 0, map[string]int{"a.$": 1, "dba": 0})
	for _, want := range []string{
		`function ARN "approval"`, "the schedule is empty", "spread: -1s is not between 0s and 1h", "0 approvals are needed", `"a.$" is not the name of a group`,
		"0 approvals of the group dba are needed",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want one that contains %q", err, want)
		}
	}
	_, err = render(`{"a":"${Missing}","b":"${Missing} ${Used}"}`, map[string]any{"Used": 1, "Unused": 2})
	want := "render definition: ${Unused} is not in the definition\nno value for ${Missing}"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestRenderEscapes(t *testing.T) {
	got, err := render(`{"a":"${V}","b":"x ${V} y","c":"${N}","d":"${N}s"}`, map[string]any{"V": `say "no" \`, "N": 5})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"a":"say \"no\" \\","b":"x say \"no\" \\ y","c":5,"d":"5s"}`; got != want {
		t.Errorf("render = %s, want %s", got, want)
	}
}

// TestREADMEListsStates also checks that a Fail state has the name of its error. It may leave out the suffix of a Go error.
func TestREADMEListsStates(t *testing.T) {
	for name, state := range readStates(t) {
		if !strings.Contains(readREADME(t), "\n| `"+name+"` | "+state.Type+" | ") {
			t.Errorf("the README does not list state %s as %s", name, state.Type)
		}
		if state.Type == "Fail" && strings.TrimSuffix(state.Error, "Error") != name {
			t.Errorf("state %s fails with the error %s", name, state.Error)
		}
	}
}
