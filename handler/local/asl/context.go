package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// visit is one entry of an execution into a state.
type visit struct {
	execution  Execution
	tasks      *Tasks
	state      string
	entered    time.Time
	retryCount int
	token      string // of the attempt, in a task that waits for it
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// contextPaths are the paths into the context object that every state may use.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
var contextPaths = []string{
	"$$.Execution.Id", "$$.Execution.Input", "$$.Execution.Name", "$$.Execution.StartTime",
	"$$.State.EnteredTime", "$$.State.Name", "$$.State.RetryCount",
}

const tokenPath = "$$.Task.Token" //nolint:gosec // not a token

// contextObject returns the context object.
func (v visit) contextObject() (json.RawMessage, error) {
	return encode(map[string]any{
		"Execution": map[string]any{
			"Id":        v.execution.ID,
			"Input":     v.execution.Input,
			"Name":      v.execution.Name,
			"StartTime": v.execution.StartTime.UTC().Format(timeLayout),
		},
		"State": map[string]any{
			"EnteredTime": v.entered.UTC().Format(timeLayout),
			"Name":        v.state,
			"RetryCount":  v.retryCount,
		},
		"Task": map[string]any{"Token": v.token},
	})
}

// encode is json.Marshal without the escapes for HTML, which would count towards the data limit.
func encode(value any) (json.RawMessage, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode data: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
