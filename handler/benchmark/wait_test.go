//go:build linux

package benchmark

import (
	"crypto/tls"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	awsLatency     = 15 * time.Millisecond  // of a call to AWS
	connectLatency = 2 * time.Millisecond   // of a new connection: two round trips within a region, for TCP and TLS
	clickPause     = 100 * time.Millisecond // in which the program gets back its share of a processor
	waitClicks     = 5                      // after the first one in each round
)

// memorySizes are the sizes in MB that BenchmarkWait compares.
var memorySizes = []int{128, 256, 512, 1024}

// BenchmarkWait prints how long a click takes on Lambda with several sizes of memory, and what it costs. A program starts with
// a whole processor, and has its share of one from then on: https://bitesizedserverless.com/bite/lambda-cold-start-bootstrap/
// AWS answers later than the fake AWS of BenchmarkFunction. The time in which Lambda fetches the program, and what the HTTP
// API takes, are not part of it.
func BenchmarkWait(b *testing.B) {
	var groups []cgroup
	for _, memory := range memorySizes {
		groups = append(groups, newCgroup(b, memory))
	}
	programs := buildOwn(b)
	e := startDistantAWS(b)
	event, err := os.ReadFile("../adapter/testdata/click.json")
	if err != nil {
		b.Fatal(err)
	}
	all := map[setting][]wait{}
	for range *rounds {
		for _, group := range groups {
			for _, i := range rand.Perm(len(programs)) {
				s := setting{programs[i], group}
				all[s] = append(all[s], s.measure(b, e, event))
			}
		}
	}
	b.ReportMetric(0, "ns/op") // the time of the benchmark itself means nothing
	fmt.Printf("\n%s\n", waitTable(programs, groups, all))
}

// startDistantAWS starts a fake AWS that takes its time.
func startDistantAWS(b *testing.B) endpoint {
	certificate, root := newCertificate(b)
	aws := newAWS(b)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(awsLatency)
		aws.ServeHTTP(w, r)
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			time.Sleep(connectLatency)
			return nil, nil // the same configuration
		},
	}
	server.StartTLS()
	b.Cleanup(server.Close)
	return endpoint{name: "TLS", url: server.URL, roots: writeRoots(b, root)}
}

// setting is a program with its share of a processor.
type setting struct {
	program *program
	group   cgroup
}

// wait contains the times of one start of a program.
type wait struct {
	start time.Duration // until the program asks for its first event
	cold  reply         // to the first click
	warm  []reply
}

// reply contains times since an event.
type reply struct {
	answered time.Duration
	finished time.Duration // the program asks for the next event, and Lambda's bill ends
}

// measure starts the program once.
func (s setting) measure(b *testing.B, e endpoint, event []byte) wait {
	process := start(b, s.program, e, fmt.Sprint("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=", s.group.memory))
	defer process.Stop()
	w := wait{start: process.ready().wall}
	before := s.group.periods(b)
	s.group.add(b, process.PID())
	w.cold = process.reply(event)
	for range waitClicks {
		time.Sleep(clickPause + rand.N(period)) // a click can come at any moment of a period
		w.warm = append(w.warm, process.reply(event))
	}
	if s.group.periods(b) == before {
		b.Fatalf("the limit of the processor did not apply to %s with %d MB", s.program.name, s.group.memory)
	}
	return w
}

// reply passes a click to the program.
func (p process) reply(event []byte) reply {
	before := p.used()
	answered := p.click(event)
	return reply{answered: answered.since(before).wall, finished: p.used().since(before).wall}
}

// waitTable returns the waits as Markdown.
func waitTable(programs []*program, groups []cgroup, all map[setting][]wait) string {
	var t strings.Builder
	fmt.Fprintf(&t, "| medians (90th percentiles) of %d rounds in ms, AWS answers after %d ms | cold: start | cold: click "+
		"| cold: both | warm click | 1,000 cold, $ | 1,000 warm, $ |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
		*rounds, awsLatency.Milliseconds())
	for _, p := range programs {
		for _, g := range groups {
			fmt.Fprintf(&t, "| %s, %d MB%s |\n", p.name, g.memory, cells(all[setting{p, g}], g.memory))
		}
	}
	return t.String()
}

func cells(samples []wait, memory int) string {
	var starts, colds, boths, warms, billedColds, billedWarms []float64
	for _, w := range samples {
		starts = append(starts, ms(w.start))
		colds = append(colds, ms(w.cold.answered))
		boths = append(boths, ms(w.start+w.cold.answered))
		billedColds = append(billedColds, math.Ceil(ms(w.start+w.cold.finished)))
		for _, r := range w.warm {
			warms = append(warms, ms(r.answered))
			billedWarms = append(billedWarms, math.Ceil(ms(r.finished)))
		}
	}
	var row strings.Builder
	for _, times := range [][]float64{starts, colds, boths, warms} {
		fmt.Fprintf(&row, " | %.0f (%.0f)", middle(times), percentile90(times))
	}
	fmt.Fprintf(&row, " | %.5f | %.5f", price(billedColds, memory), price(billedWarms, memory))
	return row.String()
}

// percentile90 returns the least value that is as large as nine tenths of them.
func percentile90(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*9+9)/10-1]
}

// gigabyteSecond is the price of a GB-second in US dollars, for arm64 in us-east-1: https://aws.amazon.com/lambda/pricing/
const gigabyteSecond = 0.0000133334

// price returns the price of 1,000 invocations from their billed milliseconds, without the fee of each request. Lambda bills
// the start too: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
func price(billed []float64, memory int) float64 {
	var sum float64
	for _, milliseconds := range billed {
		sum += milliseconds
	}
	return sum / float64(len(billed)) * float64(memory) / 1024 * gigabyteSecond
}
