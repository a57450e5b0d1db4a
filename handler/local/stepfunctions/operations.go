package stepfunctions

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"approval-workflow/handler/approval"
)

type startInput struct {
	StateMachineArn, Name, Input *string
}

type startOutput struct {
	ExecutionArn string  `json:"executionArn"`
	StartDate    float64 `json:"startDate"`
}

func (s *Service) startExecution(in startInput) (startOutput, error) {
	if err := checkStateMachine(in.StateMachineArn); err != nil {
		return startOutput{}, err
	}
	name, input := newID(), "{}"
	if in.Name != nil {
		name = *in.Name
	}
	if in.Input != nil {
		input = *in.Input
	}
	if err := checkStart(name, input); err != nil {
		return startOutput{}, err
	}
	e, err := s.start(name, input)
	if err != nil {
		return startOutput{}, err
	}
	return startOutput{executionPrefix + name, epoch(e.start)}, nil
}

func checkStart(name, input string) error {
	if err := checkLength("name", name, 1, 80); err != nil {
		return err
	}
	if len(input) > maxInput {
		return fault{"ValidationException", fmt.Sprintf("1 validation error detected: Value at 'input' failed to satisfy "+
			"constraint: Member must have length less than or equal to %d", maxInput)}
	}
	if !approval.ValidName(name) {
		return fault{"InvalidName", fmt.Sprintf("Invalid Name: '%s'", name)}
	}
	if !json.Valid([]byte(input)) {
		return fault{"InvalidExecutionInput", "Invalid State Machine Execution Input: it is not JSON"}
	}
	return nil
}

type executionInput struct {
	ExecutionArn *string
}

// summary is what ListExecutions tells of an execution.
type summary struct {
	ExecutionArn    string   `json:"executionArn"`
	StateMachineArn string   `json:"stateMachineArn"`
	Name            string   `json:"name"`
	Status          string   `json:"status"`
	StartDate       float64  `json:"startDate"`
	StopDate        *float64 `json:"stopDate,omitempty"`
}

type description struct {
	summary
	Input  string  `json:"input"`
	Output *string `json:"output,omitempty"`
	Error  *string `json:"error,omitempty"`
	Cause  *string `json:"cause,omitempty"`
}

func (e *execution) summary() summary {
	result := summary{
		ExecutionArn: executionPrefix + e.name, StateMachineArn: StateMachineARN,
		Name: e.name, Status: e.status, StartDate: epoch(e.start),
	}
	if !e.stop.IsZero() {
		stop := epoch(e.stop)
		result.StopDate = &stop
	}
	return result
}

func (s *Service) describeExecution(in executionInput) (description, error) {
	e, err := s.lookup(in.ExecutionArn)
	if err != nil {
		return description{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return description{e.summary(), e.input, e.output, e.errorName, e.reason}, nil
}

// Describe tells the product how an execution stands. It makes Service an approval.Executions.
func (s *Service) Describe(_ context.Context, reference approval.Reference) (approval.State, error) {
	arn := arnPrefix + "execution:" + reference.Workflow + ":" + reference.Execution
	e, err := s.lookup(&arn)
	if err != nil {
		return approval.State{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := approval.State{Status: e.status, StartedAt: e.start}
	for field, value := range map[*string]*string{&state.Error: e.errorName, &state.Result: cmp.Or(e.output, e.reason)} {
		if value != nil {
			*field = *value
		}
	}
	return state, nil
}

type stopInput struct {
	ExecutionArn, Error, Cause *string
}

type stopOutput struct {
	StopDate float64 `json:"stopDate"`
}

func (s *Service) stopExecution(in stopInput) (stopOutput, error) {
	for _, member := range []struct {
		name  string
		value *string
		limit int
	}{{"error", in.Error, 256}, {"cause", in.Cause, 32_768}} {
		if member.value == nil {
			continue
		}
		if err := checkLength(member.name, *member.value, 0, member.limit); err != nil {
			return stopOutput{}, err
		}
	}
	e, err := s.lookup(in.ExecutionArn)
	if err != nil {
		return stopOutput{}, err
	}
	return stopOutput{epoch(s.abort(e, in.Error, in.Cause))}, nil
}

type listInput struct {
	StateMachineArn, StatusFilter, NextToken *string
	MaxResults                               int
}

type listOutput struct {
	Executions []summary `json:"executions"`
	NextToken  string    `json:"nextToken,omitempty"`
}

// listExecutions lists the newest first. Its next token is the number of the oldest execution so far, so that later
// starts do not shift the pages.
func (s *Service) listExecutions(in listInput) (listOutput, error) {
	if err := checkStateMachine(in.StateMachineArn); err != nil {
		return listOutput{}, err
	}
	if err := checkList(in); err != nil {
		return listOutput{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := len(s.executions)
	if in.NextToken != nil {
		number, err := strconv.Atoi(*in.NextToken)
		if err != nil || number < 1 || number >= next {
			return listOutput{}, fault{"InvalidToken", "Invalid Token: 'Invalid token'"}
		}
		next = number
	}
	limit := 100
	if in.MaxResults > 0 {
		limit = in.MaxResults
	}
	out := listOutput{Executions: []summary{}}
	for next--; next >= 0; next-- {
		if in.StatusFilter != nil && s.executions[next].status != *in.StatusFilter {
			continue
		}
		if len(out.Executions) == limit {
			out.NextToken = strconv.Itoa(next + 1)
			break
		}
		out.Executions = append(out.Executions, s.executions[next].summary())
	}
	return out, nil
}

func checkList(in listInput) error {
	statuses := []string{statusRunning, statusSucceeded, statusFailed, "TIMED_OUT", statusAborted, "PENDING_REDRIVE"}
	if in.StatusFilter != nil && !slices.Contains(statuses, *in.StatusFilter) {
		return fault{"ValidationException", fmt.Sprintf("1 validation error detected: Value '%s' at 'statusFilter' failed to "+
			"satisfy constraint: Member must satisfy enum value set: %s", *in.StatusFilter, statuses)}
	}
	if in.MaxResults < 0 || in.MaxResults > 1000 {
		return fault{"ValidationException", fmt.Sprintf("1 validation error detected: Value '%d' at 'maxResults' failed to "+
			"satisfy constraint: Member must have value between 0 and 1000", in.MaxResults)}
	}
	return nil
}

// epoch is a time as AWS JSON 1.0 writes it: seconds since 1970.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
