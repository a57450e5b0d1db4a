package approval

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNewRecord(t *testing.T) {
	now := TestStart.Add(1_234_567_890 * time.Nanosecond).In(time.FixedZone("", 3600))
	got, err := newRecord(Click{
		Link:      Link{Approver: "jo@example.com", SentAt: TestStart.Add(-41 * time.Second)},
		Decision:  Approve,
		Reason:    "\r\n Looks <good>.\r\nGo!\rNow\xff ",
		SourceIP:  "203.0.113.7",
		UserAgent: strings.Repeat("é", 128) + "x",
	}, now)
	want := Record{
		Approver:   "jo@example.com",
		DecidedAt:  TestStart.Add(1_234_567 * time.Microsecond),
		Reason:     "Looks <good>.\nGo!\nNow\ufffd",
		SourceIP:   "203.0.113.7",
		UserAgent:  strings.Repeat("é", 128),
		AgeSeconds: 42,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("record (-want +got), %v:\n%s", err, diff)
	}
	if got.DecidedAt.Location() != time.UTC {
		t.Errorf("decidedAt is in %s, want UTC", got.DecidedAt.Location())
	}
}

func TestRecordAge(t *testing.T) {
	tests := []struct {
		name string
		sent time.Time
		want int64
	}{
		{"whole seconds", TestStart.Add(-41999 * time.Millisecond), 41},
		{"at once", TestStart, 0},
		{"before the e-mail", TestStart.Add(time.Second), 0},
		{"before all time", time.Unix(-1<<62, 0), 9_223_372_036},
	}
	for _, test := range tests {
		record, err := newRecord(Click{Link: Link{SentAt: test.sent}}, TestStart)
		if err != nil || record.AgeSeconds != test.want {
			t.Errorf("%s: record = %+v, %v, want the age %d", test.name, record, err, test.want)
		}
	}
}

func TestRecordSame(t *testing.T) {
	record := Record{Approver: "jo@example.com", DecidedAt: TestStart, SourceIP: "203.0.113.7", Reason: "Go!"}
	edits := map[string]func(*Record){
		"approver":  func(r *Record) { r.Approver = "ed@example.com" },
		"decidedAt": func(r *Record) { r.DecidedAt = r.DecidedAt.Add(time.Microsecond) },
		"sourceIp":  func(r *Record) { r.SourceIP = "203.0.113.8" },
	}
	inAnotherZone := TestStart.In(time.FixedZone("", 3600))
	if !record.same(Record{Approver: "jo@example.com", DecidedAt: inAnotherZone, SourceIP: "203.0.113.7"}) {
		t.Error("the record of the same click is different")
	}
	for field, edit := range edits {
		other := record
		edit(&other)
		if record.same(other) {
			t.Errorf("a record with another %s is the same", field)
		}
	}
}

func TestBy(t *testing.T) {
	records := []Record{{Approver: "jo@example.com"}, {Approver: "Ed@example.com"}}
	tests := map[string]bool{
		"jo@example.com": true, "JO@EXAMPLE.COM": true, "ed@example.com": true, "al@example.com": false, "jo@example.co": false, "": false,
	}
	for approver, want := range tests {
		if got := hasDecided(records, approver); got != want {
			t.Errorf("by(%q) = %t, want %t", approver, got, want)
		}
	}
}
