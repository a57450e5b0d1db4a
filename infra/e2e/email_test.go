//go:build e2e

package e2e

import (
	"net/url"
	"regexp"
	"testing"
)

// email is the body of an e-mail.
type email string

var (
	executionPattern = regexp.MustCompile(`arn:\S+:execution:\S+`)
	approverPattern  = regexp.MustCompile(`(?m)^Approver:   (\S+)$`)
	linkPattern      = regexp.MustCompile(`https://\S+(/approve|/reject)\?\S+`)
)

// execution returns the ARN of the execution that the e-mail is about.
func (e email) execution() string { return executionPattern.FindString(string(e)) }

// approver returns the address that the e-mail is for.
func (e email) approver() string {
	if match := approverPattern.FindStringSubmatch(string(e)); match != nil {
		return match[1]
	}
	return ""
}

// links returns the links of the e-mail by their paths.
func (e email) links() map[string]*url.URL {
	links := map[string]*url.URL{}
	for _, match := range linkPattern.FindAllStringSubmatch(string(e), -1) {
		if link, err := url.Parse(match[0]); err == nil {
			links[match[1]] = link
		}
	}
	return links
}

// link returns the link of the e-mail with that path.
func (e email) link(t *testing.T, path string) *url.URL {
	t.Helper()
	link := e.links()[path]
	if link == nil {
		t.Fatalf("the e-mail has no link to %s", path)
	}
	return link
}
