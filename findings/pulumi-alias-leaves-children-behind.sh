#!/usr/bin/env bash
# A renamed Pulumi component with an alias takes along only those children whose names begin with the component's.
#
# Expected: the documentation of the option says that an alias on a component preserves its children without aliases
# of their own. A child called topic-of-release becomes topic-of-deploy as release becomes deploy; nothing changes.
# Seen: the engine guesses the child's old name by replacing the parent's at its beginning. release-topic is followed.
# topic-of-release is not: the preview creates topic-of-deploy and deletes the other, without a warning. A fixed name
# such as topic is kept, since a child's URN holds its parent's type and not its parent's name.
#
# Versions: Pulumi's engine (CLI) and Go SDK 3.259.0, Go 1.26.8. Date: 2026-11-29.
#
# Why it matters for this deployment: whoever renames the workflow and adds the alias expects to keep the topic. Had
# its name the component's anywhere but in front, `pulumi up` would make a new topic, which nobody has confirmed, and
# delete the one with the approvers. Names inside a component should begin with the component's name, or not have it.
#
# Needs: go. It builds the CLI from its module, which takes up to ten minutes the first time, and keeps its state in a
# temporary folder. No cloud is involved.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'MOD'
module probe

go 1.26

require (
	github.com/pulumi/pulumi/pkg/v3 v3.259.0
	github.com/pulumi/pulumi/sdk/v3 v3.259.0
)

// as in the CLI's own module
replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type component struct{ pulumi.ResourceState }

// gate returns a program with one component of the name, which was called release, and three children.
func gate(name string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		parent := &component{}
		renamed := pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("release")}})
		if err := ctx.RegisterComponentResource("example:index:Gate", name, parent, renamed); err != nil {
			return err
		}
		for _, child := range []string{name + "-topic", "topic-of-" + name, "topic"} {
			err := ctx.RegisterComponentResource("example:index:Part", child, &component{}, pulumi.Parent(parent))
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// preview returns what the preview would create and delete.
func preview(ctx context.Context, stack auto.Stack) []string {
	received := make(chan events.EngineEvent)
	done := make(chan []string)
	go func() {
		var changes []string
		for event := range received {
			if step := event.ResourcePreEvent; step != nil && (step.Metadata.Op == "create" || step.Metadata.Op == "delete") {
				name := step.Metadata.URN[strings.LastIndex(step.Metadata.URN, "::")+2:]
				changes = append(changes, string(step.Metadata.Op)+" "+name)
			}
		}
		done <- changes
	}()
	if _, err := stack.Preview(ctx, optpreview.EventStreams(received)); err != nil {
		fail(err)
	}
	changes := <-done
	slices.Sort(changes)
	return changes
}

// fail ends the program; the SDK silences package log.
func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

func main() {
	ctx := context.Background()
	engine, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: os.Args[1]})
	if err != nil {
		fail(err)
	}
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", "probe", gate("release"), auto.Pulumi(engine))
	if err != nil {
		fail(err)
	}
	if _, err := stack.Up(ctx); err != nil {
		fail(err)
	}
	stack.Workspace().SetProgram(gate("deploy"))
	changes := preview(ctx, stack)
	fmt.Printf("Pulumi %s, release becomes deploy: %q\n", engine.Version(), changes)
	if !slices.Equal(changes, []string{"create topic-of-deploy", "delete topic-of-release"}) {
		fmt.Println("CHANGED: other children are left behind now, or none")
		os.Exit(1)
	}
	fmt.Println("As described: the child with the component's name elsewhere than in front was left behind")
}
GO
export GOFLAGS=-mod=mod GOWORK=off
timeout 1500 go build -ldflags '-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0' \
	-o bin/pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi 2>build.log &&
	timeout 300 go build -o probe . 2>>build.log || { cat build.log >&2; exit 2; }

mkdir state
export PULUMI_HOME=$dir/home PULUMI_BACKEND_URL=file://$dir/state
export PULUMI_CONFIG_PASSPHRASE=example PULUMI_SKIP_UPDATE_CHECK=true
export TMPDIR=$dir
unset PULUMI_ACCESS_TOKEN PULUMI_STACK PULUMI_CONFIG
timeout 120 ./probe "$dir"
