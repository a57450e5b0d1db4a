package statemachine

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/local/asl"
)

func TestSourceIsJSON(t *testing.T) {
	if !json.Valid([]byte(source)) {
		t.Error("approval.asl.json is not JSON")
	}
}

func ignore(context.Context, []byte) error { return nil }

// TestRender checks that the interpreter accepts the definition: it refuses states that no transition leads to.
func TestRender(t *testing.T) {
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		t.Run(partition, func(t *testing.T) {
			function := "arn:" + partition + ":lambda:eu-west-1:123456789012:function:approval"
			text, err := Render(function, approval.Schedule{IntervalSeconds: 60, PauseSeconds: 1}, 2)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(text, "${") {
				t.Errorf("definition has a placeholder: %s", text)
			}
			if want := `"arn:` + partition + `:states:::lambda:invoke.waitForTaskToken"`; !strings.Contains(text, want) {
				t.Errorf("definition does not contain %s", want)
			}
			if _, err := asl.Parse(text, asl.Resources{Functions: map[string]asl.Function{function: ignore}}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRenderProblems(t *testing.T) {
	_, err := Render("approval", approval.Schedule{}, 0)
	for _, want := range []string{`function ARN "approval"`, "the schedule is empty", "0 approvals are needed"} {
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
