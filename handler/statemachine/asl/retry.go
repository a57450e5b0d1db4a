package asl

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// maxDelay is the longest wait between two attempts in seconds.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const maxDelay = 31_622_400

type retrier struct {
	ErrorEquals     errorEquals
	IntervalSeconds int
	BackoffRate     float64
	MaxAttempts     *int
	MaxDelaySeconds *int
	JitterStrategy  string
}

// check refuses more than AWS does: a retrier must say how often and how fast it tries again.
func (r retrier) check(last bool) error {
	switch {
	case r.IntervalSeconds < 1:
		return errors.New("IntervalSeconds must be a positive number")
	case r.BackoffRate < 1:
		return errors.New("BackoffRate must be at least 1")
	case r.MaxAttempts == nil || *r.MaxAttempts < 0:
		return errors.New("MaxAttempts must be a number that is not negative")
	case r.MaxDelaySeconds != nil && (*r.MaxDelaySeconds <= r.IntervalSeconds || *r.MaxDelaySeconds > maxDelay):
		return fmt.Errorf("MaxDelaySeconds must be greater than IntervalSeconds and at most %d", maxDelay)
	case r.JitterStrategy != "" && r.JitterStrategy != "NONE" && r.JitterStrategy != "FULL":
		return fmt.Errorf("JitterStrategy: unknown strategy %q", r.JitterStrategy)
	}
	return r.ErrorEquals.check(last)
}

// nextDelay returns the time until the next attempt, and whether there is one. The first retrier that matches the error
// decides. used counts the retries of each retrier.
func nextDelay(retriers []retrier, used []int, name string) (delay time.Duration, again bool) {
	for i, r := range retriers {
		if !r.ErrorEquals.match(name) {
			continue
		}
		if used[i] >= *r.MaxAttempts {
			return 0, false
		}
		longest := maxDelay
		if r.MaxDelaySeconds != nil {
			longest = *r.MaxDelaySeconds
		}
		seconds := min(float64(r.IntervalSeconds)*math.Pow(r.BackoffRate, float64(used[i])), float64(longest))
		if r.JitterStrategy == "FULL" {
			seconds *= rand.Float64() //nolint:gosec // spreads retries, guards nothing
		}
		used[i]++
		return time.Duration(seconds * float64(time.Second)), true
	}
	return 0, false
}
