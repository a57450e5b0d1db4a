package stepfunctions

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"approval-workflow/handler/approval"
)

// operations are the operations of the API by name.
var operations = map[string]func(s *Service, body []byte) (any, error){
	"StartExecution":       operation((*Service).startExecution),
	"DescribeExecution":    operation((*Service).describeExecution),
	"ListExecutions":       operation((*Service).listExecutions),
	"StopExecution":        operation((*Service).stopExecution),
	"DescribeStateMachine": operation((*Service).describeStateMachine),
	"ListStateMachines":    operation((*Service).listStateMachines),
}

// operation decodes the body of a request for do. It refuses members that the local run does not know.
func operation[In any](do func(*Service, In) (any, error)) func(*Service, []byte) (any, error) {
	return func(s *Service, body []byte) (any, error) {
		var in In
		if err := decode(body, &in); err != nil {
			return nil, unreadable(err)
		}
		return do(s, in)
	}
}

// maxInput limits the input of an execution in bytes. The operations count all other texts in characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
const maxInput = 262_144

// startInput is a request to start an execution. The local run makes no traces, so it only checks the TraceHeader.
type startInput struct {
	StateMachineArn, Name, Input, TraceHeader *string
}

func (s *Service) startExecution(in startInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	e, err := s.start(cmp.Or(text(in.Name), rand.Text()), cmp.Or(text(in.Input), "{}"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"executionArn": e.arn, "startDate": epoch(e.start)}, nil
}

func (in startInput) check() error {
	err := cmp.Or(checkStateMachine(in.StateMachineArn), checkLength("traceHeader", in.TraceHeader, 0, 256),
		checkLength("name", in.Name, 1, 80))
	notASCII := func(r rune) bool { return r > unicode.MaxASCII }
	switch {
	case err != nil:
		return err
	case strings.ContainsFunc(text(in.TraceHeader), notASCII):
		return invalid("traceHeader", `Member must satisfy regular expression pattern: \p{ASCII}*`)
	case len(text(in.Input)) > maxInput:
		return invalid("input", "Member must have length less than or equal to %d", maxInput)
	case in.Name != nil && !approval.ValidName(*in.Name):
		return apiError{"InvalidName", fmt.Sprintf("Invalid Name: '%s'", *in.Name)}
	case in.Input != nil:
		if err := checkText([]byte(*in.Input)); err != nil {
			return apiError{"InvalidExecutionInput", "Invalid State Machine Execution Input: " + err.Error()}
		}
	}
	return nil
}

// listItem is an execution in the answer of ListExecutions. Nobody can redrive it here.
type listItem struct {
	summary
	RedriveCount int `json:"redriveCount"`
}

// summary is what the API and GET /state say about an execution.
type summary struct {
	ExecutionArn    string          `json:"executionArn"`
	StateMachineArn string          `json:"stateMachineArn"`
	Name            string          `json:"name"`
	Status          approval.Status `json:"status"`
	StartDate       float64         `json:"startDate"`
	StopDate        float64         `json:"stopDate,omitzero"`
}

func (e *execution) summary() summary {
	result := summary{
		ExecutionArn: e.arn, StateMachineArn: StateMachineARN, Name: e.name, Status: e.status, StartDate: epoch(e.start),
	}
	if !e.stop.IsZero() {
		result.StopDate = epoch(e.stop)
	}
	return result
}

type describeInput struct{ ExecutionArn, IncludedData *string }

// description is the answer of DescribeExecution.
type description struct {
	listItem
	Input               *string         `json:"input,omitempty"`
	InputDetails        map[string]bool `json:"inputDetails,omitempty"`
	Output              *string         `json:"output,omitempty"`
	OutputDetails       map[string]bool `json:"outputDetails,omitempty"`
	Error               *string         `json:"error,omitempty"`
	Cause               *string         `json:"cause,omitempty"`
	RedriveStatus       string          `json:"redriveStatus"`
	RedriveStatusReason string          `json:"redriveStatusReason,omitempty"`
}

func (s *Service) describeExecution(in describeInput) (any, error) {
	e, err := s.findChecked(in.ExecutionArn)
	if err := cmp.Or(err, checkEnum("includedData", in.IncludedData, allData, metadataOnly)); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := description{listItem: listItem{summary: e.summary()}, Error: e.errorName, Cause: e.cause}
	answer.RedriveStatus, answer.RedriveStatusReason = e.redrive()
	included := map[string]bool{"included": true}
	if text(in.IncludedData) != metadataOnly {
		answer.Input, answer.InputDetails, answer.Output = &e.input, included, e.output
	}
	if answer.Output != nil {
		answer.OutputDetails = included
	}
	return answer, nil
}

// redrive returns whether Step Functions could redrive an execution, and why not.
func (e *execution) redrive() (status, reason string) {
	if e.status == statusRunning || e.status == approval.StatusSucceeded {
		return "NOT_REDRIVABLE", fmt.Sprintf("Execution is %s and cannot be redriven", e.status)
	}
	return "REDRIVABLE", ""
}

type stopInput struct{ ExecutionArn, Error, Cause *string }

func (s *Service) stopExecution(in stopInput) (any, error) {
	err := cmp.Or(checkLength("error", in.Error, 0, 256), checkLength("cause", in.Cause, 0, 32_768))
	if err != nil {
		return nil, err
	}
	e, err := s.findChecked(in.ExecutionArn)
	if err != nil {
		return nil, err
	}
	return map[string]any{"stopDate": epoch(s.abort(e, in.Error, in.Cause))}, nil
}

// checkLength returns an error unless value is nil or has least to most characters.
func checkLength(member string, value *string, least, most int) error {
	switch length := utf8.RuneCountInString(text(value)); {
	case value != nil && length < least:
		return invalid(member, "Member must have length greater than or equal to %d", least)
	case length > most:
		return invalid(member, "Member must have length less than or equal to %d", most)
	}
	return nil
}

// checkEnum returns an error unless value is nil or one of the values.
func checkEnum(member string, value *string, values ...string) error {
	if value != nil && !slices.Contains(values, *value) {
		return invalid(member, "Member must satisfy enum value set: [%s]", strings.Join(values, ", "))
	}
	return nil
}

// checkARN returns an error unless value is the ARN of a resource of that kind, whose kind is followed by one of these
// numbers of names.
func checkARN(member string, value *string, kind string, names ...int) error {
	if value == nil {
		return invalid(member, "Member must not be null")
	}
	if err := checkLength(member, value, 1, 256); err != nil {
		return err
	}
	parsed, err := arn.Parse(*value)
	if err != nil || parsed.Service != "states" || !strings.HasPrefix(parsed.Resource, kind+":") ||
		!slices.Contains(names, strings.Count(parsed.Resource, ":")) {
		return apiError{"InvalidArn", fmt.Sprintf("Invalid Arn: '%s' is not the ARN of a resource of type %s", *value, kind)}
	}
	return nil
}

// checkStateMachine returns an error for every other state machine, and for a version or an alias of this one.
func checkStateMachine(stateMachineARN *string) error {
	err := checkARN("stateMachineArn", stateMachineARN, "stateMachine", 1, 2)
	if err == nil && *stateMachineARN != StateMachineARN {
		err = apiError{"StateMachineDoesNotExist", fmt.Sprintf(
			"State Machine Does Not Exist: '%s'. The local run has %s.", *stateMachineARN, StateMachineARN)}
	}
	return err
}

// findChecked returns the execution with the ARN in a request.
func (s *Service) findChecked(executionARN *string) (*execution, error) {
	if err := checkARN("executionArn", executionARN, "execution", 2); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(*executionARN); e != nil {
		return e, nil
	}
	return nil, noExecution(*executionARN)
}

func noExecution(arn string) error {
	return apiError{"ExecutionDoesNotExist", fmt.Sprintf("Execution Does Not Exist: '%s'", arn)}
}

// epoch returns a time as AWS JSON 1.0 encodes it: seconds since 1970.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
