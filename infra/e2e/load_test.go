//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

var loadSize = flag.Int("load", 35, "number of executions that TestEndToEndLoad starts, with about seven clicks each")

// SNS suspends a subscription that gets more than 10 e-mails in a second. So there is time between two starts, and few
// executions send their e-mails at the same time, because cold starts and retries make them wait and then send together.
const (
	startInterval = 150 * time.Millisecond
	maxSending    = 3
)

// TestMain lets the executions of the load test run at the same time. They wait most of the time.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "1000"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// others are the approvers of the group that every other execution asks.
const others = "success+dan@simulator.amazonses.com,success+eve@simulator.amazonses.com,success+fay@simulator.amazonses.com"

// load is a deployed stack with many executions at the same time.
type load struct {
	*gate
	groups  [][]string    // the approvers of the requests that name no group, and those of the group
	timeout time.Duration // of a request
	starts  <-chan time.Time
	sending chan struct{} // limits the executions that send e-mails at the same time
	rounds  chan struct{} // limits the executions that are clicked at the same time
	mu      sync.Mutex
	random  *rand.Rand
}

// TestEndToEndLoad starts many executions, which ask one of two groups of three approvers. They click the links of each several
// times at the same moment, while AWS fails now and then, and two of them have to agree. It checks that every execution ends by
// what was decided, and that the answer to every click is true.
func TestEndToEndLoad(t *testing.T) {
	onlyOnSandbox(t)
	l := newLoad(t, *loadSize)
	start := time.Now()
	t.Run("together", func(t *testing.T) {
		for number := range *loadSize {
			t.Run(fmt.Sprint(number), func(t *testing.T) {
				t.Parallel()
				l.play(t, number)
			})
		}
		t.Run("restart", func(t *testing.T) {
			t.Parallel()
			l.restart(t)
		})
	})
	t.Logf("%d executions in %s", *loadSize, time.Since(start).Round(time.Second))
	checkFaults(t)
	checkDeliveries(t)
	noDeniedCall(t)
}

func newLoad(t *testing.T, size int) *load {
	l := &load{
		gate:    newGate(t, copyTree(t), approverAddresses(t)...),
		timeout: time.Minute + time.Duration(size)*time.Second, // enough to click every link before it expires
		sending: make(chan struct{}, maxSending),
		rounds:  make(chan struct{}, 6),
		random:  rand.New(rand.NewPCG(5, 0)),
	}
	l.pace = time.Tick(25 * time.Millisecond)
	l.set(t, "approvals=2", "timeout="+l.timeout.String())
	l.pulumi(t, "config", "set", "--path", "groups.ops.email", others)
	l.pulumi(t, "config", "set", "--path", "groups.ops.approvals", "2")
	l.up(t)
	l.groups = [][]string{l.approvers, strings.Split(others, ",")}
	l.confirm(t, slices.Concat(l.groups...)...)
	t.Cleanup(func() { clearFaults(t) })
	l.perhaps(t, 1, startingFaults)
	l.starts = time.Tick(startInterval)
	return l
}

// restart changes the configuration of the function while links are clicked, so that it starts again. KMS fails at first.
func (l *load) restart(t *testing.T) {
	time.Sleep(20 * time.Second)
	for range 3 {
		l.perhaps(t, 1, startingFaults)
	}
	aws(t, nil, "lambda", "update-function-configuration", "--function-name", l.output("functionName"), "--timeout", "21")
}

// play starts an execution, clicks its links as planned, some before and some after its end, and checks all of it.
func (l *load) play(t *testing.T, number int) {
	input := fmt.Sprintf(`{"request":%d%s}`, number, []string{"", `,"group":"ops"`}[number%2])
	execution := l.ask(t, number, input)
	approvers := l.groups[number%2]
	emails := l.emails(t, execution, approvers)
	plan := plans[number%len(plans)]
	var clicks []clicked
	for _, round := range plan.rounds {
		l.perhaps(t, 4, continuingFaults)
		clicks = append(clicks, l.round(t, approvers, emails, round, len(clicks))...)
	}
	if plan.ends[0] == "Expired" {
		time.Sleep(l.timeout)
	}
	end := l.wait(t, execution)
	clicks = append(clicks, l.round(t, approvers, emails, plan.late, len(clicks))...)
	if !slices.Contains(plan.ends, endOf(end)) {
		t.Fatalf("end = %s, want one of %v: %s", endOf(end), plan.ends, end.Cause)
	}
	if _, got, _ := end.approvals(); end.Status == "SUCCEEDED" && got != input {
		t.Errorf("input in the output = %s, want %s", got, input)
	}
	kept := l.decisions(t, execution, end)
	check(t, endOf(end), kept, clicks)
	checkTokens(t, execution, len(kept))
}

// ask starts an execution, one of three with a fault, and waits until the function has sent its e-mails.
func (l *load) ask(t *testing.T, number int, input string) (execution string) {
	t.Helper()
	l.sending <- struct{}{}
	defer func() { <-l.sending }()
	<-l.starts
	if number%3 == 0 {
		l.inject(t, sendingFaults[number/3%len(sendingFaults)])
	}
	execution = l.start(t, l.output("stateMachineArn"), "", input)
	l.submitted(t, execution)
	return execution
}

// emails returns the e-mails about an execution by their approvers. Each approver of its group must have one, and nobody else.
func (l *load) emails(t *testing.T, execution string, approvers []string) map[string][]email {
	emails := map[string][]email{}
	for _, m := range sentMails(t) {
		if m.Message.execution() == execution && m.Message.asks() {
			emails[m.To] = append(emails[m.To], m.Message)
		}
	}
	asked := slices.Sorted(maps.Keys(emails))
	if !slices.Equal(asked, approvers) {
		t.Fatalf("e-mails were sent to %v, want %v", asked, approvers)
	}
	return emails
}

// needed is the number of approvers who have to agree in the load test.
const needed = 2

// plans say which links of an execution are clicked, and how the execution may end. The executions use them in turn. An a
// is a click on Ann's approve link, a B is one on Bob's reject link, and so on.
var plans = []struct {
	rounds []string // the clicks of each round come at the same moment
	late   string   // come after the end
	ends   []string // the possible results of endOf
}{
	{nil, "aB", []string{"Expired"}},
	{[]string{"aaa"}, "ab", []string{"Expired"}},
	{[]string{"abcabcabc"}, "aC", []string{"SUCCEEDED"}},
	{[]string{"aaa", "bcabca"}, "AB", []string{"SUCCEEDED"}},
	{[]string{"abcabcCC"}, "abc", []string{"SUCCEEDED", "Rejected"}},
	{[]string{"aa", "AABabc"}, "c", []string{"SUCCEEDED", "Rejected"}},
	{[]string{"ABCABC"}, "aA", []string{"Rejected"}},
}

// clicked is a click and the last answer to it.
type clicked struct {
	approver, path, address string
	status                  int
	body                    struct{ Error, Message string }
	unavailable             int // the number of answers before it that said 503, try again
}

func (c clicked) String() string {
	return fmt.Sprintf("%s by %s from %s, after %d × 503: %d %v", c.path, c.approver, c.address, c.unavailable, c.status, c.body)
}

// round clicks links of an execution at the same moment, some by GET and some by POST, after a number of earlier clicks.
// Each click has an address of its own, by which the record of a decision identifies it. The clicks of an approver use all
// e-mails to the approver.
func (l *load) round(t *testing.T, approvers []string, emails map[string][]email, clicks string, earlier int) []clicked {
	t.Helper()
	l.rounds <- struct{}{}
	defer func() { <-l.rounds }()
	results, now := make([]clicked, len(clicks)), make(chan struct{})
	var group sync.WaitGroup
	for i, c := range clicks {
		l.perhaps(t, 8, decidingFaults)
		from := net.IPv4(127, 0, 1, byte(1+earlier+i)) // Linux has all of 127.0.0.0/8
		path := "/approve"
		if unicode.IsUpper(c) {
			path = "/reject"
		}
		results[i] = clicked{approver: approvers[unicode.ToLower(c)-'a'], path: path, address: from.String()}
		sent := emails[results[i].approver]
		link := sent[i%len(sent)].link(t, path)
		group.Go(func() {
			<-now
			results[i].open(t, from, []string{http.MethodGet, http.MethodPost}[i/2%2], link)
		})
	}
	close(now)
	group.Wait()
	return results
}

// open opens a link, and opens it again while the answer asks for that.
func (c *clicked) open(t *testing.T, from net.IP, method string, link *url.URL) {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
	defer client.CloseIdleConnections()
	for {
		got := sendFrom(t, client, method, link, nil, "")
		c.status, c.body.Error, c.body.Message = got.status, "", ""
		if err := json.Unmarshal([]byte(got.body), &c.body); err != nil {
			t.Errorf("%s: %v", c, err)
			return
		}
		switch {
		case c.status == http.StatusServiceUnavailable && c.body.Error == "Unavailable" && got.header.Get("Retry-After") != "":
			c.unavailable++
		case c.status != http.StatusTooManyRequests: // that is from the API, which did not invoke the function
			return
		}
		time.Sleep(time.Second) // instead of the half minute in Retry-After
	}
}

var (
	sendingFaults = []fault{
		publishFails(0, 503, ""), publishFails(0, 429, "Throttled"), publishFails(0, 500, "").afterCall(),
		listFails(0, 503, ""), listFails(0, 429, "Throttled"),
		invokeFails(429, ""), invokeFails(500, ""), invokeFails(500, "").afterCall(),
	}

	// continuingFaults are those of the invocation after an approval. An execution fails after seven of them, so they must
	// not pile up.
	continuingFaults = sendingFaults[5:]

	decidingFaults = []fault{
		statesFail("SendTaskSuccess", 0, 503, ""), statesFail("SendTaskSuccess", 0, 400, "ThrottlingException"),
		statesFail("SendTaskSuccess", 0, 500, "").afterCall(),
		statesFail("GetExecutionHistory", 0, 503, ""), statesFail("GetExecutionHistory", 0, 400, "ThrottlingException"),
	}

	// startingFaults are those of a function that starts.
	startingFaults = []fault{kmsFails(0, 500, "KMSInternalException"), kmsFails(0, 400, "ThrottlingException")}
)

// perhaps injects one of the faults in one of once calls on average.
func (l *load) perhaps(t *testing.T, once int, kinds []fault) {
	t.Helper()
	if l.randomly(once) == 0 {
		l.inject(t, kinds[l.randomly(len(kinds))])
	}
}

// inject injects a fault up to six times, unless it says how often.
func (l *load) inject(t *testing.T, f fault) {
	t.Helper()
	f.Times = cmp.Or(f.Times, 1+l.randomly(6))
	control(t, http.MethodPost, "faults", f, new(any))
}

// randomly returns a number below another one.
func (l *load) randomly(below int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.random.IntN(below)
}

// checkFaults checks that each operation failed at least once.
func checkFaults(t *testing.T) {
	var injected []fault
	control(t, http.MethodGet, "faults", nil, &injected)
	failed := map[string]int{}
	for _, fault := range injected {
		failed[fault.Operation] += fault.Used
	}
	for _, kind := range slices.Concat(startingFaults, sendingFaults, decidingFaults) {
		if failed[kind.Operation] == 0 {
			t.Errorf("%s never failed, so the test proves too little", kind.Operation)
		}
	}
	t.Logf("calls that failed: %v", failed)
}
