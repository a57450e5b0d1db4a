// Package diagram lays out the picture of a state machine from its definition. The usual path is a column. The states that
// leave it stand beside the state that leads to them.
package diagram

import (
	"fmt"
	"strings"

	"approval-workflow/handler/local/asl"
)

// Diagram is a picture of a state machine. Its lengths are in the units of its own width and height.
type Diagram struct {
	Width, Height int
	States        []State
	Transitions   []Transition
	// Text says the same in words.
	Text string
}

// State is a box with the name of a state.
type State struct {
	Name          string
	X, Y          int // of the left upper corner
	Width, Height int
	Fails         bool
}

// TextX returns the middle of the box.
func (s State) TextX() int { return s.X + s.Width/2 }

// TextY returns the middle of the box.
func (s State) TextY() int { return s.Y + s.Height/2 }

// Transition is an arrow.
type Transition struct {
	From, To string
	// Line and Head are the arrow as SVG paths.
	Line, Head string
	// When says in which case the state changes, at the point where this text begins.
	When         string
	WhenX, WhenY int
}

// New returns the picture of a machine. It fails for a machine that does not fit into two columns.
func New(machine *asl.Machine) (Diagram, error) {
	l := newLayout(machine)
	d := Diagram{Text: describe(machine, l.order)}
	for _, from := range l.order {
		d.States = append(d.States, l.box(from, machine.Fails(from)))
		for _, follow := range machine.Transitions(from) {
			arrow, err := l.arrow(from, follow)
			if err != nil {
				return Diagram{}, err
			}
			d.Transitions = append(d.Transitions, arrow)
			d.Width = max(d.Width, arrow.WhenX+whenWidth*len(follow.When))
		}
	}
	d.Width = max(d.Width, l.left(1)+l.boxWidth+1)
	d.Height = l.top(l.rows-1) + boxHeight + 2
	return d, nil
}

// describe says in words which states follow each other.
func describe(machine *asl.Machine, states []string) string {
	var sentences []string
	for _, from := range states {
		var targets []string
		for _, follow := range machine.Transitions(from) {
			targets = append(targets, strings.TrimSpace(follow.When+" to "+follow.To))
		}
		switch {
		case len(targets) > 0:
			sentences = append(sentences, fmt.Sprintf("%s leads %s.", from, strings.Join(targets, ", ")))
		case machine.Fails(from):
			sentences = append(sentences, from+" fails the execution.")
		default:
			sentences = append(sentences, from+" ends the execution.")
		}
	}
	return strings.Join(sentences, " ")
}
