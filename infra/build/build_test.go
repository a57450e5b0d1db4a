package build

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

// build builds the function of the module in dir, with a temporary folder of its own.
func build(t *testing.T, dir string) (path string, err error) {
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
			t.Errorf("%s is left behind", name)
		}
	}
	return path, err
}

func TestFunction(t *testing.T) {
	path, err := build(t, "../..")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if len(reader.File) != 1 || reader.File[0].Name != "bootstrap" || reader.File[0].Mode() != 0o755 {
		t.Fatalf("the zip does not hold just an executable bootstrap: %v", reader.File)
	}
	file, err := reader.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	program, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	if program.Machine != elf.EM_AARCH64 {
		t.Errorf("bootstrap is for %s", program.Machine)
	}
	if libraries, err := program.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("bootstrap needs the libraries %v, %v", libraries, err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(binary, []byte(filepath.Dir(filepath.Dir(here)))) {
		t.Error("bootstrap holds a path of this machine")
	}
}

// TestFunctionAgain: the same code gives the same zip in another checkout, other code gives another.
func TestFunctionAgain(t *testing.T) {
	hello := `package main; func main() { print("hello") }`
	first, firstErr := build(t, module(t, hello))
	same, sameErr := build(t, module(t, hello))
	other, otherErr := build(t, module(t, strings.ReplaceAll(hello, "hello", "other")))
	if firstErr != nil || sameErr != nil || otherErr != nil {
		t.Fatal(firstErr, sameErr, otherErr)
	}
	read := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if filepath.Base(same) != filepath.Base(first) || read(same) != read(first) {
		t.Error("two checkouts of the same code give different zips")
	}
	if filepath.Base(other) == filepath.Base(first) || read(other) == read(first) {
		t.Error("other code gives the same zip")
	}
}

func TestFunctionErrors(t *testing.T) {
	good := `package main; func main() {}`
	tests := []struct {
		name, source string
		arrange      func(*testing.T)
		want         string
	}{
		{"compile error", "package main\n\nfunc main() { undefined() }", func(*testing.T) {},
			"handler/main.go:3:15: undefined: undefined"},
		{"no toolchain", good, func(t *testing.T) { t.Setenv("PATH", t.TempDir()) }, "no go is on the PATH"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := module(t, test.source)
			test.arrange(t)
			path, err := build(t, dir)
			if err == nil || !strings.Contains(err.Error(), test.want) || path != "" {
				t.Errorf("got %q, error %v; want an error with %q", path, err, test.want)
			}
		})
	}
	t.Run("temporary folder", func(t *testing.T) {
		dir := module(t, good)
		t.Setenv("TMPDIR", filepath.Join(dir, "go.mod")) // a file: not even root can write into it
		path, err := Function(t.Context(), dir)
		if err == nil || !strings.Contains(err.Error(), "set TMPDIR") || path != "" {
			t.Errorf("got %q, error %v; want one that names TMPDIR", path, err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if path, err := Function(ctx, module(t, good)); err == nil || path != "" {
			t.Errorf("got %q, error %v", path, err)
		}
	})
}

// module writes a module whose handler is source.
func module(t *testing.T, source string) string {
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
