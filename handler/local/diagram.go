package main

import (
	"fmt"
	"strings"

	"approval-workflow/handler/statemachine/asl"
)

// diagram is the picture of a state machine. The usual path is a column. The states that leave it are beside the state
// that leads to them. Its lengths are in the units of its own width and height.
type diagram struct {
	Width, Height int
	States        []box
	Transitions   []arrow
	// Text says the same in words.
	Text string
}

// box is a box with the name of a state.
type box struct {
	Name          string
	X, Y          int // of the left upper corner
	Width, Height int
	Fails         bool
}

// TextX returns the middle of the box.
func (b box) TextX() int { return b.X + b.Width/2 }

// TextY returns the middle of the box.
func (b box) TextY() int { return b.Y + b.Height/2 }

// arrow leads from the box of a state to that of another one.
type arrow struct {
	From, To string
	// Line and Head are the arrow as SVG paths.
	Line, Head string
	// When says in which case the state changes, at the point where this text begins.
	When         string
	WhenX, WhenY int
}

// newDiagram returns the picture of a machine. It fails for a machine that does not fit into two columns.
func newDiagram(machine *asl.Machine) (diagram, error) {
	l := newLayout(machine)
	d := diagram{Text: describe(machine, l.order)}
	for _, from := range l.order {
		d.States = append(d.States, l.box(from, machine.Fails(from)))
		for _, follow := range machine.Transitions(from) {
			arrow, err := l.arrow(from, follow)
			if err != nil {
				return diagram{}, err
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
		verb := "leads " + strings.Join(targets, ", ")
		if len(targets) == 0 {
			verb = "ends the execution"
		}
		if machine.Fails(from) {
			verb = "fails the execution"
		}
		sentences = append(sentences, from+" "+verb+".")
	}
	return strings.Join(sentences, " ")
}

// The lengths of the picture. Its text is 13 units high in the boxes, and 12 beside the arrows.
const (
	margin       = 22 // for the arrows that lead back
	gap          = 26 // between the columns
	rowHeight    = 58
	boxHeight    = 34
	nameWidth    = 9 // of a character in a box
	whenWidth    = 7 // of a character beside an arrow
	boxPadding   = 8
	arrowLength  = 7
	whenDistance = 6 // from an arrow or a box
)

// place is a place in the picture. Column 0 has the usual path.
type place struct{ column, row int }

type layout struct {
	places   map[string]place
	order    []string // the states with a place
	rows     int
	boxWidth int
}

func newLayout(machine *asl.Machine) *layout {
	l := &layout{places: map[string]place{}}
	usual := usualPath(machine)
	for _, name := range usual {
		l.places[name] = place{} // keeps it out of the other column
	}
	for _, name := range usual {
		l.put(name, place{0, l.rows})
		beside := 0
		for _, follow := range machine.Transitions(name) {
			if _, placed := l.places[follow.To]; !placed {
				l.put(follow.To, place{1, l.rows + beside})
				beside++
			}
		}
		l.rows += max(1, beside)
	}
	return l
}

// usualPath returns the states from the first one to the end, with the first transition of each.
func usualPath(machine *asl.Machine) []string {
	seen := map[string]bool{}
	var path []string
	for name := machine.StartAt(); !seen[name]; {
		seen[name] = true
		path = append(path, name)
		if follow := machine.Transitions(name); len(follow) > 0 {
			name = follow[0].To
		}
	}
	return path
}

func (l *layout) put(name string, at place) {
	l.places[name] = at
	l.order = append(l.order, name)
	l.boxWidth = max(l.boxWidth, nameWidth*len(name)+boxPadding)
}

func (l *layout) left(column int) int { return margin + column*(l.boxWidth+gap) }

func (l *layout) top(row int) int { return 1 + row*rowHeight }

func (l *layout) box(name string, fails bool) box {
	at := l.places[name]
	return box{name, l.left(at.column), l.top(at.row), l.boxWidth, boxHeight, fails}
}

// arrow returns the arrow of a transition from the usual path: down to the next state, back up, or to the other column.
func (l *layout) arrow(from string, follow asl.Transition) (arrow, error) {
	start := l.places[from]
	end, placed := l.places[follow.To]
	a, b := l.box(from, false), l.box(follow.To, false)
	drawn := arrow{From: from, To: follow.To, When: follow.When}
	switch {
	case !placed || start.column != 0 || start == end:
		return arrow{}, fmt.Errorf("no place for the transition from %q to %q", from, follow.To)
	case end.column == 1:
		middle := a.X + a.Width + gap/2
		drawn.Line = fmt.Sprintf("M%d %dH%dV%dH%d", a.X+a.Width, a.TextY(), middle, b.TextY(), b.X)
		drawn.Head = headRight(b.X, b.TextY())
		drawn.WhenX, drawn.WhenY = b.X, b.Y-whenDistance
	case end.row < start.row:
		drawn.Line = fmt.Sprintf("M%d %dH%dV%dH%d", a.X, a.TextY(), arrowLength, b.TextY(), b.X)
		drawn.Head = headRight(b.X, b.TextY())
		drawn.WhenX, drawn.WhenY = arrowLength+whenDistance, a.Y-whenDistance
	default:
		drawn.Line = fmt.Sprintf("M%d %dV%d", a.TextX(), a.Y+a.Height, b.Y)
		drawn.Head = fmt.Sprintf("M%d %dl-4 -%d h8z", b.TextX(), b.Y, arrowLength)
		drawn.WhenX, drawn.WhenY = a.TextX()+whenDistance, b.Y-rowHeight/2+boxHeight/2
	}
	return drawn, nil
}

// headRight returns the head of an arrow that points at a box from the left.
func headRight(x, y int) string { return fmt.Sprintf("M%d %dl-%d -4v8z", x, y, arrowLength) }
