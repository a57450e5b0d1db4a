package main

import (
	"strings"
	"testing"
)

// TestClickOnOddInput checks that a link still decides on an execution that started before the function refused such an
// input, or with the deepest one that it accepts.
func TestClickOnOddInput(t *testing.T) {
	inputs := map[string]string{
		"wrong types": `{"subject":5,"message":null,"review":"#7","requester":["jo@example.com"]}`,
		"deepest":     strings.Repeat("[", 9_990) + "1e400" + strings.Repeat("]", 9_990),
	}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			w := newWorkflow(t)
			quoted := func(text string) string { return strings.ReplaceAll(text, `"`, `\"`) }
			history := strings.ReplaceAll(readHistory(t, "waiting"), `\"input\":`+quoted(testInput), `\"input\":`+quoted(input))
			w.history = *parseHistory(t, history)
			click, _ := w.start(t)
			if got := click(); !strings.Contains(got, `"statusCode":200`) || !strings.Contains(history, quoted(input)) {
				t.Errorf("answer = %.500s, want status 200", got)
			}
		})
	}
}
