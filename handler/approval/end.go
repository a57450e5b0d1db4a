package approval

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// End is the end of an execution, as the event of Step Functions describes it.
// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
type End struct {
	// Execution is the execution.
	Execution WaitingExecution
	// EndedAt is when it ended.
	EndedAt time.Time
	// Status is how it ended. Error and Cause say why, if it did not succeed.
	Status       Status
	Error, Cause string
	// Input and Output are those of the execution, or empty if the event leaves them out because they are large.
	Input  json.RawMessage
	Output string
}

// ParseEnd decodes an event about the end of an execution. Its error quotes nothing of the event.
func ParseEnd(event []byte) (End, error) {
	var decoded struct {
		Source     string
		DetailType string `json:"detail-type"`
		Detail     struct {
			ExecutionARN                string
			Name, Status, Input, Output string
			Error, Cause                string
			StartDate, StopDate         int64 // milliseconds since 1970
		}
	}
	if err := json.Unmarshal(event, &decoded); err != nil {
		return End{}, invalidEnd(describe(err))
	}
	detail := decoded.Detail
	end := End{
		Execution: WaitingExecution{ARN: detail.ExecutionARN, Name: detail.Name, StartedAt: time.UnixMilli(detail.StartDate).UTC()},
		EndedAt:   time.UnixMilli(detail.StopDate).UTC(),
		Status:    Status(detail.Status), Error: detail.Error, Cause: detail.Cause,
		Output: detail.Output,
	}
	if json.Valid([]byte(detail.Input)) {
		end.Input = json.RawMessage(detail.Input)
	}
	_, err := stateMachineName(detail.ExecutionARN)
	switch {
	case decoded.Source != "aws.states" || decoded.DetailType != "Step Functions Execution Status Change":
		return End{}, invalidEnd("it is not from Step Functions")
	case err != nil || !ValidName(detail.Name):
		return End{}, invalidEnd("it names no execution")
	case !end.Status.ended() || detail.StartDate <= 0 || detail.StopDate <= 0:
		return end, invalidEnd("the execution has not ended")
	}
	return end, nil
}

func invalidEnd(problem string) error {
	return &Error{Code: CodeInvalidEvent, Message: "The event is not about the end of an execution: " + problem + "."}
}

// ended reports whether an execution with this status has ended.
func (s Status) ended() bool {
	return s == StatusSucceeded || s == StatusFailed || s == StatusTimedOut || s == StatusAborted
}

// Outcomes says which of the people who were asked get an e-mail when an execution has ended.
type Outcomes string

// The values of Outcomes.
const (
	OutcomesNone     Outcomes = "none"
	OutcomesDeciders Outcomes = "deciders" // whoever decided gets a receipt
	OutcomesAll      Outcomes = "all"      // everybody else learns how it ended
)

// ParseOutcomes returns a value of [Outcomes]. Its error is a [*SettingError].
func ParseOutcomes(text string) (Outcomes, error) {
	switch outcomes := Outcomes(text); outcomes {
	case OutcomesNone, OutcomesDeciders, OutcomesAll:
		return outcomes, nil
	}
	return "", &SettingError{
		Problem: fmt.Sprintf("%q is not one of none, deciders (who get a receipt) and all (who were asked)", text), Suggestion: string(OutcomesDeciders),
	}
}

// Reported says what [Service.Report] did.
type Reported struct {
	// Notices is the number of notices that were sent.
	Notices int
	// HistoryErr says why the notices have only what the event says, if the history could not be read.
	HistoryErr error
}

// Report e-mails how an execution has ended: to those who decided and were asked, as the configuration says, to the topic of
// outcomes, and to the operators if it failed. An event may come twice, and so may the e-mails. Nothing of this can change a
// decision. Its error is always an [*Error].
func (s *Service) Report(ctx context.Context, end End) (Reported, error) {
	execution, err := s.ports.Executions.Read(ctx, end.Execution.ref())
	token := execution.Request.TaskToken
	if unavailable(err) {
		return Reported{}, sendCodes.classify(err, token)
	}
	switch {
	case err != nil:
		execution = Execution{}
	case !execution.Status.ended():
		return Reported{}, &Error{Code: CodeNotificationUnavailable, Err: errors.New("the history does not show the end yet")}
	}
	notices := s.notices(end.complete(execution), end)
	reported := Reported{Notices: len(notices), HistoryErr: token.redact(err)}
	err = firstToReport(sideBySide(notices, func(n Notice) error { return s.ports.Notifier.Announce(ctx, n) }))
	return reported, sendCodes.classify(err, token)
}

// complete returns an execution with what the event says. Its history has more: the approvals before a rejection, and an input of any
// size. The event is enough if the history could not be read, or is that of another execution with the same name.
func (e End) complete(execution Execution) Execution {
	if !execution.isOf(Link{Execution: e.Execution.ref()}) {
		execution = Execution{Request: Request{Execution: e.Execution, Input: e.Input}}
	}
	execution.Status = e.Status
	execution.Error, execution.Cause = cmp.Or(e.Error, execution.Error), cmp.Or(e.Cause, execution.Cause)
	if e.Output != "" {
		execution.Output = e.Output
	}
	return execution
}

// notices returns what is sent about an execution that has ended.
func (s *Service) notices(execution Execution, end End) []Notice {
	d := s.newReport(execution, end)
	notices := []Notice{d.outcome(AudienceTeam, "")}
	if d.ending.failure {
		notices = append(notices, d.outcome(AudienceOperators, ""))
	}
	deciders := d.deciders()
	if s.config.Outcomes == OutcomesDeciders || s.config.Outcomes == OutcomesAll {
		for _, record := range deciders {
			notices = append(notices, d.receipt(record))
		}
	}
	if s.config.Outcomes == OutcomesAll && !execution.askedNobody() {
		for _, member := range s.config.members(execution.Request.group(d.details)) {
			if !hasDecided(deciders, member) {
				notices = append(notices, d.outcome(AudienceApprover, member))
			}
		}
	}
	return notices
}

// askedNobody reports whether nobody got an e-mail that asks, as far as the execution shows: no task began, or the first one was
// refused for its input or for the number of approvers, which is checked before the e-mails.
func (e Execution) askedNobody() bool {
	first := e.Request.RetryCount == 0 && len(e.Request.Approvals) == 0
	return e.Request.TaskToken == "" || first && (e.Error == string(CodeTooFewApprovers) || e.refusedInput())
}

// refusedInput reports whether the execution ended because of its input. The cause of NotSent is the error of the task.
func (e Execution) refusedInput() bool {
	var refusal struct{ Error string }
	return e.Error == ErrorNotSent && json.Unmarshal([]byte(e.Cause), &refusal) == nil && refusal.Error == string(CodeInvalidRequest)
}
