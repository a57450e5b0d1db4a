package infra

import "encoding/json"

// dashboardBody is the body of a CloudWatch dashboard.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type dashboardBody struct {
	Start   string   `json:"start"` // the left edge of the graphs, as an ISO 8601 duration before now
	Widgets []widget `json:"widgets"`
}

// widget is a part of a dashboard. It takes the next free position, from the left to the right in a grid of 24 columns.
type widget struct {
	Type       string `json:"type"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties any    `json:"properties"` // text, alarmStates or metricGraph
}

type text struct {
	Markdown string `json:"markdown"`
}

type alarmStates struct {
	Title  string   `json:"title"`
	Alarms []string `json:"alarms"` // the ARNs
}

type metricGraph struct {
	Title   string   `json:"title"`
	Region  string   `json:"region"`
	View    string   `json:"view"`
	Metrics []series `json:"metrics"`
	Period  int      `json:"period"` // seconds. CloudWatch adapts it to the time that the dashboard shows
	// SetPeriodToTimeRange makes a number count for all of the time that the dashboard shows.
	SetPeriodToTimeRange bool `json:"setPeriodToTimeRange,omitempty"`
}

// graph returns a widget with a line for each metric.
func graph(title, region string, metrics []series) widget {
	return widget{Type: "metric", Width: 12, Height: 6, Properties: metricGraph{
		Title: title, Region: region, View: "timeSeries", Metrics: metrics, Period: 3600,
	}}
}

// total returns a widget with a number for each metric.
func total(title, region string, metrics []series) widget {
	return widget{Type: "metric", Width: 12, Height: 3, Properties: metricGraph{
		Title: title, Region: region, View: "singleValue", Metrics: metrics, Period: 3600, SetPeriodToTimeRange: true,
	}}
}

// series is a metric or, without a path, an expression.
type series struct {
	path    []string // the namespace, the name, and the name and the value of the dimension
	options options
}

type options struct {
	Expression string `json:"expression,omitempty"`
	Label      string `json:"label,omitempty"`
	Stat       string `json:"stat,omitempty"`
	ID         string `json:"id,omitempty"`      // names the metric in expressions
	Visible    *bool  `json:"visible,omitempty"` // nil means true
}

// MarshalJSON returns the array that CloudWatch expects: the path, and then the options.
func (s series) MarshalJSON() ([]byte, error) {
	array := make([]any, 0, len(s.path)+1)
	for _, part := range s.path {
		array = append(array, part)
	}
	return json.Marshal(append(array, s.options))
}

// statistic returns the series with a statistic, such as p90, and a label. Without a label, its name is shown.
func (s series) statistic(stat, label string) series {
	s.options.Stat, s.options.Label = stat, label
	return s
}

func (s series) sum(label string) series { return s.statistic("Sum", label) }

// hidden returns the sum of the series for an expression that calls it id.
func (s series) hidden(id string) series {
	visible := false
	s = s.sum("")
	s.options.ID, s.options.Visible = id, &visible
	return s
}
