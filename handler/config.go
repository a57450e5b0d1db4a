package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// config is what the function reads from its environment.
type config struct {
	// topicARN (TOPIC_ARN) is the SNS topic that the approvers subscribe to.
	topicARN string
	// linkKeyARN (LINK_KEY_ARN) is the KMS key that the key of the links is derived from.
	linkKeyARN string
	// apiURL (API_URL) is where the links lead.
	apiURL string
	// approvers (APPROVERS) are the addresses of those who are asked and can decide, separated by commas.
	approvers []string
	// confirm (CONFIRM) makes the links ask before they decide.
	confirm bool
	// name (WORKFLOW_NAME) is what the subjects of the e-mails call the workflow.
	name string
	// asciiSubjects (ASCII_SUBJECTS) keeps other characters than ASCII out of the subjects.
	asciiSubjects bool
	// executionPrefix is the beginning of the ARN of every execution in the topic's account and region.
	executionPrefix string
}

// loadConfig reads the environment through getenv. Its error lists every problem.
func loadConfig(getenv func(string) string) (config, error) {
	c := config{
		topicARN: getenv("TOPIC_ARN"), linkKeyARN: getenv("LINK_KEY_ARN"), apiURL: getenv("API_URL"),
		approvers: strings.Split(getenv("APPROVERS"), ","), name: getenv("WORKFLOW_NAME"),
	}
	var problems [7]error
	c.executionPrefix, problems[0] = executionPrefix(c.topicARN)
	if key, err := arn.Parse(c.linkKeyARN); err != nil || key.Service != "kms" {
		problems[1] = fmt.Errorf("LINK_KEY_ARN %q is not the ARN of a KMS key", c.linkKeyARN)
	}
	if u, err := url.Parse(c.apiURL); err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		problems[2] = fmt.Errorf("API_URL %q is not an https URL", c.apiURL)
	}
	if slices.Contains(c.approvers, "") {
		problems[3] = fmt.Errorf("APPROVERS %q is not a list of addresses separated by commas", getenv("APPROVERS"))
	}
	if strings.TrimSpace(c.name) == "" {
		problems[4] = fmt.Errorf("WORKFLOW_NAME %q is not a name", c.name)
	}
	c.confirm, problems[5] = parseBool(getenv, "CONFIRM")
	c.asciiSubjects, problems[6] = parseBool(getenv, "ASCII_SUBJECTS")
	return c, errors.Join(problems[:]...)
}

func parseBool(getenv func(string) string, name string) (bool, error) {
	value, err := strconv.ParseBool(getenv(name))
	if err != nil {
		return false, fmt.Errorf("%s %q is not true or false", name, getenv(name))
	}
	return value, nil
}

func executionPrefix(topicARN string) (string, error) {
	topic, err := arn.Parse(topicARN)
	if err != nil || topic.Service != "sns" {
		return "", fmt.Errorf("TOPIC_ARN %q is not the ARN of an SNS topic", topicARN)
	}
	topic.Service, topic.Resource = "states", "execution:"
	return topic.String(), nil
}
