package main

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"approval-workflow/handler/local/stepfunctions"
)

// TestClientErrors checks that the SDK returns its own types for the errors.
func TestClientErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		machine := aws.String(stepfunctions.StateMachineARN)
		_, err := r.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine, Input: aws.String("{")})
		if !errors.As(err, new(*types.InvalidExecutionInput)) {
			t.Errorf("invalid JSON: error = %v, want InvalidExecutionInput", err)
		}
		_, err = r.sfn.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: machine, Name: aws.String("a b")})
		if !errors.As(err, new(*types.InvalidName)) {
			t.Errorf("invalid name: error = %v, want InvalidName", err)
		}
		_, err = r.sfn.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{
			ExecutionArn: aws.String("arn:aws:states:us-east-1:000000000000:execution:approval-workflow:none"),
		})
		if !errors.As(err, new(*types.ExecutionDoesNotExist)) {
			t.Errorf("unknown execution: error = %v, want ExecutionDoesNotExist", err)
		}
	})
}

func TestListAndMailboxOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t)
		if got := r.emails(); got == nil || len(got) != 0 {
			t.Errorf("e-mails = %v, want an empty list", got)
		}
		first := r.startExecution(`1`)
		r.email(first)
		second := r.startExecution(`2`)
		r.email(second)
		out, err := r.sfn.ListExecutions(t.Context(), &sfn.ListExecutionsInput{
			StateMachineArn: aws.String(stepfunctions.StateMachineARN),
		})
		if err != nil {
			t.Fatal(err)
		}
		var arns []string
		for _, e := range out.Executions {
			arns = append(arns, *e.ExecutionArn)
		}
		if diff := cmp.Diff([]string{second, first}, arns); diff != "" {
			t.Errorf("executions (-want +got):\n%s", diff)
		}
		if emails := r.emails(); len(emails) != 2 || emails[1] != r.email(second) {
			t.Errorf("the newest of the %d e-mails is not the last one", len(emails))
		}
	})
}
