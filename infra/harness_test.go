package infra

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"approval-workflow/handler/approval"
	"approval-workflow/handler/approval/approvaltest"
	"approval-workflow/handler/web"
)

// testArgs has a value for each argument that is not the default.
var testArgs = ApprovalWorkflowArgs{
	Code:   pulumi.NewFileArchive("function.zip"),
	Emails: []string{"ann@example.com", "bob@example.com"},
	Groups: map[string]Group{
		"dba":     {Emails: []string{"dora@example.com", "Bob@example.com", "dan@example.com"}, Approvals: 2},
		"on-call": {Emails: []string{"ann@example.com"}, Approvals: 1},
	},
	Timeout:            time.Hour,
	Reminders:          2,
	Spread:             new(45 * time.Second),
	Approvals:          2,
	Confirm:            true,
	LinkGeneration:     3,
	Domain:             "approvals.example.com",
	CertificateArn:     "arn:aws:acm:eu-west-1:123456789012:certificate/1",
	HostedZoneID:       "Z0ZONE",
	LogRetentionDays:   90,
	Outcomes:           approval.OutcomesAll,
	NotifyEmails:       []string{"team@example.com"},
	AlarmEmails:        []string{"ops@example.com", "on-call@example.com"},
	Dashboard:          true,
	Audit:              true,
	AuditRetentionDays: 731,
	Protect:            true,
	RequestRate:        2.5,
	RequestBurst:       5,
}

// with returns testArgs with a change.
func with(change func(*ApprovalWorkflowArgs)) ApprovalWorkflowArgs {
	args := testArgs
	args.Emails, args.Groups = slices.Clone(args.Emails), maps.Clone(args.Groups)
	change(&args)
	return args
}

// deployed returns the cloud of a program that has created the workflow named approval with testArgs.
func deployed(t *testing.T) *cloud {
	t.Helper()
	return deploy(t, &cloud{partition: "aws"}, testArgs, "approval")
}

// deploy runs a program on a cloud, and returns the cloud. The program creates workflows with the names.
func deploy(t *testing.T, c *cloud, args ApprovalWorkflowArgs, names ...string) *cloud {
	t.Helper()
	args = c.localize(args)
	run(t, c, func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := NewApprovalWorkflow(ctx, name, &args); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// localize returns the arguments with the certificate in the partition of the cloud.
func (c *cloud) localize(args ApprovalWorkflowArgs) ApprovalWorkflowArgs {
	args.CertificateArn = strings.Replace(args.CertificateArn, "arn:aws:", "arn:"+c.partition+":", 1)
	return args
}

// run runs a Pulumi program on a cloud.
func run(t *testing.T, c *cloud, program pulumi.RunFunc) {
	t.Helper()
	setPreview := func(info *pulumi.RunInfo) { info.DryRun = c.preview }
	if err := pulumi.RunErr(program, pulumi.WithMocks("shop", "dev", c), setPreview); err != nil {
		t.Fatal(err)
	}
}

// cloud replaces Pulumi's engine and AWS. It records what a program registers, and returns what AWS would assign.
type cloud struct {
	partition string
	preview   bool // as in pulumi preview, the values that AWS assigns are unknown

	mu        sync.Mutex
	resources []registered
}

// registered is a resource that a program has registered.
type registered struct {
	token, name, parent string
	inputs              map[string]any
	dependsOn           []string // URNs
	retained, protected bool     // on delete
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resources = append(c.resources, registered{
		token:     args.TypeToken,
		name:      args.Name,
		parent:    args.RegisterRPC.GetParent(),
		inputs:    args.Inputs.MapRepl(nil, plain),
		dependsOn: args.RegisterRPC.GetDependencies(),
		retained:  args.RegisterRPC.GetRetainOnDelete(),
		protected: args.RegisterRPC.GetProtect(),
	})
	if c.preview {
		return "", args.Inputs, nil
	}
	state := args.Inputs.Copy()
	for key, value := range c.assigned(args) {
		state[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	_, kind, _ := strings.Cut(args.TypeToken, "/") // such as api:Api
	kind, _, _ = strings.Cut(kind, ":")
	return args.Name + "-" + kind, state, nil
}

func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("call %s: the workflow looks nothing up", args.Token)
}

// assigned returns what AWS and Pulumi's automatic naming add to the inputs of a resource.
func (c *cloud) assigned(args pulumi.MockResourceArgs) map[string]any {
	name := args.Name + "-1234567"
	arn := func(service, resource string) string {
		return fmt.Sprintf("arn:%s:%s:eu-west-1:123456789012:%s", c.partition, service, resource)
	}
	switch args.TypeToken {
	case "aws:sns/topic:Topic":
		return map[string]any{"name": name, "arn": arn("sns", name)}
	case "aws:sns/topicSubscription:TopicSubscription":
		endpoint := args.Inputs["endpoint"].StringValue()
		return map[string]any{
			"pendingConfirmation":          endpoint == "bob@example.com" || endpoint == "on-call@example.com",
			"confirmationWasAuthenticated": endpoint == "cy@example.com",
		}
	case ruleToken:
		return map[string]any{"name": name, "arn": arn("events", "rule/"+name)}
	case logGroupToken:
		return map[string]any{"name": name, "arn": arn("logs", "log-group:"+name)}
	case "aws:iam/role:Role":
		return map[string]any{"name": name, "arn": fmt.Sprintf("arn:%s:iam::123456789012:role/%s", c.partition, name)}
	case "aws:kms/key:Key":
		return map[string]any{"arn": arn("kms", "key/"+name)}
	case functionToken:
		function := arn("lambda", "function:"+name)
		return map[string]any{"name": name, "arn": function, "invokeArn": fmt.Sprintf(
			"arn:%s:apigateway:eu-west-1:lambda:path/2015-03-31/functions/%s/invocations", c.partition, function)}
	case alarmToken:
		return map[string]any{"arn": arn("cloudwatch", "alarm:"+name)}
	case domainToken:
		configuration := args.Inputs["domainNameConfiguration"].Mappable().(map[string]any)
		configuration["targetDomainName"], configuration["hostedZoneId"] = domainTarget, "ZREGIONAL"
		return map[string]any{"domainNameConfiguration": configuration}
	case stateMachineToken:
		return map[string]any{"name": name, "arn": arn("states", "stateMachine:"+name)}
	case "aws:apigatewayv2/api:Api":
		return map[string]any{
			"apiEndpoint":  "https://" + args.Name + "-api.execute-api.eu-west-1.amazonaws.com",
			"executionArn": arn("execute-api", args.Name+"-api"),
		}
	}
	return nil
}

// The types of resources that several tests look for.
const (
	alarmToken        = "aws:cloudwatch/metricAlarm:MetricAlarm"
	domainToken       = "aws:apigatewayv2/domainName:DomainName"
	filterToken       = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	functionToken     = "aws:lambda/function:Function"
	logGroupToken     = "aws:cloudwatch/logGroup:LogGroup"
	ruleToken         = "aws:cloudwatch/eventRule:EventRule"
	stateMachineToken = "aws:sfn/stateMachine:StateMachine"
	subscriptionToken = "aws:sns/topicSubscription:TopicSubscription"
)

// domainTarget is the address that AWS gives to every custom domain.
const domainTarget = "d-1234567890.execute-api.eu-west-1.amazonaws.com"

// plain replaces an archive by its path, and a string that contains a JSON object by the object.
func plain(value resource.PropertyValue) (any, bool) {
	if value.IsArchive() {
		return "archive " + value.ArchiveValue().Path, true
	}
	var object map[string]any
	if value.IsString() && strings.HasPrefix(value.StringValue(), "{") &&
		json.Unmarshal([]byte(value.StringValue()), &object) == nil {
		return object, true
	}
	return nil, false
}

// ofType returns the inputs of the resources of a type, by name.
func (c *cloud) ofType(token string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, r := range c.resources {
		if r.token == token {
			found[r.name] = r.inputs
		}
	}
	return found
}

// only returns the inputs of the only resource of a type.
func (c *cloud) only(t *testing.T, token string) map[string]any {
	t.Helper()
	found := slices.Collect(maps.Values(c.ofType(token)))
	if len(found) != 1 {
		t.Fatalf("%d resources of type %s, want 1", len(found), token)
	}
	return found[0]
}

// find returns the only resource of that name.
func (c *cloud) find(t *testing.T, name string) registered {
	t.Helper()
	named := func(r registered) bool { return r.name == name }
	i := slices.IndexFunc(c.resources, named)
	if i < 0 || slices.ContainsFunc(c.resources[i+1:], named) {
		t.Fatalf("there is not exactly one resource named %s", name)
	}
	return c.resources[i]
}

// childOf reports whether the resource is a child of the workflow of that name.
func (r registered) childOf(workflow string) bool {
	return strings.HasSuffix(r.parent, "::"+componentType+"::"+workflow)
}

// picture returns the children of a component with their inputs, as JSON.
func (c *cloud) picture(t *testing.T, component string) string {
	t.Helper()
	picture := map[string]any{}
	for _, r := range c.resources {
		if r.childOf(component) {
			picture[r.token+" "+r.name] = r.inputs
		}
	}
	return indent(t, picture)
}

// environment returns the environment of the only function.
func (c *cloud) environment(t *testing.T) map[string]string {
	t.Helper()
	environment := map[string]string{}
	for name, value := range c.only(t, functionToken)["environment"].(map[string]any)["variables"].(map[string]any) {
		text, isText := value.(string)
		if !isText { // see plain
			encoded, _ := json.Marshal(value) // it was JSON
			text = string(encoded)
		}
		environment[name] = text
	}
	return environment
}

// states returns the states in the definition of the only state machine.
func (c *cloud) states(t *testing.T) map[string]map[string]any {
	t.Helper()
	definition := c.only(t, stateMachineToken)["definition"].(map[string]any)
	states := map[string]map[string]any{}
	for name, state := range definition["States"].(map[string]any) {
		states[name] = state.(map[string]any)
	}
	return states
}

// taskToken contains every character of base64 that a link would have to escape.
const taskToken = "AAAAKgAAAAIAAAAAAAAAAQ+contract/test+token=="

// payload returns the payload of the task in the deployed definition for an execution named release-42. approvals is the
// JSON of the approvals so far.
func (c *cloud) payload(t *testing.T, approvals string) string {
	t.Helper()
	text := indent(t, c.states(t)["RequestApproval"]["Parameters"].(map[string]any)["Payload"])
	payload := strings.NewReplacer(`.$":`, `":`,
		`"$$.Task.Token"`, `"`+taskToken+`"`,
		`"$$.Execution.Id"`, `"arn:aws:states:eu-west-1:123456789012:execution:approval-1234567:release-42"`,
		`"$$.Execution.Name"`, `"release-42"`,
		`"$$.Execution.StartTime"`, `"2026-11-22T09:30:05.000Z"`,
		`"$$.Execution.Input"`, `{"key": "value"}`,
		`"$.approvals"`, approvals,
		`"$$.State.EnteredTime"`, `"2026-11-22T09:30:05.000Z"`,
		`"$$.State.RetryCount"`, `0`,
	).Replace(text)
	if strings.Contains(payload, "$") {
		t.Fatalf("the payload contains a path that this test does not know: %s", text)
	}
	return payload
}

// decodePolicy decodes a policy that the cloud recorded. It fails if the policy has an element that statement lacks.
func decodePolicy(t *testing.T, recorded any) []statement {
	t.Helper()
	text := indent(t, recorded)
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var document policyDocument
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("policy %s: %v", text, err)
	}
	return document.Statement
}

// indent returns a value as JSON for people.
func indent(t *testing.T, value any) string {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

var update = flag.Bool("update", false, "write the golden files")

// checkGolden compares a text with a golden file.
func checkGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readFile(t, golden), got); diff != "" {
		t.Errorf("%s has changed; if that is intended, run go test ./infra -update (-want +got):\n%s", golden, diff)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// gate is the function's handler with the deployed definition's payload and a fake of AWS.
type gate struct {
	t       *testing.T
	payload string // asks for the approval of ann and bob
	aws     *approvaltest.Fake
	handler http.Handler
	log     bytes.Buffer
}

// newGate returns a gate for the payload of a task.
func newGate(t *testing.T, payload string) *gate {
	g := &gate{t: t, payload: payload, aws: approvaltest.New(testArgs.Emails...)}
	g.configure(testArgs.Emails...)
	return g
}

// configure makes the addresses the approvers.
func (g *gate) configure(approvers ...string) {
	config := approval.Config{APIURL: "https://api.example", Approvers: approvers}
	logger := slog.New(slog.NewJSONHandler(&g.log, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	g.handler = web.NewHandler(approval.NewService(config, g.aws.Ports()), logger)
}

// line serves a request and returns the line of the log about it.
func (g *gate) line(request *http.Request) string {
	g.log.Reset()
	g.handler.ServeHTTP(httptest.NewRecorder(), request)
	return g.log.String()
}

// start starts an execution whose payload has changes, and returns the payload.
func (g *gate) start(oldnew ...string) string {
	g.t.Helper()
	payload := strings.NewReplacer(oldnew...).Replace(g.payload)
	request, err := approval.ParseRequest([]byte(payload))
	if err != nil {
		g.t.Fatal(err)
	}
	g.aws.Start(request)
	return payload
}

// clicked returns a GET of the approve or reject link of an approver's e-mail, by curl.
func (g *gate) clicked(path, approver string) *http.Request {
	g.t.Helper()
	emails := g.aws.Emails()
	i := slices.IndexFunc(emails, func(e approval.Email) bool { return e.To == approver })
	if i < 0 {
		g.t.Fatalf("%s got no e-mail", approver)
	}
	link := map[string]string{"/approve": emails[i].ApproveURL, "/reject": emails[i].RejectURL}[path]
	request := httptest.NewRequest(http.MethodGet, link, nil)
	request.Header.Set("User-Agent", "curl/8.0")
	return request
}
