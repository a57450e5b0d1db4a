package stepfunctions

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"
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
func invalid(member, constraint string, args ...any) apiError {
	return apiError{"ValidationException", "1 validation error detected: Value at '" + member + "' failed to satisfy constraint: " +
		fmt.Sprintf(constraint, args...)}
}

func unreadable(err error) apiError {
	return apiError{"SerializationException", "The local run cannot read the request: " + err.Error()}
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
		return nil, unreadable(err)
	}
	return do(s, body)
}

// surrogates matches an escaped backslash, an escaped pair of surrogates, or an escaped surrogate without its other half. The
// last is its group.
var surrogates = regexp.MustCompile(`\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)`)

// checkText returns an error unless text is one JSON value of Unicode characters. encoding/json would put U+FFFD in place of
// anything else, so that an execution would get another input than its requester sent.
func checkText(text []byte) error {
	if !json.Valid(text) {
		return errors.New("it is not one JSON value")
	}
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	for _, match := range surrogates.FindAllSubmatchIndex(text, -1) {
		if start, end := match[2], match[3]; start >= 0 {
			return fmt.Errorf("%s is half a character", text[start:end])
		}
	}
	return nil
}

// decode reads the body of a request into a struct. Its members have the names of the struct's fields with a small first
// letter. It refuses other members, also those that differ only in case, which encoding/json accepts.
func decode(body []byte, in any) error {
	if err := checkText(body); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	for name := range members {
		if !hasMember(reflect.TypeOf(in).Elem(), name) {
			return fmt.Errorf("unknown member %q", name)
		}
	}
	return json.Unmarshal(body, in)
}

func hasMember(known reflect.Type, name string) bool {
	for _, field := range reflect.VisibleFields(known) {
		if !field.Anonymous && name == strings.ToLower(field.Name[:1])+field.Name[1:] {
			return true
		}
	}
	return false
}
