package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/awstest"
)

const (
	testKeyARN = "arn:aws:kms:eu-west-1:123456789012:key/1"
	testPrefix = "arn:aws:states:eu-west-1:123456789012:execution:"
)

var testRef = approval.ExecutionRef{StateMachine: "approval-workflow", Name: "release-42"}

// The fakes of AWS that other packages' tests also use.
var newAWS, answerCalls, exception, parseHistory = awstest.Config, awstest.Answer, awstest.Exception, awstest.ParseHistory

// newHistory returns a Step Functions whose execution has a recorded history.
func newHistory(tb testing.TB, name string) *awstest.History {
	return awstest.ReadHistory(tb, "history/testdata/"+name+".json")
}

// newPorts returns the ports that call AWS.
func newPorts(config aws.Config) approval.Ports {
	client := sfn.NewFromConfig(config)
	return approval.Ports{
		Notifier: notifier{
			client: sns.NewFromConfig(config), topicARN: "arn", outcomeTopicARN: "outcomes", alarmTopicARN: "alarms",
		},
		Callback:   callback{client: client},
		Executions: executions{client: client, arnPrefix: testPrefix},
		Keys:       &linkKey{client: kms.NewFromConfig(config), keyARN: testKeyARN, generation: 1},
	}
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(content)
}

// fakeKMS is a KMS with one key. The MAC of the first generation's text is [approvaltest.Key], and every text has another one.
type fakeKMS struct {
	tb    testing.TB
	calls int
	// messages are the texts whose MACs were asked for.
	messages []string
	// refuse is the answer to every call, unless it is nil.
	refuse func() (status int, answer string)
}

// linkKey returns the key of the links that comes from the KMS.
func (f *fakeKMS) linkKey() *linkKey {
	return newPorts(newAWS(answerCalls(f.tb, f.answer))).Keys.(*linkKey)
}

func (f *fakeKMS) answer(operation, body string) (status int, answer string) {
	f.calls++
	if f.refuse != nil {
		return f.refuse()
	}
	var input struct{ Message []byte }
	_ = json.Unmarshal([]byte(body), &input) // the call without a message fails
	want := fmt.Sprintf(`{"KeyId":%q,"MacAlgorithm":"HMAC_SHA_256","Message":%q}`, testKeyARN, encode(string(input.Message)))
	if operation != "TrentService.GenerateMac" || body != want {
		f.tb.Errorf("call = %s %s, want GenerateMac %s", operation, body, want)
	}
	f.messages = append(f.messages, string(input.Message))
	mac := hmac.New(sha256.New, []byte("the key that never leaves KMS"))
	mac.Write(input.Message)
	if string(input.Message) == firstMessage {
		return http.StatusOK, testMAC
	}
	return http.StatusOK, answerOfMAC(string(mac.Sum(nil)))
}

// firstMessage is the text of the first generation. With another text, the links that were sent before an upgrade would not work.
const firstMessage = "approval-workflow link key v1"

// testMAC is the answer of KMS to the text of the first generation.
var testMAC = answerOfMAC(approvaltest.Key)

func answerOfMAC(mac string) string {
	return fmt.Sprintf(`{"KeyId":%q,"Mac":%q,"MacAlgorithm":"HMAC_SHA_256"}`, testKeyARN, encode(mac))
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// workflow is an AWS with an execution that waits for the click in click.json.
type workflow struct {
	history *awstest.History
	key     fakeKMS
	// generation is that of the function's links.
	generation string
	// calls are the operations without the service, and without repetitions: see [direct].
	calls []string
}

func newWorkflow(tb testing.TB, history *awstest.History) *workflow {
	return &workflow{history: history, key: fakeKMS{tb: tb}, generation: "1"}
}

func (w *workflow) answer(operation, body string) (status int, answer string) {
	if operation == "" { // the start opens the connection to Step Functions
		return http.StatusNotFound, ""
	}
	_, name, _ := strings.Cut(operation, ".")
	w.calls = slices.Compact(append(w.calls, name))
	switch name {
	case "GenerateMac":
		return w.key.answer(operation, body)
	case "GetExecutionHistory":
		return w.history.Answer(operation, body)
	}
	return http.StatusOK, "{}"
}

// start starts the function there. It returns the status of the answer to each click, and the log so far.
func (w *workflow) start(t *testing.T) (click func() int, log func() string) {
	t.Helper()
	server := httptest.NewServer(answerCalls(t, w.answer))
	t.Cleanup(server.Close)
	return w.startAt(t, server.URL)
}

// startAt starts the function with an endpoint of AWS.
func (w *workflow) startAt(t *testing.T, endpoint string) (click func() int, log func() string) {
	t.Helper()
	handler, file := startFunction(t, endpoint, w.generation)
	click = func() int {
		answer, err := handler.Invoke(t.Context(), []byte(readFile(t, "adapter/testdata/click.json")))
		var response events.APIGatewayV2HTTPResponse
		if err := errors.Join(err, json.Unmarshal(answer, &response)); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode
	}
	return click, func() string { return readFile(t, file) }
}

// startFunction starts the function in this process, with an endpoint of AWS and a generation of the links. It also returns the
// file with its log.
func startFunction(tb testing.TB, endpoint, generation string) (handler lambda.Handler, log string) {
	tb.Helper()
	environment := maps.Clone(validEnvironment)
	maps.Copy(environment, map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "LINK_GENERATION": generation, "AWS_REGION": "eu-west-1", "CONFIRM": "false",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "test",
	})
	log = filepath.Join(tb.TempDir(), "log")
	file, err := os.Create(log)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = file.Close() })
	stdout := os.Stdout
	defer func() { os.Stdout = stdout }()
	os.Stdout = file // the logger keeps it
	handler, err = newHandler(func(name string) string { return environment[name] })
	if err != nil {
		tb.Fatal(err)
	}
	return handler, log
}

// countConnections counts the connections to a server that has not started yet.
func countConnections(server *httptest.Server) *atomic.Int64 {
	connections := new(atomic.Int64)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	return connections
}

// newAuthority returns a certificate for 127.0.0.1 and aws.test that is its own authority. The length of the serial number moves its name.
func newAuthority(tb testing.TB, name string, serial int64, notAfter time.Time) tls.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{Organization: []string{name}, CommonName: name + " Root CA 1"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: notAfter, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"aws.test"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func encodePEM(kind string, certificate tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: certificate.Certificate[0]}))
}
