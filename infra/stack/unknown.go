package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// maxDistance is the largest number of wrong letters in a key that is still understood.
const maxDistance = 3

// unknownKeys returns a problem for each key of the project that is not a setting. Pulumi would ignore it. The engine passes
// the whole configuration in PULUMI_CONFIG, as does the SDK's package config read it.
func unknownKeys(project string) []error {
	var values map[string]string
	if err := json.Unmarshal([]byte(os.Getenv("PULUMI_CONFIG")), &values); err != nil {
		return nil // without an engine there is no configuration
	}
	var secrets []string
	_ = json.Unmarshal([]byte(os.Getenv("PULUMI_CONFIG_SECRET_KEYS")), &secrets) // without an engine there are none
	for _, name := range secrets {
		values[name] = "VALUE"
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(values)) {
		key, ok := strings.CutPrefix(name, project+":")
		known := slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
		if ok && !known {
			problems = append(problems, unknownKey(key, values[name]))
		}
	}
	return problems
}

func unknownKey(key, value string) error {
	nearest := slices.MinFunc(settings, func(a, b setting) int { return distance(a.key, key) - distance(b.key, key) })
	if distance(nearest.key, key) > maxDistance {
		var keys []string
		for _, s := range settings {
			keys = append(keys, s.key)
		}
		return fmt.Errorf("%s: unknown key. The keys are %s. Run: pulumi config rm %s", key, strings.Join(keys, ", "), quote(key))
	}
	return fmt.Errorf("%s: unknown key. Did you mean %s? Run: pulumi config rm %s && pulumi config set %s %s",
		key, nearest.key, quote(key), nearest.key, quote(value))
}

func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}
