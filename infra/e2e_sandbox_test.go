//go:build e2e

package infra_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
)

type call struct{ Service, Operation, Caller, Resource string }

func deniedCalls(t *testing.T) (denied []call) {
	t.Helper()
	if err := sandbox(http.MethodGet, "calls?denied=true", nil, &denied); err != nil {
		t.Fatal(err)
	}
	return denied
}

// sandbox calls the sandbox's own interface: it sends a JSON object, unless it is nil, and decodes the answer.
func sandbox(method, path string, object, into any) error {
	var body bytes.Buffer
	if object != nil {
		if err := json.NewEncoder(&body).Encode(object); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, os.Getenv("AWS_ENDPOINT_URL")+"/_sandbox/"+path, &body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("sandbox: %s %s: %s", method, path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
