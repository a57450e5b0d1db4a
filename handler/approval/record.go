package approval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxReason is the largest number of characters in a reason.
const MaxReason = 1000

// maxUserAgent limits the part of a record that a client can choose freely, in bytes.
const maxUserAgent = 256

// Click is an approver's click on a link.
type Click struct {
	// Link is what the link contains.
	Link Link
	// Decision is the decision of the link.
	Decision Decision
	// Reason is what the approver typed, if anything.
	Reason string
	// SourceIP is the client's address as the gateway saw it.
	SourceIP string
	// UserAgent is the client's name for itself.
	UserAgent string
}

// Record is a decision as the execution keeps it.
type Record struct {
	// Status is the decision's Status.
	Status string `json:"status"`
	// DecidedAt is when the click came in, in UTC and to the microsecond. It distinguishes the decision from every other.
	DecidedAt time.Time `json:"decidedAt"`
	// Reason is what the approver typed, at most 1,000 characters.
	Reason string `json:"reason,omitempty"`
	// SourceIP is the client's address.
	SourceIP string `json:"sourceIp,omitempty"`
	// UserAgent is the client's name for itself, cut to 256 bytes.
	UserAgent string `json:"userAgent,omitempty"`
	// AgeSeconds is the time from the e-mail to the click, or nil if the link does not say when the e-mail was sent. A
	// decision within seconds is rarely a person's.
	AgeSeconds *int64 `json:"ageSeconds,omitempty"`
}

func newRecord(click Click, now time.Time) (Record, error) {
	reason := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(click.Reason, "\ufffd"))
	reason = strings.TrimSpace(reason)
	if length := utf8.RuneCountInString(reason); length > MaxReason {
		return Record{}, &Error{Code: CodeInvalidReason, Message: fmt.Sprintf(
			"The reason has %d characters. The limit is %d.", length, MaxReason)}
	}
	record := Record{
		Status:    click.Decision.Status,
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

// output encodes the record as the result of the task.
func (r Record) output() []byte {
	var output bytes.Buffer
	encoder := json.NewEncoder(&output)
	encoder.SetEscapeHTML(false) // an escaped < would take six bytes of the room that the input leaves
	if err := encoder.Encode(r); err != nil {
		panic(err) // strings and times after the year 0 always encode
	}
	return bytes.TrimSpace(output.Bytes())
}

// decided reports whether r and other are the same decision by the same click.
func (r Record) decided(other Record) bool {
	return r.Status == other.Status && r.DecidedAt.Equal(other.DecidedAt) && r.SourceIP == other.SourceIP
}
