//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// tally counts events by name. It is safe for concurrent use.
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

// String returns a table of the events and their counts.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(t.counts)) {
		fmt.Fprintf(w, "%s\t%d\n", name, t.counts[name])
	}
	w.Flush()
	return table.String()
}
