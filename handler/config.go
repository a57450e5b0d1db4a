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
	// executionPrefix is the beginning of the ARN of every execution in the topic's account and region.
	executionPrefix string
}

// loadConfig reads the environment through getenv. Its error lists every problem.
func loadConfig(getenv func(string) string) (config, error) {
	c := config{
		topicARN: getenv("TOPIC_ARN"), linkKeyARN: getenv("LINK_KEY_ARN"), apiURL: getenv("API_URL"),
		approvers: strings.Split(getenv("APPROVERS"), ","), name: getenv("WORKFLOW_NAME"),
	}
	var problems []error
	refuse := func(wrong bool, format string, value any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, value))
		}
	}
	topic, err := arn.Parse(c.topicARN)
	refuse(err != nil || topic.Service != "sns", "TOPIC_ARN %q is not the ARN of an SNS topic", c.topicARN)
	topic.Service, topic.Resource = "states", "execution:"
	c.executionPrefix = topic.String()
	key, err := arn.Parse(c.linkKeyARN)
	refuse(err != nil || key.Service != "kms", "LINK_KEY_ARN %q is not the ARN of a KMS key", c.linkKeyARN)
	u, err := url.Parse(c.apiURL)
	refuse(err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http",
		"API_URL %q is not an https or http URL", c.apiURL)
	refuse(slices.Contains(c.approvers, ""), "APPROVERS %q is not a list of addresses separated by commas", getenv("APPROVERS"))
	c.confirm, err = strconv.ParseBool(getenv("CONFIRM"))
	refuse(err != nil, "CONFIRM %q is not true or false", getenv("CONFIRM"))
	refuse(strings.TrimSpace(c.name) == "", "WORKFLOW_NAME %q is not a name", c.name)
	return c, errors.Join(problems...)
}
