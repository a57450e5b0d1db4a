package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// workflow is an AWS with an execution that waits for the click in click.json.
type workflow struct {
	history fakeHistory
	key     fakeKMS
	calls   []string // the operations, without the service
}

func (w *workflow) answer(operation, body string) (status int, answer string) {
	_, name, _ := strings.Cut(operation, ".")
	w.calls = append(w.calls, name)
	switch name {
	case "GenerateMac":
		return w.key.answer(operation, body)
	case "GetExecutionHistory":
		return w.history.answer(operation, body)
	case "SendTaskSuccess":
		w.history = *newHistory(w.history.t, "approved")
		w.history.wantEnd = true
	}
	return http.StatusOK, "{}"
}

func newWorkflow(t *testing.T) *workflow {
	return &workflow{history: *newHistory(t, "waiting"), key: fakeKMS{t: t}}
}

// start starts the function there. It returns the answer to each click, and the log so far.
func (w *workflow) start(t *testing.T) (click, log func() string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "log")
	server := httptest.NewServer(answerJSON(t, w.answer))
	t.Cleanup(server.Close)
	handler := startFunction(t, functionEnvironment(server.URL), file)
	read := func(name string) string {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	click = func() string {
		answer, err := handler.Invoke(t.Context(), []byte(read("adapter/testdata/click.json")))
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	return click, func() string { return read(file) }
}

func TestClick(t *testing.T) {
	w := newWorkflow(t)
	click, log := w.start(t)
	if got := click(); !strings.Contains(got, `"statusCode":200`) {
		t.Errorf("answer = %s, want status 200", got)
	}
	want := []string{"GenerateMac", "GetExecutionHistory", "SendTaskSuccess", "GetExecutionHistory"}
	if diff := cmp.Diff(want, w.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if strings.Contains(log(), "start") {
		t.Errorf("log = %s, want nothing about the start", log())
	}
}

// TestStartWithoutKey checks that an error of KMS at the start neither ends the function nor decides anything.
func TestStartWithoutKey(t *testing.T) {
	w := newWorkflow(t)
	w.key.refuse = func() (int, string) { return http.StatusBadRequest, exception("AccessDeniedException") }
	click, log := w.start(t)
	if got := log(); !strings.Contains(got, "WARN") || !strings.Contains(got, "GenerateMac") {
		t.Errorf("log = %s, want a warning about GenerateMac", got)
	}
	if got := click(); !strings.Contains(got, `"statusCode":500`) {
		t.Errorf("answer = %s, want status 500", got)
	}
	w.key.refuse = nil
	if got := click(); !strings.Contains(got, `"statusCode":200`) {
		t.Errorf("answer after the error = %s, want status 200", got)
	}
	want := []string{"GenerateMac", "GenerateMac", "GenerateMac", "GetExecutionHistory", "SendTaskSuccess", "GetExecutionHistory"}
	if diff := cmp.Diff(want, w.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
