package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// config is what the function reads from its environment.
type config struct {
	// topicARN (TOPIC_ARN) is the SNS topic that the approvers subscribe to.
	topicARN string
	// apiURL (API_URL) is where the links lead.
	apiURL string
	// confirm (CONFIRM) makes the links ask before they decide.
	confirm bool
	// executionPrefix is the beginning of the ARN of every execution in the topic's account and region.
	executionPrefix string
}

// loadConfig reads the environment through getenv. Its error lists every problem.
func loadConfig(getenv func(string) string) (config, error) {
	c := config{topicARN: getenv("TOPIC_ARN"), apiURL: getenv("API_URL")}
	var problems [3]error
	c.executionPrefix, problems[0] = executionPrefix(c.topicARN)
	if u, err := url.Parse(c.apiURL); err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		problems[1] = fmt.Errorf("API_URL %q is not an https URL", c.apiURL)
	}
	var err error
	if c.confirm, err = strconv.ParseBool(getenv("CONFIRM")); err != nil {
		problems[2] = fmt.Errorf("CONFIRM %q is not true or false", getenv("CONFIRM"))
	}
	return c, errors.Join(problems[:]...)
}

func executionPrefix(topicARN string) (string, error) {
	topic, err := arn.Parse(topicARN)
	if err != nil || topic.Service != "sns" {
		return "", fmt.Errorf("TOPIC_ARN %q is not the ARN of an SNS topic", topicARN)
	}
	topic.Service, topic.Resource = "states", "execution:"
	return topic.String(), nil
}
