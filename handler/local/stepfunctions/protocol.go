package stepfunctions

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody limits a request in bytes. It leaves room for the largest input, with each character escaped.
const maxBody = 2 << 20

const targetPrefix = "AWSStepFunctions."

// apiError is an error of the API. Its type has the name that AWS gives it.
type apiError struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (e apiError) Error() string { return e.Type + ": " + e.Message }

// invalid returns the error for a member of a request that AWS's service model does not allow.
func invalid(format string, args ...any) apiError {
	return apiError{"ValidationException", "1 validation error detected: " + fmt.Sprintf(format, args...)}
}

// operations are the operations of the API by name.
var operations = map[string]func(s *Service, body []byte) (any, error){
	"StartExecution":    operation((*Service).startExecution),
	"DescribeExecution": operation((*Service).describeExecution),
	"ListExecutions":    operation((*Service).listExecutions),
	"StopExecution":     operation((*Service).stopExecution),
}

// operation decodes the body of a request for do. It refuses members that the local run does not know.
func operation[In, Out any](do func(*Service, In) (Out, error)) func(*Service, []byte) (any, error) {
	return func(s *Service, body []byte) (any, error) {
		var in In
		if err := decode(body, &in); err != nil {
			return nil, apiError{"SerializationException", "The local run cannot read the request: " + err.Error()}
		}
		return do(s, in)
	}
}

// ServeHTTP implements the AWS JSON 1.0 protocol. It does not check signatures.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.call(r.Header.Get("X-Amz-Target"), http.MaxBytesReader(w, r.Body, maxBody))
	status := http.StatusOK
	if err != nil {
		known := apiError{"InternalFailure", err.Error()}
		errors.As(err, &known)
		out, status = known, http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", rand.Text())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the client may be gone
}

func (s *Service) call(target string, requestBody io.Reader) (any, error) {
	name, ok := strings.CutPrefix(target, targetPrefix)
	do := operations[name]
	if !ok || do == nil {
		return nil, apiError{"UnknownOperationException", fmt.Sprintf("The local run has no operation %q.", target)}
	}
	body, err := io.ReadAll(requestBody)
	if err != nil {
		return nil, apiError{"SerializationException", "The local run cannot read the request: " + err.Error()}
	}
	return do(s, body)
}

// epoch returns a time as AWS JSON 1.0 encodes it: seconds since 1970.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
