//go:build linux

package benchmark

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// period is the time in which a function may use its share of a processor, and after which it gets it again. AWS does not
// document it. Others have seen 20 ms: https://github.com/pwrdrvr/lambda-dispatch/issues/246
const period = 20 * time.Millisecond

// wholeProcessor is the memory in MB with which a function gets a whole processor.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const wholeProcessor = 1769

// cgroup is a control group of Linux. It gives its processes as much of a processor as Lambda gives to a function.
type cgroup struct {
	folder string
	memory int // of the function, in MB
}

// newCgroup creates a control group. It skips the benchmark where the machine does not allow it.
func newCgroup(b *testing.B, memory int) cgroup {
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		b.Fatal(err)
	}
	parent, unified := findCgroups(string(mounts))
	if parent == "" {
		b.Skip("this machine cannot limit processors: it has no cgroups")
	}
	group := cgroup{filepath.Join(parent, fmt.Sprintf("approval-workflow-benchmark-%d-%d", os.Getpid(), memory)), memory}
	if err := os.Mkdir(group.folder, 0o755); err != nil {
		b.Skipf("this user may not limit processors, but root may: %v", err)
	}
	b.Cleanup(func() {
		if err := os.Remove(group.folder); err != nil {
			b.Error(err)
		}
	})
	if err := group.limit(b, unified); err != nil {
		b.Skipf("this machine cannot limit processors (version 2 of cgroups needs cpu in cgroup.subtree_control): %v", err)
	}
	return group
}

// findCgroups returns the folder of the control groups that can limit processors, and whether they are of version 2, from the
// text of /proc/mounts. On a machine with both versions, version 1 has the processors if it names them.
func findCgroups(mounts string) (folder string, unified bool) {
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line) // device, folder, type, options
		switch {
		case len(fields) < 4:
		case fields[2] == "cgroup" && slices.Contains(strings.Split(fields[3], ","), "cpu"):
			return fields[1], false
		case fields[2] == "cgroup2":
			folder, unified = fields[1], true
		}
	}
	return folder, unified
}

// limit sets the share of a processor.
// https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
// https://docs.kernel.org/scheduler/sched-bwc.html
func (g cgroup) limit(b *testing.B, unified bool) error {
	whole := period.Microseconds()
	quota := whole * int64(g.memory) / wholeProcessor
	if unified {
		return g.write(b, "cpu.max", fmt.Sprint(quota, " ", whole))
	}
	if err := g.write(b, "cpu.cfs_period_us", fmt.Sprint(whole)); err != nil {
		return err
	}
	return g.write(b, "cpu.cfs_quota_us", fmt.Sprint(quota))
}

// write writes a file of the control group, which must then contain that value.
func (g cgroup) write(b *testing.B, name, value string) error {
	path := filepath.Join(g.folder, name)
	file, err := os.OpenFile(path, os.O_WRONLY, 0) // without O_CREATE: only the kernel creates these files
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteString(value); err != nil {
		return err
	}
	if content, err := os.ReadFile(path); err != nil || strings.TrimSpace(string(content)) != value {
		b.Fatalf("%s contains %q, want %q (%v)", path, content, value, err)
	}
	return nil
}

// add moves a process with all its threads into the control group. The kernel takes up to 20 ms for it. On Lambda the click
// comes at once, so the process stands still meanwhile.
func (g cgroup) add(b *testing.B, pid int) {
	b.Helper()
	err := errors.Join(
		unix.Kill(pid, unix.SIGSTOP),
		os.WriteFile(filepath.Join(g.folder, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0),
		unix.Kill(pid, unix.SIGCONT))
	if err != nil {
		b.Fatal(err)
	}
}

// periods returns the number of periods in which a process of the control group ran with its limit.
func (g cgroup) periods(b *testing.B) int {
	b.Helper()
	stat, err := os.ReadFile(filepath.Join(g.folder, "cpu.stat"))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut("\n"+string(stat), "\nnr_periods ")
	var n int
	if _, err := fmt.Sscan(rest, &n); err != nil {
		b.Fatalf("cpu.stat has no number of periods: %v\n%s", err, stat)
	}
	return n
}

func TestFindCgroups(t *testing.T) {
	const (
		proc    = "proc /proc proc rw 0 0\n"
		v1      = "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n"
		v1Other = "cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0\n"
		v2      = "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0\n"
	)
	for name, test := range map[string]struct {
		mounts  string
		folder  string
		unified bool
	}{
		"version 1":             {mounts: proc + v1Other + v1, folder: "/sys/fs/cgroup/cpu,cpuacct"},
		"version 2":             {mounts: proc + v2, folder: "/sys/fs/cgroup/unified", unified: true},
		"both, 1 has the CPU":   {mounts: v2 + v1 + v1Other, folder: "/sys/fs/cgroup/cpu,cpuacct"},
		"both, 1 comes first":   {mounts: v1 + v2, folder: "/sys/fs/cgroup/cpu,cpuacct"},
		"both, 2 has the CPU":   {mounts: v1Other + v2, folder: "/sys/fs/cgroup/unified", unified: true},
		"none":                  {mounts: proc},
		"version 1 without CPU": {mounts: proc + v1Other},
	} {
		t.Run(name, func(t *testing.T) {
			if folder, unified := findCgroups(test.mounts); folder != test.folder || unified != test.unified {
				t.Errorf("findCgroups = %q, %v, want %q, %v", folder, unified, test.folder, test.unified)
			}
		})
	}
}
