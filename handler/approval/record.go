package approval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Status is what an approver decided.
type Status string

// The decisions, as the state machine's Choice matches them.
const (
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// MaxReason is the most characters that a reason has.
const MaxReason = 1000

// maxUserAgent bounds what a client can write into the record, in bytes.
const maxUserAgent = 256

// Click is an approver's decision as it comes in.
type Click struct {
	Link   Link
	Status Status
	// Reason is what the approver wrote, if anything.
	Reason string
	// SourceIP is the address the click came from, as the gateway saw it.
	SourceIP string
	// UserAgent is what the client called itself.
	UserAgent string
}

// Record is a decision as the execution keeps it.
type Record struct {
	// Status is the decision.
	Status Status `json:"status"`
	// DecidedAt is when the click came in, in UTC. Its microseconds tell the decision from any other.
	DecidedAt time.Time `json:"decidedAt"`
	// Reason is what the approver wrote, at most 1,000 characters.
	Reason string `json:"reason,omitempty"`
	// SourceIP is the address the click came from.
	SourceIP string `json:"sourceIp,omitempty"`
	// UserAgent is what the client called itself, cut to 256 bytes.
	UserAgent string `json:"userAgent,omitempty"`
	// AgeSeconds is how long after the e-mail the click came, as the link tells it; nil if it does not. A decision
	// within seconds was hardly a person's.
	AgeSeconds *int64 `json:"ageSeconds,omitempty"`
}

func newRecord(click Click, now time.Time) (Record, error) {
	reason := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(click.Reason, "\ufffd"))
	reason = strings.TrimSpace(reason)
	if length := utf8.RuneCountInString(reason); length > MaxReason {
		return Record{}, &Error{Code: CodeInvalidReason, Message: fmt.Sprintf(
			"The reason has %d characters; at most %d are kept.", length, MaxReason)}
	}
	record := Record{
		Status:    click.Status,
		DecidedAt: now.UTC().Truncate(time.Microsecond),
		Reason:    reason,
		SourceIP:  click.SourceIP,
		UserAgent: cut(strings.ToValidUTF8(click.UserAgent, "\ufffd"), maxUserAgent),
	}
	if !click.Link.SentAt.IsZero() {
		age := max(0, int64(now.Sub(click.Link.SentAt)/time.Second))
		record.AgeSeconds = &age
	}
	return record, nil
}

// output is the record as the task's result.
func (r Record) output() []byte {
	var output bytes.Buffer
	encoder := json.NewEncoder(&output)
	encoder.SetEscapeHTML(false) // < would take six bytes of the room that is left beside the input
	if err := encoder.Encode(r); err != nil {
		panic(err) // strings and times after the year 0 always encode
	}
	return bytes.TrimSpace(output.Bytes())
}

// cut shortens text to at most limit bytes, at a rune boundary.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
