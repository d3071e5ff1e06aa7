// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// lines are the text of a guide.yaml that is added to. Changes are collected and made at once.
type lines struct {
	name    string
	places  places
	all     []string
	changes []change
}

// change puts a text before a line, counted from 0, in the place of so many lines.
type change struct {
	line, drop int
	text       string
}

// insertItem puts an item into the list at a path: after item n, or before it, or as the list's first, for which the key is
// written too. has is how many the list has in the text.
func (l *lines) insertItem(list string, n int, after bool, has int, v reflect.Value) {
	if has == 0 {
		dot := strings.LastIndex(list, ".")
		if dot < 0 { // a guide without pages is none
			l.fail()
			return
		}
		parent, key := list[:dot], list[dot+1:]
		spot, ok := l.first(parent)
		if !ok {
			l.fail()
			return
		}
		indent := spot.column - 1
		l.put(l.end(spot), 0, strings.Repeat(" ", indent)+key+":\n"+item(v, indent+2))
		return
	}
	spot, ok := l.first(fmt.Sprintf("%s[%d]", list, min(n, has-1)))
	if !ok || spot.column < 3 {
		l.fail()
		return
	}
	at := spot.line - 1
	if after {
		at = l.end(spot)
	}
	l.put(at, 0, item(v, spot.column-3))
}

// first is where the first key of a part stands.
func (l *lines) first(path string) (first spot, ok bool) {
	for at, spot := range l.places {
		key, inside := strings.CutPrefix(at, path+".")
		if !inside || strings.ContainsAny(key, ".[") {
			continue
		}
		if !ok || spot.line < first.line {
			first, ok = spot, true
		}
	}
	return first, ok
}

// replaceKey writes a key that stands on one line anew. ok is false when it does not.
func (l *lines) replaceKey(path string, v reflect.Value, key string) (ok bool) {
	spot, ok := l.places[path]
	if !ok || spot.line > len(l.all) || !strings.HasPrefix(strings.TrimLeft(l.all[spot.line-1], " -"), key+": {") {
		return false
	}
	line := l.all[spot.line-1]
	if strings.Contains(line[strings.LastIndex(line, "}"):], "#") || !strings.HasSuffix(strings.TrimSpace(line), "}") {
		return false
	}
	var w yamlWriter
	w.field(key, v, 0)
	l.put(spot.line-1, 1, line[:strings.Index(line, key+":")]+w.String())
	return true
}

func item(v reflect.Value, indent int) string {
	var w yamlWriter
	w.WriteString(strings.Repeat(" ", indent) + "- ")
	w.fields(v, indent+2, true)
	return w.String()
}

// end is the line after the item, or the keys, that begin at a spot: the first that is not further in than they are.
func (l *lines) end(spot spot) int {
	first := spot.line - 1
	end := first + 1
	for end < len(l.all) {
		line := l.all[end]
		if in := indentOf(line); in < spot.column-1 || in == spot.column-3 && strings.HasPrefix(strings.TrimLeft(line, " "), "- ") {
			break
		}
		end++
	}
	for end > first+1 && strings.TrimSpace(l.all[end-1]) == "" {
		end--
	}
	return end
}

func (l *lines) put(line, drop int, text string) {
	l.changes = append(l.changes, change{line, drop, text})
}

func (l *lines) fail() { l.put(-1, 0, "") }

// apply makes the changes, from the end of the text to its beginning; those at one line stay in their order.
func (l *lines) apply() ([]byte, error) {
	slices.SortStableFunc(l.changes, func(a, b change) int { return cmp.Compare(a.line, b.line) })
	out := l.all
	for _, c := range slices.Backward(l.changes) {
		if c.line < 0 || c.line+c.drop > len(out) {
			return nil, fmt.Errorf("%s is written in a way that nothing can be added to", l.name)
		}
		if c.line > 0 && !strings.HasSuffix(out[c.line-1], "\n") {
			c.text = "\n" + c.text
		}
		out = slices.Replace(slices.Clone(out), c.line, c.line+c.drop, c.text)
	}
	return []byte(strings.Join(out, "")), nil
}
