package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/history"
	"approval-workflow/handler/statemachine"
)

// Clicks share the account's quota of calls that read a history, which are about 20 a second after a burst of 300. So all but the
// first requests are read with a pause.
const (
	burst = 100
	pause = 100 * time.Millisecond
)

// request is an open request. It has no task token and no link.
type request struct {
	Name      string    `json:"name"`
	ARN       string    `json:"executionArn"`
	StartedAt time.Time `json:"startedAt"`
	approval.Progress
}

// workflow is a deployed workflow.
type workflow struct {
	stateMachine  string // its ARN
	stepFunctions *sfn.Client
	functions     *lambda.Client
}

func newWorkflow(config aws.Config, stateMachine arn.ARN) workflow {
	return workflow{stateMachine.String(), sfn.NewFromConfig(config), lambda.NewFromConfig(config)}
}

// open returns the open requests, those that expire first at the beginning. If it cannot read some of them, it returns the others
// and an error. If AWS refuses a call, it returns nil and an error.
func (w workflow) open(ctx context.Context) ([]request, error) {
	approvers, err := w.approvers(ctx)
	if err != nil {
		return nil, err
	}
	executions, err := w.running(ctx)
	if err != nil {
		return nil, err
	}
	requests, problems := []request{}, []error(nil)
	for i, execution := range executions {
		if i >= burst {
			time.Sleep(pause)
		}
		state, err := history.Read(ctx, w.stepFunctions, aws.ToString(execution.ExecutionArn))
		name := visible(aws.ToString(execution.Name))
		switch {
		case errors.As(err, new(*smithy.OperationError)):
			return nil, fmt.Errorf("read the history of %s: %w", name, err)
		case err != nil:
			problems = append(problems, fmt.Errorf("read the history of %s: %w", name, err))
		case state.Status == approval.StatusWaiting || state.Status == approval.StatusMoving: // it has not ended in the meantime
			requests = append(requests, request{
				Name: name, ARN: aws.ToString(execution.ExecutionArn), StartedAt: aws.ToTime(execution.StartDate).UTC(),
				Progress: approvers.Progress(state),
			})
		}
	}
	slices.SortStableFunc(requests, byEnd)
	return requests, errors.Join(problems...)
}

// byEnd orders requests by the time when they expire. That of a request is unknown while no task waits.
func byEnd(a, b request) int {
	if a.OpenUntil.IsZero() != b.OpenUntil.IsZero() {
		return b.OpenUntil.Compare(a.OpenUntil)
	}
	return cmp.Or(a.OpenUntil.Compare(b.OpenUntil), a.StartedAt.Compare(b.StartedAt))
}

// visible shows the characters of a name that hide text or change its direction. Nothing has checked it before the first task.
func visible(name string) string { return strings.Trim(strconv.QuoteToGraphic(name), `"`) }

func (w workflow) running(ctx context.Context) ([]types.ExecutionListItem, error) {
	var executions []types.ExecutionListItem
	pages := sfn.NewListExecutionsPaginator(w.stepFunctions, &sfn.ListExecutionsInput{
		StateMachineArn: aws.String(w.stateMachine), StatusFilter: types.ExecutionStatusRunning,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list executions: %w", err)
		}
		executions = append(executions, page.Executions...)
	}
	return executions, nil
}

// approvers returns who is in which group now. The function decides by it, and has it in its environment.
func (w workflow) approvers(ctx context.Context) (approval.Config, error) {
	machine, err := w.stepFunctions.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(w.stateMachine)})
	if err != nil {
		return approval.Config{}, fmt.Errorf("describe state machine: %w", err)
	}
	name, err := statemachine.Function(aws.ToString(machine.Definition))
	if err != nil {
		return approval.Config{}, fmt.Errorf("read %s: %w", w.stateMachine, err)
	}
	function, err := w.functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(name)})
	if err != nil {
		return approval.Config{}, fmt.Errorf("get function configuration: %w", err)
	}
	var variables map[string]string
	if function.Environment != nil {
		variables = function.Environment.Variables
	}
	addresses := strings.Split(variables["APPROVERS"], ",")
	approvers, groups, err := approval.ParseGroups(addresses, variables["GROUPS"])
	if err != nil || slices.Contains(addresses, "") {
		return approval.Config{}, fmt.Errorf("the environment of %s does not say who approves. Is there another version of this "+
			"program? Use that of the deployment", name)
	}
	return approval.Config{Approvers: approvers, Groups: groups}, nil
}
