package stepfunctions

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"approval-workflow/handler/approval"
)

// maxEventData limits the input and the output in an event together in bytes, as JSON encodes them.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
const maxEventData = 248 << 10

// event is what EventBridge sends when the status of an execution has changed.
type event struct {
	Version    string      `json:"version"`
	ID         string      `json:"id"`
	DetailType string      `json:"detail-type"`
	Source     string      `json:"source"`
	Account    string      `json:"account"`
	Time       time.Time   `json:"time"`
	Region     string      `json:"region"`
	Resources  []string    `json:"resources"`
	Detail     eventDetail `json:"detail"`
}

// eventDetail describes the execution. Its times are milliseconds since 1970. What an execution does not have is null.
type eventDetail struct {
	ExecutionArn           string          `json:"executionArn"`
	StateMachineArn        string          `json:"stateMachineArn"`
	Name                   string          `json:"name"`
	Status                 approval.Status `json:"status"`
	StartDate              int64           `json:"startDate"`
	StopDate               int64           `json:"stopDate"`
	Input                  *string         `json:"input"`
	Output                 *string         `json:"output"`
	StateMachineVersionArn *string         `json:"stateMachineVersionArn"`
	StateMachineAliasArn   *string         `json:"stateMachineAliasArn"`
	RedriveCount           int             `json:"redriveCount"`
	RedriveDate            *int64          `json:"redriveDate"`
	RedriveStatus          string          `json:"redriveStatus"`
	RedriveStatusReason    *string         `json:"redriveStatusReason"`
	InputDetails           map[string]bool `json:"inputDetails"`
	OutputDetails          map[string]bool `json:"outputDetails"`
	Error                  *string         `json:"error"`
	Cause                  *string         `json:"cause"`
}

// event returns the event about the end of an execution, as JSON. The caller holds the mutex.
func (e *execution) event() []byte {
	detail := eventDetail{
		ExecutionArn: e.arn, StateMachineArn: StateMachineARN, Name: e.name, Status: e.status,
		StartDate: e.start.UnixMilli(), StopDate: e.stop.UnixMilli(), Error: e.errorName, Cause: e.cause,
	}
	if status, reason := e.redrive(); reason == "" {
		detail.RedriveStatus = status
	} else {
		detail.RedriveStatus, detail.RedriveStatusReason = status, &reason
	}
	detail.Input, detail.Output, detail.InputDetails, detail.OutputDetails = e.eventData()
	return encode(event{
		Version: "0", ID: newUUID(), DetailType: "Step Functions Execution Status Change", Source: "aws.states",
		Account: "000000000000", Time: e.stop.UTC().Truncate(time.Second), Region: "us-east-1", Resources: []string{e.arn}, Detail: detail,
	})
}

// eventData returns the input and the output as an event has them, and whether it has them. The input goes first if both are too
// large together, then the output.
func (e *execution) eventData() (input, output *string, inputDetails, outputDetails map[string]bool) {
	out := 0
	if e.output != nil {
		out = escapedSize(*e.output)
		outputDetails = map[string]bool{"included": out <= maxEventData}
	}
	inputDetails = map[string]bool{"included": escapedSize(e.input)+out <= maxEventData}
	if inputDetails["included"] {
		input = &e.input
	}
	if outputDetails["included"] {
		output = e.output
	}
	return input, output, inputDetails, outputDetails
}

// escapedSize returns how many bytes a text has in JSON, between the quotation marks.
func escapedSize(text string) int { return len(encode(text)) - len(`""`) }

// encode returns a value as JSON, without the escapes for HTML that no event has.
func encode(value any) []byte {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // texts, numbers and times always encode
	}
	return bytes.TrimSuffix(encoded.Bytes(), []byte("\n"))
}

func newUUID() string {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
