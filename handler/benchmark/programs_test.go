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

	"approval-workflow/handler/bundle"
)

// functionName is the name of the program that the others are compared with.
const functionName = "function"

// program is a Lambda function to measure. Figures that a script does not have are NaN.
type program struct {
	name      string
	command   []string
	answer    string  // a part of its answer to a click
	size, zip float64 // of the binary and the deployment package, in bytes

	collections map[endpoint]float64 // garbage collections before the first answer
}

// buildAll builds the programs. It leaves out Python if boto3 is missing.
func buildAll(b *testing.B) []*program {
	programs := []*program{
		buildDeployed(b, "nothing", "./handler/benchmark/testdata/nothing"),
		buildDeployed(b, functionName, "./handler"),
		buildNaive(b),
	}
	programs[0].answer = "null"
	if err := exec.CommandContext(b.Context(), "python3", "-c", "import boto3").Run(); err != nil {
		b.Logf("python3 with boto3 is missing (%v), so the table has no column for it", err)
		return programs
	}
	return append(programs, &program{
		name: "Python", command: []string{"python3", "testdata/python/function.py"}, answer: "approved",
		size: math.NaN(), zip: math.NaN(), collections: map[endpoint]float64{},
	})
}

// buildDeployed builds a program of the repository like the deployment, but for this machine.
func buildDeployed(b *testing.B, name, folder string) *program {
	binary := filepath.Join(b.TempDir(), name)
	if err := bundle.Compile(b.Context(), "../..", folder, binary, runtime.GOOS, runtime.GOARCH); err != nil {
		b.Fatal(err)
	}
	return newProgram(b, name, binary)
}

// buildNaive builds the program that is written like most examples, without flags. It is a module of its own because it
// needs more of the AWS SDK.
func buildNaive(b *testing.B) *program {
	binary := filepath.Join(b.TempDir(), "naive")
	command := exec.CommandContext(b.Context(), "go", "build", "-o", binary)
	command.Dir = "testdata/naive"
	if message, err := command.CombinedOutput(); err != nil {
		b.Fatalf("go build in %s: %v\n%s", command.Dir, err, message)
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
		size: float64(len(content)), zip: zipSize(b, content), collections: map[endpoint]float64{},
	}
}

// zipSize returns the size of a zip with that content, in bytes.
func zipSize(b *testing.B, content []byte) float64 {
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

// allocations runs BenchmarkClick, which is in the function's own package.
func allocations(b *testing.B) string {
	command := exec.CommandContext(b.Context(), "go", "test", "-run=^$", "-bench=^BenchmarkClick$", "-benchtime=500x", "..")
	output, err := command.CombinedOutput()
	found := regexp.MustCompile(`(\d+) allocs/op`).FindSubmatch(output)
	if err != nil || found == nil {
		b.Fatalf("count allocations: %v\n%s", err, output)
	}
	return string(found[1])
}
