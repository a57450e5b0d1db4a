package approval

import (
	"math"
	"testing"
	"time"
)

// lastSecond is the last second of the year 9999.
const lastSecond = 253_402_300_799

// TestLinkTimes checks that a link is malformed if one of its times is out of range, even if it is signed.
func TestLinkTimes(t *testing.T) {
	tests := []struct {
		started, sent int64
		refused       bool
	}{
		{started: 0, sent: 0},
		{started: lastSecond*1000 + 999, sent: lastSecond},
		{started: 0, sent: lastSecond + 1, refused: true},
		{started: 0, sent: -1, refused: true},
		{started: 0, sent: math.MaxInt64, refused: true},
		{started: 0, sent: math.MaxInt64 - 62_135_596_800, refused: true}, // overflows to a year that fits
		{started: 0, sent: math.MinInt64, refused: true},
		{started: (lastSecond + 1) * 1000, sent: 0, refused: true},
		{started: -1, sent: 0, refused: true},
		{started: math.MaxInt64, sent: 0, refused: true},
		{started: math.MinInt64, sent: 0, refused: true},
	}
	for _, test := range tests {
		link := typicalLink()
		link.Execution.StartedAt, link.SentAt = time.UnixMilli(test.started), time.Unix(test.sent, 0)
		if got := refused(SignedQuery(link, testKey)); got != test.refused {
			t.Errorf("started=%d, sent=%d: refused = %t, want %t", test.started, test.sent, got, test.refused)
		}
	}
}

// TestAge checks that the age of a decision is not absurd for any link that is accepted, and never negative.
func TestAge(t *testing.T) {
	for sent, want := range map[int64]int64{TestStart.Unix() - 42: 42, TestStart.Unix() + 42: 0, 0: TestStart.Unix(), lastSecond: 0} {
		record, err := newRecord(Click{Link: Link{SentAt: time.Unix(sent, 0)}}, TestStart)
		if err != nil || record.AgeSeconds != want {
			t.Errorf("%s: age = %d, error %v, want %d", time.Unix(sent, 0).UTC(), record.AgeSeconds, err, want)
		}
	}
}
