package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// config is what the function reads from its environment.
type config struct {
	// topicARN (TOPIC_ARN) is the SNS topic that the approvers subscribe to.
	topicARN string
	// apiURL (API_URL) is where the e-mail's links lead.
	apiURL string
	// confirm (CONFIRM) makes the links ask before they decide.
	confirm bool
	// executionPrefix begins the ARNs of the executions in the topic's account and region.
	executionPrefix string
}

// loadConfig reads the environment through getenv. Its error names every fault.
func loadConfig(getenv func(string) string) (config, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	c := config{topicARN: getenv("TOPIC_ARN"), apiURL: getenv("API_URL")}
	if parts := strings.Split(c.topicARN, ":"); len(parts) != 6 || parts[0] != "arn" || parts[2] != "sns" {
		fault("TOPIC_ARN %q is not the ARN of an SNS topic", c.topicARN)
	} else {
		c.executionPrefix = strings.Join([]string{"arn", parts[1], "states", parts[3], parts[4], "execution", ""}, ":")
	}
	if u, err := url.Parse(c.apiURL); err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		fault("API_URL %q is not an https URL", c.apiURL)
	}
	var err error
	if c.confirm, err = strconv.ParseBool(getenv("CONFIRM")); err != nil {
		fault("CONFIRM %q is neither true nor false", getenv("CONFIRM"))
	}
	return c, errors.Join(faults...)
}
