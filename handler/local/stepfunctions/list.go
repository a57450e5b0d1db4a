package stepfunctions

import (
	"cmp"
	"encoding/base64"
	"slices"

	"approval-workflow/handler/approval"
)

// The values of includedData. The second one leaves out what a customer's key may encrypt.
const (
	allData      = "ALL_DATA"
	metadataOnly = "METADATA_ONLY"
)

// pageInput asks for a part of a list.
type pageInput struct {
	MaxResults int
	NextToken  *string
}

func (in pageInput) check() error {
	if in.MaxResults < 0 || in.MaxResults > 1000 {
		return invalid("maxResults", "Member must have value between 0 and 1000")
	}
	return checkLength("nextToken", in.NextToken, 1, 1024)
}

var errToken = apiError{"InvalidToken", "Invalid Token: 'Invalid token'"}

type listInput struct {
	StateMachineArn, StatusFilter, RedriveFilter *string
	pageInput
}

// listExecutions lists the newest executions first. The token of a page is for the last execution of the page before it,
// because other executions may start in between.
func (s *Service) listExecutions(in listInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	token := func(e *execution) string { return base64.RawURLEncoding.EncodeToString([]byte(e.arn)) }
	s.mu.Lock()
	defer s.mu.Unlock()
	older := s.executions
	if in.NextToken != nil {
		last := slices.IndexFunc(older, func(e *execution) bool { return token(e) == *in.NextToken })
		if last < 0 {
			return nil, errToken
		}
		older = older[:last]
	}
	answer := struct {
		Executions []listItem `json:"executions"`
		NextToken  string     `json:"nextToken,omitempty"`
	}{Executions: []listItem{}} // an empty list is [], not null
	var last *execution
	for _, e := range slices.Backward(older) {
		if !in.matches(e) {
			continue
		}
		if len(answer.Executions) == cmp.Or(in.MaxResults, 100) {
			answer.NextToken = token(last)
			break
		}
		answer.Executions, last = append(answer.Executions, listItem{summary: e.summary()}), e
	}
	return answer, nil
}

// matches reports whether an execution passes the filters.
func (in listInput) matches(e *execution) bool {
	return (in.StatusFilter == nil || string(e.status) == *in.StatusFilter) && text(in.RedriveFilter) != "REDRIVEN"
}

// check also refuses the status that only the executions of a Map Run have.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
func (in listInput) check() error {
	const pending = "PENDING_REDRIVE"
	err := cmp.Or(in.pageInput.check(), checkEnum("redriveFilter", in.RedriveFilter, "REDRIVEN", "NOT_REDRIVEN"),
		checkEnum("statusFilter", in.StatusFilter, string(statusRunning), string(approval.StatusSucceeded),
			string(approval.StatusFailed), string(approval.StatusTimedOut), string(approval.StatusAborted), pending),
		checkStateMachine(in.StateMachineArn))
	if err == nil && text(in.StatusFilter) == pending {
		return apiError{"ValidationException", "The statusFilter PENDING_REDRIVE requires mapRunArn, which the local run does not have."}
	}
	return err
}

// stateMachine returns the state machine as both lists and descriptions have it.
func (s *Service) stateMachine() map[string]any {
	return map[string]any{
		"stateMachineArn": StateMachineARN, "name": "approval-workflow", "type": "STANDARD", "creationDate": epoch(s.created)}
}

func (s *Service) listStateMachines(in pageInput) (any, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.NextToken != nil { // the only page has none
		return nil, errToken
	}
	return map[string]any{"stateMachines": []any{s.stateMachine()}}, nil
}

type describeMachineInput struct{ StateMachineArn, IncludedData *string }

func (s *Service) describeStateMachine(in describeMachineInput) (any, error) {
	err := cmp.Or(checkStateMachine(in.StateMachineArn), checkEnum("includedData", in.IncludedData, allData, metadataOnly))
	if err != nil {
		return nil, err
	}
	answer := s.stateMachine()
	answer["status"], answer["definition"] = "ACTIVE", s.machine.Definition()
	if text(in.IncludedData) == metadataOnly {
		answer["definition"] = "{}"
	}
	answer["roleArn"] = "arn:aws:iam::000000000000:role/approval-workflow"
	answer["loggingConfiguration"] = map[string]any{"level": "OFF", "includeExecutionData": false}
	answer["tracingConfiguration"] = map[string]any{"enabled": false}
	answer["encryptionConfiguration"] = map[string]any{"type": "AWS_OWNED_KEY"}
	return answer, nil
}
