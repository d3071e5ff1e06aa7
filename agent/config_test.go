// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"handrail/provisioning"
)

const goodConfig = "office: Linden Town Hall\nlanguages: [en, ar]\nservices:\n  - guide: defra-forms\n    origin: https://forms.example.org\n"

func TestConfig(t *testing.T) {
	c, err := ParseConfig(strings.NewReader(goodConfig))
	if err != nil {
		t.Fatal(err)
	}
	if c.Display.Width != 1280 || c.Idle.After != "90s" || c.Services[0].Origin != "https://forms.example.org" {
		t.Errorf("%+v", c)
	}
	for name, fault := range map[string]struct{ text, want string }{
		"unknown key":      {goodConfig + "colour: red\n", `[6:1] unknown field "colour"`},
		"nothing":          {"", "office"},
		"no such language": {strings.Replace(goodConfig, "ar", "xx", 1), `no screens in "xx"`},
		"twice":            {goodConfig + "  - guide: defra-forms\n", "stands there twice"},
		"no such guide":    {strings.Replace(goodConfig, "defra-forms", "../etc", 1), "services[0]"},
		"origin":           {strings.Replace(goodConfig, "https://forms.example.org", "forms.example.org", 1), "is no origin"},
		"hours":            {goodConfig + "desk: {hours: [\"mon-fri 9-5\"]}\n", "is no line of hours"},
		"device":           {goodConfig + "devices: {fax: {driver: x, port: y}}\n", `no device "fax"`},
		"office printer":   {goodConfig + "devices: {a4: {driver: ipp, port: /dev/lp0}}\n", "address of the office's printer"},
		"price":            {goodConfig + "printing: {price_per_page: cheap}\n", "printing.price_per_page"},
		"camera":           {goodConfig + "browser: {camera: big}\n", "browser.camera"},
		"screen":           {goodConfig + "display: {width: 320, height: 200}\n", "320 x 200"},
		"idle":             {goodConfig + "idle: {after: 90s, warning: 5s}\n", "idle.warning"},
	} {
		if _, err := ParseConfig(strings.NewReader(fault.text)); err == nil || !strings.Contains(err.Error(), fault.want) {
			t.Errorf("%s: %v, want %q in it", name, err, fault.want)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(goodConfig)
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		_, _ = ParseConfig(strings.NewReader(text))
	})
}

// A terminal that nobody enrolled says so, starts nothing and leaves nothing running.
func TestAgentNeedsEnrolment(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	c, err := ParseConfig(strings.NewReader(goodConfig))
	if err != nil {
		t.Fatal(err)
	}
	c.Dir = t.TempDir()
	if err := New(Options{Config: c, Self: []string{"/bin/false"}}).Run(t.Context()); !errors.Is(err, provisioning.ErrNotEnrolled) {
		t.Fatalf("it ended with %v", err)
	}
}
