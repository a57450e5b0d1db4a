package infra

// The sources of a dashboard's metrics are those of the alarms and Step Functions.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html

func (w watched) lambda(metric string) series {
	return series{path: []string{"AWS/Lambda", metric, "FunctionName", w.function}}
}

func (w watched) apiGateway(metric string) series {
	return series{path: []string{"AWS/ApiGateway", metric, "ApiId", w.api}}
}

func (w watched) states(metric string) series {
	return series{path: []string{"AWS/States", metric, "StateMachineArn", w.stateMachine}}
}

func (w watched) workflow(metric string) series {
	return series{path: []string{w.namespace, metric}}
}

// requests counts how requests begin and end. Step Functions counts a rejection as a failure, so the rest of the failures
// has expired, or its e-mail was not sent. This count does not depend on the log of the state machine, which leaves out
// executions with some names.
func (w watched) requests() []series {
	return []series{
		w.workflow("Requested").sum(""),
		w.workflow("Approved").sum(""),
		w.workflow("Rejected").sum(""),
		w.states("ExecutionsAborted").sum("Stopped"),
		w.states("ExecutionsTimedOut").sum("Timed out"),
		{options: options{Expression: "FILL(failed, 0) - FILL(rejected, 0)", Label: "Expired or failed", ID: "rest"}},
		w.states("ExecutionsFailed").hidden("failed"),
		w.workflow("Rejected").hidden("rejected"),
	}
}

// openRequests counts the executions that started, less those that ended, from the left edge of the graph on. Step
// Functions does not report how many executions of one state machine are open.
func (w watched) openRequests() []series {
	return []series{
		{options: options{
			Expression: "RUNNING_SUM(FILL(started, 0) - FILL(SUM([succeeded, failed, aborted, timedout]), 0))",
			Label:      "Open",
			ID:         "open",
		}},
		w.states("ExecutionsStarted").hidden("started"),
		w.states("ExecutionsSucceeded").hidden("succeeded"),
		w.states("ExecutionsFailed").hidden("failed"),
		w.states("ExecutionsAborted").hidden("aborted"),
		w.states("ExecutionsTimedOut").hidden("timedout"),
	}
}

// decisions shows how long the approvers took.
func (w watched) decisions() []series {
	return percentiles(w.workflow("AgeSeconds"), "p50", "p90")
}

func (w watched) clicks() []series {
	return []series{
		w.workflow("FastDecisions").sum(""),
		w.workflow("StaleClicks").sum(""),
		w.workflow("DecisionFaults").sum(""),
		w.workflow("ThrottledClicks").sum(""),
	}
}

func (w watched) functionErrors() []series {
	return []series{w.lambda("Errors").sum(""), w.lambda("Throttles").sum("")}
}

func (w watched) apiErrors() []series {
	return []series{w.apiGateway("4xx").sum(""), w.apiGateway("5xx").sum("")}
}

// percentiles returns a metric with these statistics, each labelled with its name.
func percentiles(metric series, statistics ...string) []series {
	shown := make([]series, len(statistics))
	for i, statistic := range statistics {
		shown[i] = metric.statistic(statistic, statistic)
	}
	return shown
}
