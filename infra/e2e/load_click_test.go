//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// approver is a person whose address identifies them in the record of a decision.
type approver struct {
	address string
	client  *http.Client
}

// newApprovers gives each approver a loopback address. Linux has all of 127.0.0.0/8.
func newApprovers(count int) []approver {
	approvers := make([]approver, count)
	for i := range approvers {
		ip := net.IPv4(127, 0, 1, byte(1+i))
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}}
		approvers[i] = approver{ip.String(), &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}}
	}
	return approvers
}

// answer is the last answer to a click.
type answer struct {
	path, address string
	status        int
	body          map[string]string
	unavailable   int // the number of answers before it that said 503, try again
}

func (a answer) String() string {
	return fmt.Sprintf("%s by %s, after %d × 503: %d %v", a.path, a.address, a.unavailable, a.status, a.body)
}

// round clicks links of an e-mail at the same moment, some by GET and some by POST. A different approver clicks each.
func (l *load) round(ctx context.Context, e email, paths []string, approvers []approver) ([]answer, error) {
	l.rounds <- struct{}{}
	defer func() { <-l.rounds }()
	for range paths {
		if err := l.faults.perhaps(6, decidingFaults); err != nil {
			return nil, err
		}
	}
	links := e.links()
	if len(links) != 2 {
		return nil, fmt.Errorf("the e-mail has %d links, want 2", len(links))
	}
	answers, errs := make([]answer, len(paths)), make([]error, len(paths))
	now := make(chan struct{})
	var group sync.WaitGroup
	for i, path := range paths {
		method := []string{http.MethodGet, http.MethodPost}[i/2%2]
		group.Go(func() {
			<-now
			answers[i], errs[i] = l.click(ctx, approvers[i], method, links[path])
		})
	}
	close(now)
	group.Wait()
	return answers, errors.Join(errs...)
}

// click opens a link, and opens it again while the answer asks for that.
func (l *load) click(ctx context.Context, by approver, method string, link *url.URL) (answer, error) {
	a := answer{path: link.Path, address: by.address}
	for {
		retry, err := a.receive(ctx, by, method, link)
		if err != nil {
			return a, fmt.Errorf("%s: %w", a, err)
		}
		l.tally.add(1, "click:", fmt.Sprint(a.status), a.body["error"])
		if !retry {
			return a, nil
		}
		time.Sleep(time.Second) // instead of the half minute in Retry-After
	}
}

// receive opens a link once. It reports whether the answer asks to open it again.
func (a *answer) receive(ctx context.Context, by approver, method string, link *url.URL) (retry bool, err error) {
	request, err := newRequest(method, link)
	if err != nil {
		return false, err
	}
	response, err := by.client.Do(request.WithContext(ctx))
	if err != nil {
		return false, errors.Unwrap(err) // without the URL, which contains the token
	}
	defer response.Body.Close()
	a.status, a.body = response.StatusCode, nil
	if err := json.NewDecoder(response.Body).Decode(&a.body); err != nil {
		return false, err
	}
	if a.status == http.StatusServiceUnavailable && a.body["error"] == "Unavailable" && response.Header.Get("Retry-After") != "" {
		a.unavailable++
		return true, nil
	}
	return a.status == http.StatusTooManyRequests, nil // from the API, which did not invoke the function
}

// clickReplaced opens a link of each e-mail that a newer one replaced.
func (l *load) clickReplaced(ctx context.Context, emails []email) error {
	newest := emails[len(emails)-1]
	for _, e := range emails {
		if e == newest { // the same e-mail may come twice if the answer of SNS got lost
			continue
		}
		answers, err := l.round(ctx, e, []string{"/approve"}, l.approvers)
		if err != nil {
			return err
		}
		if a := answers[0]; a.status != http.StatusGone || a.body["error"] != "Replaced" {
			return fmt.Errorf("link of a replaced e-mail: %s, want 410 Replaced", a)
		}
	}
	return nil
}
