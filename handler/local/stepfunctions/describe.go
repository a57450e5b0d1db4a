package stepfunctions

type describeInput struct {
	ExecutionArn *string
}

// summary is an execution in the answer of ListExecutions.
type summary struct {
	ExecutionArn    string   `json:"executionArn"`
	StateMachineArn string   `json:"stateMachineArn"`
	Name            string   `json:"name"`
	Status          string   `json:"status"`
	StartDate       float64  `json:"startDate"`
	StopDate        *float64 `json:"stopDate,omitempty"`
}

// description is the answer of DescribeExecution.
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

func (s *Service) describeExecution(in describeInput) (description, error) {
	e, err := s.lookup(in.ExecutionArn)
	if err != nil {
		return description{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return description{e.summary(), e.input, e.output, e.errorName, e.cause}, nil
}
