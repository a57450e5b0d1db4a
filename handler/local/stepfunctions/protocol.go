package stepfunctions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxBody bounds a request in bytes: the largest input, escaped as JSON in JSON at its worst, and the rest.
const maxBody = 2 << 20

const targetPrefix = "AWSStepFunctions."

// fault is an error of the API: its type, by AWS's own name, and what was wrong.
type fault struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (f fault) Error() string { return f.Type + ": " + f.Message }

// operations are the operations of the API by name.
var operations = map[string]func(s *Service, body []byte) (any, error){
	"StartExecution":    operation((*Service).startExecution),
	"DescribeExecution": operation((*Service).describeExecution),
	"ListExecutions":    operation((*Service).listExecutions),
	"StopExecution":     operation((*Service).stopExecution),
}

// operation decodes the body into what do takes. What the local run does not know it refuses.
func operation[In, Out any](do func(*Service, In) (Out, error)) func(*Service, []byte) (any, error) {
	return func(s *Service, body []byte) (any, error) {
		var in In
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			return nil, fault{"SerializationException", "The request cannot be read here: " + err.Error()}
		}
		return do(s, in)
	}
}

// ServeHTTP answers the AWS JSON 1.0 protocol. Signatures are not checked.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.call(r.Header.Get("X-Amz-Target"), http.MaxBytesReader(w, r.Body, maxBody))
	status := http.StatusOK
	if err != nil {
		failure := fault{"InternalFailure", err.Error()}
		errors.As(err, &failure)
		out, status = failure, http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", newID())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // a client that is gone changes nothing
}

func (s *Service) call(target string, requestBody io.Reader) (any, error) {
	name, ok := strings.CutPrefix(target, targetPrefix)
	do := operations[name]
	if !ok || do == nil {
		return nil, fault{"UnknownOperationException", fmt.Sprintf("The local run has no operation %q.", target)}
	}
	body, err := io.ReadAll(requestBody)
	if err != nil {
		return nil, fault{"SerializationException", "The request cannot be read: " + err.Error()}
	}
	return do(s, body)
}
