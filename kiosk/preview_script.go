// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// PreviewLine is one line of a script for looking at a guide. Page, Language and Level may stand together; Touch, Type, Key and
// Shot each stand alone.
type PreviewLine struct {
	Page     string `yaml:"page,omitempty"`     // a page of the guide
	Step     string `yaml:"step,omitempty"`     // a step of that page; its first when it is left out
	Error    string `yaml:"error,omitempty"`    // an explanation of that step: the page is shown with that error of the site
	Language string `yaml:"language,omitempty"` // of the citizen, from here on
	Level    Level  `yaml:"level,omitempty"`    // with-me, guide-me or i-try, from here on
	Touch    string `yaml:"touch,omitempty"`    // a key beside the page: why, missing, help, back, end, read, next ...
	Type     string `yaml:"type,omitempty"`     // typed into what has the keyboard
	Key      string `yaml:"key,omitempty"`      // one key: Tab, Return ...
	Shot     string `yaml:"shot,omitempty"`     // name of a picture of the screen
}

// PreviewScript is what to look at in a guide, line by line.
type PreviewScript struct {
	Steps []PreviewLine `yaml:"steps"`
}

// ParsePreviewScript reads a script, as strictly as a guide: what is wrong with it is a GuideErrors.
func ParsePreviewScript(name string, data []byte) (*PreviewScript, error) {
	script := new(PreviewScript)
	places, problems := readTree(name, data, script)
	if len(problems) > 0 {
		return nil, problems
	}
	c := checker{file: name, places: places}
	if len(script.Steps) == 0 {
		c.fail("steps", "write lines such as: - page: your-name", "the script has no steps")
	}
	for i, line := range script.Steps {
		at, alone := "steps["+itoa(i)+"]", 0
		for _, s := range []string{line.Touch, line.Type, line.Key, line.Shot} {
			if s != "" {
				alone++
			}
		}
		look := line.Page+line.Step+line.Error+line.Language+string(line.Level) != ""
		switch {
		case alone > 1, alone == 1 && look, alone == 0 && !look:
			c.fail(at, "write page (with step, error, language or level), or one of touch, type, key and shot", "this line does not say one thing to do")
		case line.Page == "" && line.Step+line.Error != "":
			c.fail(at, "add its page", "a step or an error is on a page")
		case line.Level != "" && !slices.Contains(Levels(), line.Level):
			c.fail(at+".level", "use with-me, guide-me or i-try", "there is no level %q", shorten(string(line.Level)))
		case line.Shot != "" && slug(line.Shot) != line.Shot:
			c.fail(at+".shot", "use lower-case words of a to z and 0 to 9, joined by dashes", "%q cannot be a picture's name", shorten(line.Shot))
		}
	}
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return script, nil
}
