package approval

import (
	"strings"
	"testing"
	"time"
)

func TestRecordTime(t *testing.T) {
	now := TestStart.Add(1_234_567_890 * time.Nanosecond).In(time.FixedZone("", 3600))
	record, err := newRecord(Click{}, now)
	if want := TestStart.Add(1_234_567 * time.Microsecond); err != nil || record.DecidedAt != want {
		t.Errorf("decidedAt = %v, %v, want %v", record.DecidedAt, err, want)
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
	}
	for _, test := range tests {
		record, err := newRecord(Click{Link: Link{SentAt: test.sent}}, TestStart)
		if err != nil || record.AgeSeconds == nil || *record.AgeSeconds != test.want {
			t.Errorf("%s: record = %+v, %v, want the age %d", test.name, record, err, test.want)
		}
	}
	if record, err := newRecord(Click{}, TestStart); err != nil || record.AgeSeconds != nil {
		t.Errorf("without a time in the link: record = %+v, %v, want no age", record, err)
	}
}

// TestRecordFits checks that every request that was sent can also be approved: a state passes on at most 262,144 bytes.
func TestRecordFits(t *testing.T) {
	for _, filler := range []string{"\x01", "<", `"`, "\u2028", "\U0001f600", "\xff"} {
		record, err := newRecord(Click{
			Link:      Link{SentAt: time.Unix(1, 0)},
			Decision:  Approve,
			Reason:    "x" + strings.Repeat(filler, MaxReason-2) + "x",
			SourceIP:  "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
			UserAgent: strings.Repeat(filler, 10_000),
		}, TestStart)
		if err != nil {
			t.Fatal(err)
		}
		if size := maxInput + len(`{"input":,"approval":}`) + len(record.output()); size > 262_144 {
			t.Errorf("a record full of %q gives an output of %d bytes", filler, size)
		}
	}
}

func TestRecordDecided(t *testing.T) {
	record := Record{Status: "approved", DecidedAt: TestStart, SourceIP: "203.0.113.7", Reason: "Go!"}
	edits := map[string]func(*Record){
		"status":    func(r *Record) { r.Status = "rejected" },
		"decidedAt": func(r *Record) { r.DecidedAt = r.DecidedAt.Add(time.Microsecond) },
		"sourceIp":  func(r *Record) { r.SourceIP = "203.0.113.8" },
	}
	if !record.decided(Record{Status: "approved", DecidedAt: TestStart, SourceIP: "203.0.113.7"}) {
		t.Error("the same decision is different")
	}
	for field, edit := range edits {
		other := record
		edit(&other)
		if record.decided(other) {
			t.Errorf("a decision with another %s is the same", field)
		}
	}
}
