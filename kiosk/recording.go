// SPDX-License-Identifier: Apache-2.0

package kiosk

// Recording is what an author did who went through a service once, with invented answers.
type Recording struct {
	Origin string // scheme://host[:port]
	Start  string // path of the first page
	Pages  []RecordedPage
	Way    []int    // the visits, as indexes of Pages
	Notes  []string // what the author should know of it
}

// RecordedPage is one page of it, in the order of the first visits. The same page again, for example with the site's errors
// on it or after going back, is the same entry.
type RecordedPage struct {
	Path, Lang, Title, Heading string
	State                      string // "", "login", "captcha" or "payment": what the page seems to be
	Acts                       []RecordedAct
	Errors                     []RecordedError
}

// RecordedAct is one thing that the author did.
type RecordedAct struct {
	Kind    Kind // fill, choose, press, declare, secret or upload
	Target  Target
	Value   string // the answer; of a choice its value. Never that of a secret
	Given   bool   // the answer is an invented person's, from a script; else what the author typed, which no guide keeps
	Choices []Choice
	Popup   bool   // it opened another window and nothing else
	Or      string // the answer of a second invented person, when the author gave one
	Wrong   string // an answer that the service refuses
}

// Choice is one choice of a group or list, as the page has it.
type Choice struct {
	Value string `json:"value"`
	Words string `json:"words"`
}

// RecordedError is an error that the site showed, and the control that it was about.
type RecordedError struct {
	Target *Target
	Words  string
}

// ScriptLine is one line of a script of clicks: what to do, and to which control, by the words on the page. Exactly one of
// Fill, Choose, Upload, Press, Declare and Go is set.
type ScriptLine struct {
	Fill    string `yaml:"fill,omitempty"`    // the field's name
	Choose  string `yaml:"choose,omitempty"`  // the name of the group or list
	Press   string `yaml:"press,omitempty"`   // the button or link
	Declare string `yaml:"declare,omitempty"` // a button that is a legal declaration or the service's own submit
	Upload  string `yaml:"upload,omitempty"`  // the field that takes a file; an invented one is made
	Go      string `yaml:"go,omitempty"`      // back: what the browser's back key does
	With    string `yaml:"with,omitempty"`    // what to write or choose
	Or      string `yaml:"or,omitempty"`      // what another invented person writes or chooses
	Wrong   string `yaml:"wrong,omitempty"`   // what the service refuses
}

// What gives the kind of a line and the words of its control.
func (l ScriptLine) What() (Kind, string) {
	switch {
	case l.Fill != "":
		return FillIn, l.Fill
	case l.Choose != "":
		return Choose, l.Choose
	case l.Upload != "":
		return Upload, l.Upload
	case l.Declare != "":
		return Declare, l.Declare
	}
	return Press, l.Press
}

// Script is what to do in a service, line by line, for recording it without a person's hand.
type Script struct {
	Steps []ScriptLine `yaml:"steps"`
}

// ParseScript reads a script, as strictly as a guide: what is wrong with it is a GuideErrors.
func ParseScript(name string, data []byte) (*Script, error) {
	script := new(Script)
	places, problems := readTree(name, data, script)
	if len(problems) > 0 {
		return nil, problems
	}
	c := checker{file: name, places: places}
	if len(script.Steps) == 0 {
		c.fail("steps", "write lines such as: - press: Start now", "the script has no steps")
	}
	for i, line := range script.Steps {
		at := "steps[" + itoa(i) + "]"
		set := 0
		for _, s := range []string{line.Fill, line.Choose, line.Upload, line.Press, line.Declare, line.Go} {
			if s != "" {
				set++
			}
		}
		kind, _ := line.What()
		asks := kind == FillIn || kind == Choose
		switch {
		case set != 1:
			c.fail(at, "write one of fill, choose, upload, press, declare and go in each step", "this step says %d things to do", set)
		case line.Go != "" && line.Go != "back":
			c.fail(at+".go", "write go: back", "it is not known how to go %q", shorten(line.Go))
		case asks && line.With == "":
			c.fail(at, "add with: and an invented answer", "this step does not say what to answer")
		case asks && line.With == line.Or:
			c.fail(at+".or", "let the two invented people answer differently", "both answers are the same")
		case !asks && line.With+line.Or+line.Wrong != "":
			c.fail(at, "take with, or and wrong out", "this has no answer that could be written")
		}
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return script, nil
}
