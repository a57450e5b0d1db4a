//go:build e2e

package infra_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// tally counts what happened. Clicks add to it at the same moment.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) add(count int, words ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[strings.TrimSpace(strings.Join(words, " "))] += count
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, what := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(w, "%s\t%d\n", what, t.counts[what])
	}
	w.Flush()
	return table.String()
}
