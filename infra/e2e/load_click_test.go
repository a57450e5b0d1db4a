//go:build e2e

package e2e

import (
	"cmp"
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

// client is the source of a click. Its address identifies the click in the record of a decision.
type client struct {
	address string
	http    *http.Client
}

// newClients gives each client a loopback address. Linux has all of 127.0.0.0/8.
func newClients(count int) []client {
	clients := make([]client, count)
	for i := range clients {
		ip := net.IPv4(127, 0, 1, byte(1+i))
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}}
		clients[i] = client{ip.String(), &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}}
	}
	return clients
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

// round clicks links of an execution at the same moment, some by GET and some by POST. Each click has a client of its
// own. The clicks of an approver use all e-mails to the approver.
func (l *load) round(ctx context.Context, emails map[string][]email, clicks []click, clients []client) ([]clicked, error) {
	l.rounds <- struct{}{}
	defer func() { <-l.rounds }()
	results, errs := make([]clicked, len(clicks)), make([]error, len(clicks))
	now := make(chan struct{})
	var group sync.WaitGroup
	for i, c := range clicks {
		if err := l.faults.perhaps(8, decidingFaults); err != nil {
			return nil, err
		}
		results[i] = clicked{approver: l.approvers[c.approver], path: c.path, address: clients[i].address}
		sent := emails[results[i].approver]
		link := sent[i%len(sent)].links()[c.path]
		group.Go(func() {
			<-now
			errs[i] = l.click(ctx, &results[i], clients[i], []string{http.MethodGet, http.MethodPost}[i/2%2], link)
		})
	}
	close(now)
	group.Wait()
	return results, errors.Join(errs...)
}

// click opens a link, and opens it again while the answer asks for that.
func (l *load) click(ctx context.Context, c *clicked, from client, method string, link *url.URL) error {
	for {
		retry, err := c.receive(ctx, from, method, link)
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		l.tally.add(1, "click:", fmt.Sprint(c.status), cmp.Or(c.body.Error, c.body.Message))
		if !retry {
			return nil
		}
		time.Sleep(time.Second) // instead of the half minute in Retry-After
	}
}

// receive opens a link once. It reports whether the answer asks to open it again.
func (c *clicked) receive(ctx context.Context, from client, method string, link *url.URL) (retry bool, err error) {
	request, err := newRequest(method, link)
	if err != nil {
		return false, err
	}
	response, err := from.http.Do(request.WithContext(ctx))
	if err != nil {
		return false, errors.Unwrap(err) // without the URL, which decides
	}
	defer response.Body.Close()
	c.status, c.body.Error, c.body.Message = response.StatusCode, "", ""
	if err := json.NewDecoder(response.Body).Decode(&c.body); err != nil {
		return false, err
	}
	if c.status == http.StatusServiceUnavailable && c.body.Error == "Unavailable" && response.Header.Get("Retry-After") != "" {
		c.unavailable++
		return true, nil
	}
	return c.status == http.StatusTooManyRequests, nil // from the API, which did not invoke the function
}
