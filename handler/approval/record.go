package approval

import (
	"fmt"
	"slices"
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
	// Link is what the link contains. [Service.VerifyLink] returns it.
	Link Link
	// Decision is where the link leads.
	Decision Decision
	// Reason is what the approver typed, if anything.
	Reason string
	// SourceIP is the client's address as the gateway saw it.
	SourceIP string
	// UserAgent is the client's own name for itself.
	UserAgent string
}

// Record is the decision of one approver as the execution keeps it.
type Record struct {
	// Approver is the address that the e-mail went to.
	Approver string `json:"approver"`
	// DecidedAt is when the click came in, in UTC and to the microsecond. It distinguishes the decision from every other.
	DecidedAt time.Time `json:"decidedAt"`
	// Reason is what the approver typed, at most 1,000 characters.
	Reason string `json:"reason,omitempty"`
	// SourceIP is the client's address.
	SourceIP string `json:"sourceIp,omitempty"`
	// UserAgent is the client's name for itself, cut to 256 bytes.
	UserAgent string `json:"userAgent,omitempty"`
	// AgeSeconds is the time from the e-mail to the click. A decision within seconds is rarely a person's.
	AgeSeconds int64 `json:"ageSeconds"`
}

func newRecord(click Click, now time.Time) (Record, error) {
	reason := strings.TrimSpace(lineFeeds(strings.ToValidUTF8(click.Reason, "\ufffd")))
	if length := utf8.RuneCountInString(reason); length > MaxReason {
		return Record{}, &Error{Code: CodeInvalidReason, Message: fmt.Sprintf(
			"The reason has %d characters. The limit is %d.", length, MaxReason)}
	}
	return Record{
		Approver:   click.Link.Approver,
		DecidedAt:  now.UTC().Truncate(time.Microsecond),
		Reason:     reason,
		SourceIP:   click.SourceIP,
		UserAgent:  cut(strings.ToValidUTF8(click.UserAgent, "\ufffd"), maxUserAgent),
		AgeSeconds: max(0, int64(now.Sub(click.Link.SentAt)/time.Second)),
	}, nil
}

// same reports whether r and other are the record of the same click.
func (r Record) same(other Record) bool {
	return r.Approver == other.Approver && r.DecidedAt.Equal(other.DecidedAt) && r.SourceIP == other.SourceIP
}

// by reports whether one of the records is the approver's.
func by(records []Record, approver string) bool {
	return slices.ContainsFunc(records, func(r Record) bool { return strings.EqualFold(r.Approver, approver) })
}

// shown returns the record as an approver sees it, or nil for nil. Its texts show control characters like those of a [View].
func (r *Record) shown() *Record {
	if r == nil {
		return nil
	}
	record := *r
	record.Approver, record.Reason = escape(record.Approver), escape(record.Reason)
	return &record
}

// shown returns records as an approver sees them.
func shown(records []Record) []Record {
	records = slices.Clone(records)
	for i := range records {
		records[i] = *records[i].shown()
	}
	return records
}
