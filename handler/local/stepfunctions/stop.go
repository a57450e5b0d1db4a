package stepfunctions

// The limits of StopExecution in characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
const (
	maxError = 256
	maxCause = 32_768
)

type stopInput struct {
	ExecutionArn, Error, Cause *string
}

type stopOutput struct {
	StopDate float64 `json:"stopDate"`
}

func (s *Service) stopExecution(in stopInput) (stopOutput, error) {
	if err := checkOptional("error", in.Error, maxError); err != nil {
		return stopOutput{}, err
	}
	if err := checkOptional("cause", in.Cause, maxCause); err != nil {
		return stopOutput{}, err
	}
	e, err := s.lookup(in.ExecutionArn)
	if err != nil {
		return stopOutput{}, err
	}
	return stopOutput{epoch(s.abort(e, in.Error, in.Cause))}, nil
}

func checkOptional(member string, value *string, most int) error {
	if value == nil {
		return nil
	}
	return checkLength(member, *value, 0, most)
}
