package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bundle builds the function of the module in dir, and checks that nothing but the zip is left in the temporary folder.
func bundle(t *testing.T, dir string) (path string, err error) {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	path, err = Function(t.Context(), dir)
	entries, readErr := os.ReadDir(temp)
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, entry := range entries {
		if name := filepath.Join(temp, entry.Name()); name != path {
			t.Errorf("%s is left", name)
		}
	}
	return path, err
}

func TestFunction(t *testing.T) {
	path, err := bundle(t, "../..")
	if err != nil {
		t.Fatal(err)
	}
	binary := readBootstrap(t, path)
	program, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	if program.Machine != elf.EM_AARCH64 {
		t.Errorf("machine = %s, want %s", program.Machine, elf.EM_AARCH64)
	}
	if libraries, err := program.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("imported libraries = %v, %v, want none", libraries, err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(binary, []byte(root)) {
		t.Error("bootstrap contains a path of this machine")
	}
}

// readBootstrap returns the only file of a deployment package.
func readBootstrap(t *testing.T, path string) []byte {
	t.Helper()
	reader, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if len(reader.File) != 1 || reader.File[0].Name != "bootstrap" || reader.File[0].Mode() != 0o755 {
		t.Fatalf("files in the zip = %v, want an executable bootstrap", reader.File)
	}
	file, err := reader.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// TestFunctionIsReproducible checks that the same code gives the same zip in two checkouts, and other code another zip.
func TestFunctionIsReproducible(t *testing.T) {
	hello := `package main; func main() { print("hello") }`
	build := func(source string) (name, content string) {
		path, err := bundle(t, newModule(t, source))
		if err != nil {
			t.Fatal(err)
		}
		archive, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Base(path), string(archive)
	}
	firstName, first := build(hello)
	if name, content := build(hello); name != firstName || content != first {
		t.Error("two checkouts of the same code give different zips")
	}
	if name, content := build(strings.ReplaceAll(hello, "hello", "other")); name == firstName || content == first {
		t.Error("other code gives the same zip")
	}
}

const validSource = `package main; func main() {}`

func TestFunctionErrors(t *testing.T) {
	tests := []struct {
		name, source string
		arrange      func(*testing.T)
		want         string
	}{
		{
			name: "compile error", source: "package main\n\nfunc main() { undefined() }", arrange: func(*testing.T) {},
			want: "handler/main.go:3:15: undefined: undefined",
		},
		{
			name: "no toolchain", source: validSource, arrange: func(t *testing.T) { t.Setenv("PATH", t.TempDir()) },
			want: "go is not on the PATH",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := newModule(t, test.source)
			test.arrange(t)
			path, err := bundle(t, dir)
			if err == nil || !strings.Contains(err.Error(), test.want) || path != "" {
				t.Errorf("Function = %q, %v, want an error with %q", path, err, test.want)
			}
		})
	}
}

func TestFunctionWithoutTemporaryFolder(t *testing.T) {
	dir := newModule(t, validSource)
	t.Setenv("TMPDIR", filepath.Join(dir, "go.mod")) // not even root can write into a file as if it were a folder
	path, err := Function(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "set TMPDIR") || path != "" {
		t.Errorf("Function = %q, %v, want an error that names TMPDIR", path, err)
	}
}

func TestFunctionCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if path, err := Function(ctx, newModule(t, validSource)); err == nil || path != "" {
		t.Errorf("Function = %q, %v, want an error", path, err)
	}
}

// newModule writes a module with source as its handler, and returns its folder.
func newModule(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "handler"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"go.mod": "module approval-workflow\n", "handler/main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
