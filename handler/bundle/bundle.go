// Package bundle builds the deployment package of the Lambda function from its source.
package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Function builds the Lambda function of the approval-workflow module in folder dir, and returns the path of its
// deployment package. The zip is in the temporary folder, where Pulumi's engine finds it after the program has ended. Its
// name depends only on its content. The same code gives the same bytes on every machine with the same version of Go, so
// that only changed code changes the stack.
func Function(ctx context.Context, dir string) (string, error) {
	work, err := os.MkdirTemp("", "approval-workflow-")
	if err != nil {
		return "", fmt.Errorf("create a temporary folder (set TMPDIR to a writable one): %w", err)
	}
	defer os.RemoveAll(work)
	binary := filepath.Join(work, "bootstrap")
	if err := Compile(ctx, dir, "./handler", binary, "linux", "arm64"); err != nil {
		return "", err
	}
	archive, err := zipFile(binary)
	if err != nil {
		return "", fmt.Errorf("zip the function's binary: %w", err)
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("approval-workflow-%x.zip", sha256.Sum256(archive)))
	// Several stacks may deploy at the same time. A rename never shows them half of a zip.
	unnamed := filepath.Join(work, "function.zip")
	if err := os.WriteFile(unnamed, archive, 0o600); err != nil {
		return "", fmt.Errorf("write the function's zip: %w", err)
	}
	if err := os.Rename(unnamed, path); err != nil {
		return "", fmt.Errorf("rename the function's zip: %w", err)
	}
	return path, nil
}

// Compile builds a program of the module in dir for an operating system and an architecture. The flags and the environment
// keep everything about this machine out of the binary. They also leave out what the function does not need: cgo, the
// RPC of an old Lambda runtime, and the symbols for a debugger.
func Compile(ctx context.Context, dir, program, output, goos, goarch string) error {
	command := exec.CommandContext(ctx, //nolint:gosec // all arguments are this program's own
		"go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", output, program)
	command.Dir = dir
	command.Env = append(os.Environ(),
		"CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch, "GOARM64=v8.0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	message, err := command.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("the build needs the Go toolchain, but go is not on the PATH; see https://go.dev/dl: %w", err)
	case err != nil:
		return fmt.Errorf("go build %s: %w\n%s", program, err, bytes.TrimSpace(message))
	}
	return nil
}

// zipFile returns a deployment package with the executable file bootstrap, which a provided runtime starts. The file has
// a fixed time, so that the bytes stay the same.
// https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
func zipFile(binary string) ([]byte, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	epoch := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) // the earliest time in a zip
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: epoch}
	header.SetMode(0o755)
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	file, err := writer.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(content); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}
