package asl

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// resultPath says where a state puts its result into its input. A nil resultPath replaces the input by the result.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html
type resultPath string

// resultPathSyntax matches $.name. The language also has deeper paths, "$" and null.
var resultPathSyntax = regexp.MustCompile(`^\$\.[A-Za-z_][A-Za-z0-9_]*$`)

func (p *resultPath) check() error {
	if p != nil && !resultPathSyntax.MatchString(string(*p)) {
		return fmt.Errorf("ResultPath: %q is not a known path", *p)
	}
	return nil
}

// apply returns the output of a state. It fails for an input that has no place for the result.
func (p *resultPath) apply(state string, input, result json.RawMessage) (json.RawMessage, error) {
	if p == nil {
		return result, limit(state, result)
	}
	var object map[string]json.RawMessage // stays nil for null
	if json.Unmarshal(input, &object) != nil || object == nil {
		return nil, &Error{Name: errResultPathMatchFailure, Cause: fmt.Sprintf(
			"The state '%s' cannot put its result at %s: its input is not an object.", state, *p)}
	}
	object[strings.TrimPrefix(string(*p), "$.")] = result
	output, err := encode(object)
	if err != nil {
		return nil, err
	}
	return output, limit(state, output)
}
