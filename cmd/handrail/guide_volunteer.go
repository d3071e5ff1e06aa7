// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

const guideVolunteerUsage = `usage: handrail guide preview URL -as volunteer [-guide DIR] [-script FILE] [-json]

Opens a live page and prints all that a volunteer would receive of it in a call: at first, and after each action of the
script. It goes the way of a call, sealed and opened again. Words stand there only if they are in the public words of the guide;
without one there are boxes and kinds only.

A script has one action a line; SELECTOR is a CSS selector, in quotes when it has spaces:
  click SELECTOR
  type SELECTOR TEXT...      click it and type
  choose SELECTOR WORDS...   pick from a list by its words
  key NAME                   Tab, Enter, Escape, Space, ArrowDown, PageDown, ...
  scroll PIXELS [SELECTOR]   turn the wheel, over an element if one is named
  resize WIDTH HEIGHT
  open URL
  wait MILLISECONDS

options:
`

// volunteerRow is one message that the volunteer receives. After: what was done before it came ("open" is the page itself).
type volunteerRow struct {
	After   string          `json:"after"`
	Type    string          `json:"type"`
	Bytes   int             `json:"bytes"` // on the line, sealed
	Content json.RawMessage `json:"content"`
}

// ofVolunteer tells whether "guide preview" is asked for a live page instead of a guide's folder.
func ofVolunteer(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://") }) &&
		slices.ContainsFunc(args, func(a string) bool {
			return strings.TrimLeft(a, "-") == "as" || strings.TrimLeft(a, "-") == "as=volunteer"
		})
}

func guideVolunteer(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide preview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	as := flags.String("as", "volunteer", "only volunteer: a citizen's preview is of a guide's folder")
	dir := flags.String("guide", "", "`folder` of the guide whose public words may be read")
	script := flags.String("script", "", "`file` with what is done on the page")
	asJSON := flags.Bool("json", false, "print one JSON object")
	width := flags.Int("width", 816, "of the page, CSS `px`")
	height := flags.Int("height", 688, "of the page, CSS `px`")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideVolunteerUsage); flags.PrintDefaults() }
	pages, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(pages) != 1 || *as != "volunteer" || *width < 100 || *height < 100 || *width > 4000 || *height > 4000 {
		fmt.Fprint(stderr, "handrail guide preview: name one page, and -as volunteer\n\n"+guideVolunteerUsage)
		return 2
	}
	var guide *kiosk.Guide
	if *dir != "" {
		guide, _, err = loadDraft(*dir)
	}
	var actions []volunteerAction
	if err == nil && *script != "" {
		actions, err = readVolunteerScript(*script)
	}
	report := newGuideReport()
	if err == nil {
		err = previewLivePage(ctx, report, guide, pages[0], *width, *height, actions)
	}
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide preview: %v\n", err)
		return 1
	}
	return report.print(stdout, *asJSON, func() { tellLivePage(stdout, report) })
}

// volunteerAction is one line of a script.
type volunteerAction struct {
	line  int
	text  string
	words []string
}

// verbs of a script, with how many words they take at least and at most.
var volunteerVerbs = map[string][2]int{"click": {1, 1}, "type": {2, 1000}, "choose": {2, 100}, "key": {1, 1}, "scroll": {1, 2}, "resize": {2, 2}, "open": {1, 1}, "wait": {1, 1}}

func readVolunteerScript(path string) ([]volunteerAction, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	actions, err := parseVolunteerScript(string(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return actions, nil
}

func parseVolunteerScript(text string) ([]volunteerAction, error) {
	const most = 1000
	var actions []volunteerAction
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		words, err := scriptWords(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number+1, err)
		}
		takes, ok := volunteerVerbs[words[0]]
		if !ok {
			return nil, fmt.Errorf("line %d: there is no action %q", number+1, words[0])
		}
		if n := len(words) - 1; n < takes[0] || n > takes[1] {
			return nil, fmt.Errorf("line %d: %s with %d words after it; see -help", number+1, words[0], n)
		}
		if slices.Contains([]string{"scroll", "resize", "wait"}, words[0]) {
			for _, w := range words[1:min(len(words), 2)] {
				if _, err := strconv.Atoi(w); err != nil {
					return nil, fmt.Errorf("line %d: %q is no whole number", number+1, w)
				}
			}
		}
		if actions = append(actions, volunteerAction{number + 1, line, words}); len(actions) > most {
			return nil, fmt.Errorf("more than %d actions", most)
		}
	}
	return actions, nil
}

// scriptWords cuts a line at spaces; what stands in double quotes is one word.
func scriptWords(line string) (words []string, err error) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, errors.New("a quote is not closed")
			}
			word, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, errors.New("a quote is not right")
			}
			words, line = append(words, word), line[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		words, line = append(words, word), rest
	}
	return words, nil
}

// do does an action in the page.
func (a volunteerAction) do(ctx context.Context, d *helperEnd) error {
	number := func(i int) int { n, _ := strconv.Atoi(a.words[i]); return n }
	switch a.words[0] {
	case "click":
		return d.tab.Click(ctx, a.words[1])
	case "type":
		return d.typeInto(ctx, a.words[1], strings.Join(a.words[2:], " "))
	case "choose":
		return d.tab.Choose(ctx, a.words[1], strings.Join(a.words[2:], " "))
	case "key":
		return d.tab.Key(ctx, a.words[1])
	case "scroll":
		selector := ""
		if len(a.words) > 2 {
			selector = a.words[2]
		}
		return d.tab.Wheel(ctx, selector, float64(number(1)))
	case "resize":
		w, h := number(1), number(2)
		if w < 100 || h < 100 || w > 4000 || h > 4000 {
			return errors.New("a window is from 100 to 4000 px")
		}
		return d.tab.Resize(ctx, w, h)
	case "open":
		return d.visit(ctx, a.words[1])
	}
	select {
	case <-time.After(time.Duration(min(max(number(1), 0), 60_000)) * time.Millisecond):
	case <-ctx.Done():
	}
	return nil
}

// previewLivePage opens the page and keeps what the volunteer receives.
func previewLivePage(ctx context.Context, report *guideReport, g *kiosk.Guide, address string, width, height int, actions []volunteerAction) error {
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: width, Height: height})
	if err != nil {
		return err
	}
	defer visitor.Close()
	d, err := openHelperEnd(visitor, g, width, height)
	if err != nil {
		return err
	}
	defer d.close()
	done := 0
	take := func(after string) {
		for _, m := range d.opened()[done:] {
			report.Rows = append(report.Rows, volunteerRow{after, m.Content.Kind(), m.Bytes, m.Plain})
			report.Figures["bytes"] += float64(m.Bytes)
			done++
		}
	}
	if err := d.visit(ctx, address); err != nil {
		return err
	}
	take("open")
	if done > 0 {
		report.Figures["first_bytes"] = float64(d.opened()[0].Bytes)
	}
	for _, a := range actions {
		err := a.do(ctx, d)
		if err == nil {
			if err = d.settle(ctx, 5*time.Second); errors.Is(err, errUnsettled) {
				err = nil
				report.note("line %d (%s): the page did not come to rest", a.line, a.words[0])
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %s: %w", a.line, a.words[0], err)
		}
		take(a.text)
	}
	report.Figures["messages"], report.Figures["actions"] = float64(done), float64(len(actions))
	for _, name := range []string{"elements", "shown", "bars"} {
		report.Figures[name] = 0
	}
	if now := d.drawn(); now != nil {
		for _, n := range now.Nodes {
			report.Figures["elements"]++
			switch {
			case n.Text != "":
				report.Figures["shown"]++
			case n.Bar != 0:
				report.Figures["bars"]++
			}
		}
		if g != nil && now.Page == "" {
			report.note("the guide does not know this page, so there is no word in it")
		}
	}
	switch {
	case g == nil:
		report.note("without a guide a volunteer sees boxes and kinds only; name one with -guide")
	case len(g.Words) == 0:
		report.note("the guide has no public words yet, so a volunteer reads nothing; record them: handrail guide words")
	}
	return nil
}

// tellLivePage prints the messages for people.
func tellLivePage(w io.Writer, r *guideReport) {
	for _, row := range r.Rows {
		row := row.(volunteerRow)
		fmt.Fprintf(w, "== after %s: %s, %d bytes\n", row.After, row.Type, row.Bytes)
		content, err := helpdesk.DecodeContent(helpdesk.TerminalSide, row.Content)
		if err != nil {
			continue
		}
		var nodes []helpdesk.Node
		switch c := content.(type) {
		case *helpdesk.Outline:
			nodes = c.Nodes
			fmt.Fprintf(w, "   page %q, %d x %d\n", c.Page, c.W, c.H)
			if c.Alone != "" {
				fmt.Fprintf(w, "   the person does this alone (%s); nothing is sent\n", c.Alone)
			}
		case *helpdesk.Changed:
			nodes = c.Nodes
			if c.Move != [2]int{} {
				fmt.Fprintf(w, "   all moves by %d, %d\n", c.Move[0], c.Move[1])
			}
			if len(c.Gone) > 0 {
				fmt.Fprintf(w, "   %d elements go\n", len(c.Gone))
			}
		}
		for _, n := range nodes {
			text := n.Text
			if n.Bar != 0 {
				text = "▇▇▇▇▇▇"
			}
			fmt.Fprintf(w, "   %-8s %5d %5d %4d x %-4d %s %s\n", n.NodeKind, n.Box[0], n.Box[1], n.Box[2], n.Box[3], text, strings.Join(n.State, ","))
		}
	}
	fmt.Fprintf(w, "%.0f messages, %.0f bytes; at the end %.0f elements, %.0f with public words, %.0f with a bar\n",
		r.Figures["messages"], r.Figures["bytes"], r.Figures["elements"], r.Figures["shown"], r.Figures["bars"])
}
