package approval

import (
	"context"
	"fmt"
	"time"
)

// settleTime limits how long a click waits for the execution after it has accepted the decision.
const settleTime = time.Second

// settle returns what became of a decision after Step Functions accepted it. The execution needs some steps to carry it out,
// and whoever stops it in this time withdraws the request. So settle waits until the execution has ended, but not longer than
// settleTime, and never calls a decision refused that was accepted: without an answer it counts.
func (s *Service) settle(ctx context.Context, link Link, outcome Outcome, result result, schedule Schedule) (Outcome, error) {
	status := s.ended(ctx, link.Execution, result)
	if !result.lost(status) {
		outcome.update(result, schedule)
		return outcome, nil
	}
	outcome.Expires = time.Time{}
	execution, err := s.read(ctx, link, new(backoff))
	if err == nil {
		outcome.View = execution.view(link)
	} else {
		execution = Execution{Status: status}
	}
	return outcome, &Error{Code: execution.closedCode(), Err: fmt.Errorf("after the decision was accepted, the execution ended as %s", status)}
}

// ended returns how the execution has ended, or [StatusMoving] if that is unknown. It does not wait for another round: a
// request that is still open can end in any way later.
func (s *Service) ended(ctx context.Context, ref ExecutionRef, result result) Status {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for between := new(backoff); ; {
		status, err := s.ports.Executions.Ended(ctx, ref)
		if err != nil {
			return StatusMoving
		}
		if status != StatusMoving || result.Status == statusPending || between.pause(ctx) != nil {
			return status
		}
	}
}

// update changes the view to that after the execution accepted the result. Another round waits as long as the first one.
func (o *Outcome) update(result result, schedule Schedule) {
	o.Expires = time.Time{}
	o.Rejection = result.Rejection.shown()
	if result.Approvals != nil {
		o.Approvals = shown(result.Approvals)
	}
	if result.Status == statusPending {
		o.Expires = time.Now().Add(schedule.Duration())
	}
}
