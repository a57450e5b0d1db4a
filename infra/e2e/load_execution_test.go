//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// play starts an execution, follows its plan and waits for its end. Its error lists everything that was wrong.
func (l *load) play(ctx context.Context, number int) error {
	ctx, cancel := context.WithTimeout(ctx, 3*l.timeout)
	defer cancel()
	execution, err := l.start(ctx, number)
	if err != nil {
		return err
	}
	emails, err := l.outbox.about(execution)
	if err != nil {
		return err
	}
	l.tally.add(1, "e-mail: first")
	l.tally.add(len(emails)-1, "e-mail: again")
	replaced := l.clickReplaced(ctx, emails)
	plan := planOf(number)
	end, answers, err := l.decide(ctx, execution, emails[len(emails)-1], plan)
	if err != nil {
		return errors.Join(replaced, err)
	}
	return errors.Join(replaced, plan.check(number, end, answers), checkTokens(execution, end))
}

// decide clicks the links of an e-mail as planned, some before and some after the end of the execution.
func (l *load) decide(ctx context.Context, execution string, e email, p plan) (*sfn.DescribeExecutionOutput, []answer, error) {
	early, err := l.round(ctx, e, p.early, l.approvers)
	if err != nil {
		return nil, nil, err
	}
	if len(p.early) == 0 {
		time.Sleep(l.timeout)
	}
	end, err := l.ended(ctx, execution)
	if err != nil {
		return nil, nil, err
	}
	l.tally.add(1, "execution:", endOf(end))
	late, err := l.round(ctx, e, p.late, l.approvers[len(p.early):])
	return end, append(early, late...), err
}

// start starts an execution and waits for its e-mail. It returns the ARN of the execution.
func (l *load) start(ctx context.Context, number int) (string, error) {
	if err := l.faults.perhaps(3, sendingFaults); err != nil {
		return "", err
	}
	started, err := l.sfn.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &l.stateMachine, Input: awssdk.String(fmt.Sprintf(`{"request": %d}`, number)),
	})
	if err != nil {
		return "", err
	}
	return *started.ExecutionArn, l.sent(ctx, *started.ExecutionArn)
}

// sent waits until the invocation that sends the e-mail has ended. Until then a retry may replace the e-mail.
func (l *load) sent(ctx context.Context, execution string) error {
	for {
		<-l.pace
		history, err := l.sfn.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{
			ExecutionArn: &execution, ReverseOrder: true, MaxResults: 1,
		})
		if err != nil {
			return err
		}
		switch last := history.Events[0]; last.Type {
		case types.HistoryEventTypeTaskSubmitted:
			return nil
		case types.HistoryEventTypeExecutionFailed:
			return fmt.Errorf("the execution failed before a click: %s", awssdk.ToString(last.ExecutionFailedEventDetails.Error))
		}
	}
}

// ended waits for the end of an execution.
func (l *load) ended(ctx context.Context, execution string) (*sfn.DescribeExecutionOutput, error) {
	for {
		<-l.pace
		end, err := l.sfn.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &execution})
		if err != nil {
			return nil, fmt.Errorf("wait for the end: %w", err)
		}
		if end.Status != types.ExecutionStatusRunning {
			return end, nil
		}
	}
}
