package diagram

import (
	"fmt"

	"approval-workflow/handler/local/asl"
)

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

func (l *layout) box(name string, fails bool) State {
	at := l.places[name]
	return State{name, l.left(at.column), l.top(at.row), l.boxWidth, boxHeight, fails}
}

// arrow returns the arrow of a transition from the usual path: down to the next state, back up, or to the other column.
func (l *layout) arrow(from string, follow asl.Transition) (Transition, error) {
	start, startPlaced := l.places[from]
	end, endPlaced := l.places[follow.To]
	a, b := l.box(from, false), l.box(follow.To, false)
	arrow := Transition{From: from, To: follow.To, When: follow.When}
	switch {
	case !startPlaced || !endPlaced || start.column != 0 || start == end:
		return Transition{}, fmt.Errorf("draw the state machine: no place for the transition from %q to %q", from, follow.To)
	case end.column == 1:
		middle := a.X + a.Width + gap/2
		arrow.Line = fmt.Sprintf("M%d %dH%dV%dH%d", a.X+a.Width, a.TextY(), middle, b.TextY(), b.X)
		arrow.Head = headRight(b.X, b.TextY())
		arrow.WhenX, arrow.WhenY = b.X, b.Y-whenDistance
	case end.row < start.row:
		arrow.Line = fmt.Sprintf("M%d %dH%dV%dH%d", a.X, a.TextY(), arrowLength, b.TextY(), b.X)
		arrow.Head = headRight(b.X, b.TextY())
		arrow.WhenX, arrow.WhenY = arrowLength+whenDistance, a.Y-whenDistance
	default:
		arrow.Line = fmt.Sprintf("M%d %dV%d", a.TextX(), a.Y+a.Height, b.Y)
		arrow.Head = fmt.Sprintf("M%d %dl-4 -%d h8z", b.TextX(), b.Y, arrowLength)
		arrow.WhenX, arrow.WhenY = a.TextX()+whenDistance, b.Y-rowHeight/2+boxHeight/2
	}
	return arrow, nil
}

// headRight returns the head of an arrow that points at a box from the left.
func headRight(x, y int) string { return fmt.Sprintf("M%d %dl-%d -4v8z", x, y, arrowLength) }
