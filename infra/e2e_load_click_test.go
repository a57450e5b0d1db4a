//go:build e2e

package infra_test

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

// approver is someone with a browser and an address of their own, by which the record of a decision names them.
type approver struct {
	address string
	client  *http.Client
}

// newApprovers gives each approver a loopback address; Linux has all of 127.0.0.0/8.
func newApprovers(count int) []approver {
	approvers := make([]approver, count)
	for i := range approvers {
		ip := net.IPv4(127, 0, 1, byte(1+i))
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}}
		approvers[i] = approver{ip.String(), &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}}
	}
	return approvers
}

// answer is what a click came to in the end.
type answer struct {
	path, address string
	status        int
	body          map[string]string
	unavailable   int // how many answers before it were 503 and not to be taken for recorded
}

func (a answer) String() string {
	return fmt.Sprintf("%s by %s, after %d × 503: %d %v", a.path, a.address, a.unavailable, a.status, a.body)
}

// round clicks links of an e-mail at the same moment, each by an approver of its own, by GET and by POST.
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
		return nil, fmt.Errorf("the e-mail has %d links", len(links))
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

// click opens a link, and again as long as it is asked to come back.
func (l *load) click(ctx context.Context, by approver, method string, link *url.URL) (answer, error) {
	a := answer{path: link.Path, address: by.address}
	for {
		request, err := newRequest(method, link)
		if err != nil {
			return a, err
		}
		response, err := by.client.Do(request.WithContext(ctx))
		if err != nil {
			return a, fmt.Errorf("%s: %w", a, errors.Unwrap(err)) // without the URL, which holds the token
		}
		a.status, a.body = response.StatusCode, nil
		err = json.NewDecoder(response.Body).Decode(&a.body)
		response.Body.Close()
		if err != nil {
			return a, fmt.Errorf("%s: %w", a, err)
		}
		l.tally.add(1, "click:", fmt.Sprint(a.status), a.body["error"])
		switch {
		case a.status == http.StatusTooManyRequests: // by the API, which did not pass the click on
		case a.status == http.StatusServiceUnavailable && a.body["error"] == "Unavailable" && response.Header.Get("Retry-After") != "":
			a.unavailable++
		default:
			return a, nil
		}
		time.Sleep(time.Second) // rather than the half minute that the answer asks for
	}
}

// clickReplaced opens a link of each e-mail that a newer one replaced.
func (l *load) clickReplaced(ctx context.Context, emails []email) error {
	newest := emails[len(emails)-1]
	for _, e := range emails {
		if e == newest { // also one that was sent twice because its first answer got lost
			continue
		}
		answers, err := l.round(ctx, e, []string{"/approve"}, l.approvers)
		if err != nil {
			return err
		}
		if a := answers[0]; a.status != http.StatusGone || a.body["error"] != "Replaced" {
			return fmt.Errorf("a replaced e-mail's link: %s, want 410 Replaced", a)
		}
	}
	return nil
}
