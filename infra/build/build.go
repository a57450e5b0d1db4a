// Package build makes the Lambda function's deployment package from its source.
package build

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

// Function builds the Lambda function's binary from the approval-workflow module in folder dir, and returns the
// path of its deployment package. The zip lies in the temporary folder under a name made from its content, where the
// engine finds it after the program has ended. The same code gives the same bytes on every machine with the same Go, so
// that only changed code is a change of the stack.
func Function(ctx context.Context, dir string) (string, error) {
	work, err := os.MkdirTemp("", "approval-workflow-")
	if err != nil {
		return "", fmt.Errorf("create a temporary folder (set TMPDIR to one that can be written): %w", err)
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
	// Several stacks may deploy at once: the rename leaves no moment with half a zip under that name.
	unnamed := filepath.Join(work, "function.zip")
	if err := os.WriteFile(unnamed, archive, 0o600); err != nil {
		return "", fmt.Errorf("write the function's zip: %w", err)
	}
	if err := os.Rename(unnamed, path); err != nil {
		return "", fmt.Errorf("name the function's zip: %w", err)
	}
	return path, nil
}

// Compile builds a program of the module in dir for a system and an architecture. The flags and the
// environment leave nothing of this machine in it, nor what it does not need: cgo, the RPC of a former Lambda runtime,
// the symbols of a debugger.
func Compile(ctx context.Context, dir, program, output, goos, goarch string) error {
	command := exec.CommandContext(ctx, //nolint:gosec // every argument is this program's own
		"go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=", "-o", output, program)
	command.Dir = dir
	command.Env = append(os.Environ(),
		"CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch, "GOARM64=v8.0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	message, err := command.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("the Go toolchain is needed, and no go is on the PATH; see https://go.dev/dl: %w", err)
	case err != nil:
		return fmt.Errorf("go build %s: %w\n%s", program, err, bytes.TrimSpace(message))
	}
	return nil
}

// zipFile makes the deployment package of a provided runtime, which starts the executable file bootstrap. Its fixed
// time keeps the bytes the same.
// https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html
func zipFile(binary string) ([]byte, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	epoch := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) // of the zip format
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
