//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// play starts an execution, follows its plan and waits for its end. Its error lists everything that was wrong.
func (l *load) play(ctx context.Context, number int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*l.timeout)
	defer cancel()
	execution, err := l.start(ctx, number)
	if err != nil {
		return err
	}
	emails, err := l.outbox.about(execution, l.approvers)
	if err != nil {
		return err
	}
	for _, sent := range emails {
		l.tally.add(1, "e-mail: first")
		l.tally.add(len(sent)-1, "e-mail: again")
	}
	plan := plans[number%len(plans)]
	end, clicks, err := l.follow(ctx, plan, execution, emails)
	if err != nil {
		return err
	}
	if !slices.Contains(plan.ends, endOf(end)) {
		return fmt.Errorf("end = %s, want one of %v: %s", endOf(end), plan.ends, awssdk.ToString(end.Cause))
	}
	kept, err := l.decisions(ctx, number, end)
	return errors.Join(err, check(endOf(end), kept, clicks), checkTokens(execution, len(kept)))
}

// follow clicks the links of an execution as planned, some before and some after its end.
func (l *load) follow(
	ctx context.Context, p plan, execution string, emails map[string][]email,
) (end *sfn.DescribeExecutionOutput, clicks []clicked, err error) {
	clients := newClients(maxClicks)
	for _, round := range p.rounds {
		if err := l.faults.perhaps(4, continuingFaults); err != nil {
			return nil, nil, err
		}
		results, err := l.round(ctx, emails, round, clients[len(clicks):])
		if err != nil {
			return nil, nil, err
		}
		clicks = append(clicks, results...)
	}
	if p.ends[0] == "Expired" {
		time.Sleep(l.timeout)
	}
	end, err = l.ended(ctx, execution)
	if err != nil {
		return nil, nil, err
	}
	l.tally.add(1, "execution:", endOf(end))
	results, err := l.round(ctx, emails, p.late, clients[len(clicks):])
	return end, append(clicks, results...), err
}

// start starts an execution and waits for its e-mails. It returns the ARN of the execution.
func (l *load) start(ctx context.Context, number int) (string, error) {
	if err := l.faults.perhaps(3, sendingFaults); err != nil {
		return "", err
	}
	started, err := l.sfn.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &l.stateMachine, Input: awssdk.String(fmt.Sprintf(`{"request":%d}`, number)),
	})
	if err != nil {
		return "", err
	}
	return *started.ExecutionArn, l.sent(ctx, *started.ExecutionArn)
}

// sent waits until the invocation that sends the e-mails has ended.
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
			details := last.ExecutionFailedEventDetails
			return fmt.Errorf("the execution failed before a click: %s: %s", awssdk.ToString(details.Error), awssdk.ToString(details.Cause))
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
