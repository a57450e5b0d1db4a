//go:build linux

package benchmark

import (
	"archive/zip"
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// functionName is the program that the others are compared with.
const functionName = "function"

// program is a Lambda function to measure.
type program struct {
	name      string
	command   []string
	answer    string  // what its answer to a click holds
	size, zip float64 // of its binary and its deployment package, in bytes

	collections map[endpoint]float64 // of garbage before the first answer
}

// deployedFlags and deployedEnvironment are those of infra/build.go, but for this machine.
var (
	deployedFlags       = []string{"-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid="}
	deployedEnvironment = []string{"CGO_ENABLED=0", "GOFLAGS=-mod=readonly"}
)

// build makes the programs: the function and the one that does nothing as they are deployed, the naive one as a plain
// go build makes it, a module of its own because it needs more of the AWS SDK. Python is left out where boto3 is
// missing.
func build(b *testing.B) []*program {
	programs := []*program{
		compile(b, "nothing", "./testdata/nothing", deployedFlags, deployedEnvironment),
		compile(b, functionName, "..", deployedFlags, deployedEnvironment),
		compile(b, "naive", "./testdata/naive", nil, nil),
	}
	programs[0].answer = "null"
	if err := exec.CommandContext(b.Context(), "python3", "-c", "import boto3").Run(); err != nil {
		b.Logf("no python3 with boto3 here (%v): the table goes without it", err)
		return programs
	}
	return append(programs, &program{
		name: "Python", command: []string{"python3", "testdata/python/function.py"}, answer: "approved",
		size: math.NaN(), zip: math.NaN(), collections: map[endpoint]float64{},
	})
}

func compile(b *testing.B, name, folder string, flags, environment []string) *program {
	binary := filepath.Join(b.TempDir(), name)
	command := exec.CommandContext(b.Context(), "go", append([]string{"build", "-o", binary}, flags...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), environment...)
	if message, err := command.CombinedOutput(); err != nil {
		b.Fatalf("go build %s: %v\n%s", folder, err, message)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		b.Fatal(err)
	}
	return &program{
		name: name, command: []string{binary}, answer: "approved",
		size: float64(len(content)), zip: zipped(b, content), collections: map[endpoint]float64{},
	}
}

// zipped is the size of a zip that holds content.
func zipped(b *testing.B, content []byte) float64 {
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	file, err := writer.Create("bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := file.Write(content); err != nil {
		b.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		b.Fatal(err)
	}
	return float64(archive.Len())
}

// allocations runs BenchmarkClick of the function's own package, which alone can look into it.
func allocations(b *testing.B) string {
	command := exec.CommandContext(b.Context(), "go", "test", "-run=^$", "-bench=^BenchmarkClick$", "-benchtime=500x", "..")
	output, err := command.CombinedOutput()
	found := regexp.MustCompile(`(\d+) allocs/op`).FindSubmatch(output)
	if err != nil || found == nil {
		b.Fatalf("count the allocations: %v\n%s", err, output)
	}
	return string(found[1])
}
