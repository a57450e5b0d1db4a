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
	"runtime"
	"testing"

	"approval-workflow/infra/build"
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

// buildAll makes the programs: the function and the one that does nothing as they are deployed, the naive one as a plain
// go build makes it, a module of its own because it needs more of the AWS SDK. Python is left out where boto3 is
// missing.
func buildAll(b *testing.B) []*program {
	programs := []*program{
		deployed(b, "nothing", "./handler/benchmark/testdata/nothing"),
		deployed(b, functionName, "./handler"),
		naive(b),
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

// deployed builds a program of the repository as the deployment does, but for this machine.
func deployed(b *testing.B, name, folder string) *program {
	binary := filepath.Join(b.TempDir(), name)
	if err := build.Compile(b.Context(), "../..", folder, binary, runtime.GOOS, runtime.GOARCH); err != nil {
		b.Fatal(err)
	}
	return newProgram(b, name, binary)
}

func naive(b *testing.B) *program {
	binary := filepath.Join(b.TempDir(), "naive")
	command := exec.CommandContext(b.Context(), "go", "build", "-o", binary)
	command.Dir = "testdata/naive"
	if message, err := command.CombinedOutput(); err != nil {
		b.Fatalf("go build the naive program: %v\n%s", err, message)
	}
	return newProgram(b, "naive", binary)
}

func newProgram(b *testing.B, name, binary string) *program {
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
