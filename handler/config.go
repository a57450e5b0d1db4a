package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"approval-workflow/handler/approval"
)

// config is what the function reads from its environment.
type config struct {
	// topicARN (TOPIC_ARN) is the SNS topic that the approvers subscribe to.
	topicARN string
	// outcomeTopicARN (OUTCOME_TOPIC_ARN) is the topic of those who learn how every execution has ended.
	outcomeTopicARN string
	// alarmTopicARN (ALARM_TOPIC_ARN) is the topic of the operators, or empty without operators.
	alarmTopicARN string
	// linkKeyARN (LINK_KEY_ARN) is the KMS key that the key of the links is derived from.
	linkKeyARN string
	// linkGeneration (LINK_GENERATION) is the generation of the links, from 1 on. The links of all others have a wrong signature.
	// It has no default: if it got lost, links that were revoked would work again.
	linkGeneration int
	// apiURL (API_URL) is where the links lead.
	apiURL string
	// approvers are the addresses of those who are asked if the request names no group, and groups are those of the groups that
	// it may name. APPROVERS has every address once, separated by commas. GROUPS has the positions of each group's addresses in
	// that list, as a JSON object. The group "" is that of the requests that name none. Without GROUPS it has all addresses.
	approvers []string
	groups    map[string][]string
	// outcomes (OUTCOMES) says which of those who were asked learn how it ended: none, deciders or all.
	outcomes approval.Outcomes
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
		name: getenv("WORKFLOW_NAME"), outcomeTopicARN: getenv("OUTCOME_TOPIC_ARN"), alarmTopicARN: getenv("ALARM_TOPIC_ARN"),
	}
	var problems []error
	refuse := func(wrong bool, format string, value any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, value))
		}
	}
	topic, err := parseTopic(c.topicARN)
	refuse(err != nil, "TOPIC_ARN %q is not the ARN of an SNS topic", c.topicARN)
	_, err = parseTopic(c.outcomeTopicARN)
	refuse(err != nil, "OUTCOME_TOPIC_ARN %q is not the ARN of an SNS topic", c.outcomeTopicARN)
	_, err = parseTopic(c.alarmTopicARN)
	refuse(err != nil && c.alarmTopicARN != "", "ALARM_TOPIC_ARN %q is not the ARN of an SNS topic", c.alarmTopicARN)
	c.outcomes, err = approval.ParseOutcomes(getenv("OUTCOMES"))
	refuse(err != nil, "OUTCOMES %q is not none, deciders or all", getenv("OUTCOMES"))
	topic.Service, topic.Resource = "states", "execution:"
	c.executionPrefix = topic.String()
	key, err := arn.Parse(c.linkKeyARN)
	refuse(err != nil || key.Service != "kms", "LINK_KEY_ARN %q is not the ARN of a KMS key", c.linkKeyARN)
	c.linkGeneration, err = strconv.Atoi(getenv("LINK_GENERATION"))
	refuse(err != nil || c.linkGeneration < 1, "LINK_GENERATION %q is not a whole number from 1 on", getenv("LINK_GENERATION"))
	u, err := url.Parse(c.apiURL)
	refuse(err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http",
		"API_URL %q is not an https or http URL", c.apiURL)
	addresses := strings.Split(getenv("APPROVERS"), ",")
	refuse(slices.Contains(addresses, ""), "APPROVERS %q is not a list of addresses separated by commas", getenv("APPROVERS"))
	c.approvers, c.groups, err = approval.ParseGroups(addresses, getenv("GROUPS"))
	refuse(err != nil, "GROUPS %q is not a JSON object with positions in APPROVERS", getenv("GROUPS"))
	c.confirm, err = strconv.ParseBool(getenv("CONFIRM"))
	refuse(err != nil, "CONFIRM %q is not true or false", getenv("CONFIRM"))
	refuse(strings.TrimSpace(c.name) == "", "WORKFLOW_NAME %q is not a name", c.name)
	return c, errors.Join(problems...)
}

func parseTopic(text string) (arn.ARN, error) {
	topic, err := arn.Parse(text)
	if err == nil && topic.Service != "sns" {
		err = errors.New("it is not the ARN of a topic")
	}
	return topic, err
}
