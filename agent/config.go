// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"handrail/agent/session"
	"handrail/kiosk"
	"handrail/kiosk/guides"
	"handrail/kiosk/stage"
	"handrail/peripherals"
	"handrail/peripherals/printer"
	"handrail/peripherals/scanner"
	"handrail/ui/i18n"
)

// Config is a terminal's configuration, agent.yaml. Unknown keys are errors with line and column.
type Config struct {
	// Office is the name of the place, as it is shown: "Linden Town Hall".
	Office string `yaml:"office"`
	// Dir is where identity, outbox and counters live. Relative to the configuration's file.
	Dir string `yaml:"dir"`
	// Languages offered on the start screen, in this order.
	Languages []string `yaml:"languages"`
	// Services of the home screen, in this order.
	Services []ServiceConfig `yaml:"services"`
	// Devices by what they are for: reader, printer, a4, scanner. a4 is the office's own printer for whole pages, by its address:
	// "driver: ipp", "port: ipp://localhost:631/printers/A4". scanner is for papers that a site wants a picture of, by its name
	// with SANE: "driver: sane", "port: genesys:libusb:001:004" (scanimage -L).
	Devices map[string]peripherals.Config `yaml:"devices"`
	// Display: the size of the display of our own, when there is none to use.
	Display DisplayConfig `yaml:"display"`
	// Idle: after how much silence the citizen is asked whether they are there, and how long they have to answer.
	Idle IdleConfig `yaml:"idle"`
	// Keyboard on the screen: "touch" (the default), it opens when a finger touches a box; "always", it opens for every box,
	// because the terminal has no other; "never".
	Keyboard string `yaml:"keyboard"`
	// Desk is the desk of the people in the room, to which a citizen may be sent or with a ticket come back.
	Desk DeskConfig `yaml:"desk"`
	// Browser settings.
	Browser BrowserConfig `yaml:"browser"`
	// Printing is about what whole pages cost.
	Printing PrintingConfig `yaml:"printing"`
	// Lockdown is about the score of "handrail doctor lockdown".
	Lockdown LockdownConfig `yaml:"lockdown"`

	hours kiosk.Hours
}

// DeskConfig says when somebody is at the desk: hours: ["mon-fri 09:00-17:00", "sat 10:00-13:00"].
type DeskConfig struct {
	Hours []string `yaml:"hours"`
}

// LockdownConfig lets an admin open a terminal to the public although its last score was bad. The reason is shown on the
// health page for as long as it stands here.
type LockdownConfig struct {
	OpenAnyway string `yaml:"open_anyway"`
}

// PrintingConfig says what a page on the office's printer costs, such as "0.10 EUR". It is shown before anything is printed;
// empty: nothing.
type PrintingConfig struct {
	PricePerPage string `yaml:"price_per_page"`
}

// ServiceConfig is one service: a guide and, where the service lives at another address than the guide says, its origin.
type ServiceConfig struct {
	Guide  string `yaml:"guide"`
	Origin string `yaml:"origin"`
}

// DisplayConfig is the size of the screen in pixels. Use names an X display that is there already and has no window
// manager (":0"); empty: one of our own is started. Server "xorg" starts it on the machine's own screen, which has a size of its own;
// empty: it is seen by viewers only. Rotate is how the screen hangs: left, right or inverted.
type DisplayConfig struct {
	Server    string         `yaml:"server"`
	Rotate    stage.Rotation `yaml:"rotate"`
	Width     int            `yaml:"width"`
	Height    int            `yaml:"height"`
	Use       string         `yaml:"use"`
	Authority string         `yaml:"authority"`
}

// IdleConfig are the times of the idle screen, such as "90s".
type IdleConfig struct {
	After   string `yaml:"after"`
	Warning string `yaml:"warning"`
}

// BrowserConfig is about Chromium. NoSandbox runs it without its sandbox, which no terminal in public may do.
type BrowserConfig struct {
	NoSandbox bool `yaml:"no_sandbox"`
	// Microphone: empty, the machine's own; "emulated", a tone, for trying a terminal where there is none.
	Microphone string `yaml:"microphone"`
	// Camera for pictures of papers, which go into a site's box for a file: empty, there is none; "own", the machine's; "emulated",
	// a test picture.
	Camera string `yaml:"camera"`
	// NoSpare does without the second browser that waits.
	NoSpare bool `yaml:"no_spare"`
	// SpareFrom is how much memory, in MB, a machine must have for a second browser that waits. On a smaller one the
	// browser is started anew for each person, behind a screen that says so.
	SpareFrom int `yaml:"spare_from"`
}

// ReadConfig reads and checks a configuration file.
func ReadConfig(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	defer f.Close()
	c, err := ParseConfig(io.LimitReader(f, 1<<20))
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if !filepath.IsAbs(c.Dir) {
		c.Dir = filepath.Join(filepath.Dir(path), c.Dir)
	}
	c.Dir, err = filepath.Abs(c.Dir)
	return c, err
}

// ParseConfig reads a configuration. Errors name line and column and say what to do.
func ParseConfig(r io.Reader) (Config, error) {
	c := Config{Dir: ".", Display: DisplayConfig{Width: 1280, Height: 800}, Idle: IdleConfig{After: "90s", Warning: "50s"}, Keyboard: "touch"}
	c.Browser.SpareFrom = 2000
	if err := yaml.NewDecoder(r, yaml.Strict()).Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, errors.New(yaml.FormatError(err, false, true))
	}
	return c, c.check()
}

func (c *Config) check() error {
	var problems []error
	fault := func(format string, a ...any) { problems = append(problems, fmt.Errorf(format, a...)) }
	if c.Office == "" {
		fault("office: the name of the place is missing; write for example  office: Linden Town Hall")
	}
	if len(c.Languages) == 0 {
		fault("languages: none; write for example  languages: [en, ar]")
	}
	if words, err := i18n.Load(); err == nil {
		for _, lang := range c.Languages {
			if !slices.Contains(words.Languages(), lang) {
				fault("languages: there are no screens in %q; there are %s", lang, strings.Join(words.Languages(), ", "))
			}
		}
	}
	seen := map[string]bool{}
	for i, s := range c.Services {
		if seen[s.Guide] {
			fault("services[%d]: the guide %q stands there twice", i, s.Guide)
		}
		seen[s.Guide] = true
	}
	if len(c.Services) == 0 {
		fault("services: none; write at least one  - guide: NAME")
	}
	for i, s := range c.Services {
		if _, err := guides.Load(s.Guide); err != nil {
			fault("services[%d]: %w", i, err)
		}
		if u, err := url.Parse(s.Origin); s.Origin != "" && (err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Path != "") {
			fault("services[%d].origin: %q is no origin; write for example  https://forms.example.org", i, s.Origin)
		}
	}
	if !slices.Contains([]string{"touch", "always", "never"}, c.Keyboard) {
		fault("keyboard: %q is none of touch, always and never", c.Keyboard)
	}
	if c.Browser.Microphone != "" && c.Browser.Microphone != "emulated" {
		fault("browser.microphone: %q is none; leave it out for the machine's own, or write emulated", c.Browser.Microphone)
	}
	hours, err := kiosk.ParseHours(c.Desk.Hours)
	if c.hours = hours; err != nil {
		fault("desk.hours: %w", err)
	}
	if !slices.Contains([]string{"", "own", "emulated"}, c.Browser.Camera) {
		fault("browser.camera: %q is none; leave it out where there is none, or write own or emulated", c.Browser.Camera)
	}
	for name := range c.Devices {
		if name != "reader" && name != "printer" && name != "a4" && name != "scanner" {
			fault("devices: there is no device %q; there are reader, printer, a4 and scanner", name)
		}
	}
	if a4, ok := c.Devices["a4"]; ok {
		if _, err := printer.OpenIPP(a4.Port); err != nil || a4.Driver != "ipp" {
			fault("devices.a4: write the address of the office's printer, for example  a4: {driver: ipp, port: \"ipp://localhost:631/printers/A4\"}")
		}
	}
	if c, ok := c.Devices["scanner"]; ok {
		if _, err := scanner.Open(c); err != nil {
			fault("devices.scanner: %w; write for example  scanner: {driver: sane, port: \"genesys:libusb:001:004\"}", err)
		}
	}
	if _, err := kiosk.ParsePrice(c.Printing.PricePerPage); err != nil {
		fault("printing.price_per_page: %w", err)
	}
	if c.Display.Width < 1024 || c.Display.Height < 700 || c.Display.Width > 8192 || c.Display.Height > 8192 {
		fault("display: %d x %d is too small or too large; 1280 x 800 is what the screens are drawn for", c.Display.Width, c.Display.Height)
	}
	if c.Display.Server != "" && c.Display.Server != "xorg" {
		fault("display.server: %q is none; leave it out where the machine has no screen, or write xorg", c.Display.Server)
	}
	if c.Display.Server != "" && c.Display.Use != "" {
		fault("display: use names a display that is there already; leave out server, or use")
	}
	if !c.Display.Rotate.Known() {
		fault("display.rotate: %q is no way a screen hangs; leave it out, or write left, right or inverted", c.Display.Rotate)
	}
	if c.Display.Rotate != stage.Upright && c.Display.Server == "" && c.Display.Use == "" {
		fault("display.rotate: there is no screen to turn; write also  server: xorg")
	}
	if after, err := time.ParseDuration(c.Idle.After); err != nil || after < 10*time.Second || after > 15*time.Minute {
		fault("idle.after: %q; write a time between 10s and 15m", c.Idle.After)
	}
	if warning, err := time.ParseDuration(c.Idle.Warning); err != nil || warning < 20*time.Second || warning > 5*time.Minute {
		fault("idle.warning: %q; write a time between 20s and 5m", c.Idle.Warning)
	}
	if c.Browser.SpareFrom < 0 || c.Browser.SpareFrom > 1<<20 {
		fault("browser.spare_from: %d is no amount of memory in MB; write for example 2000, or 0 for a spare on any machine", c.Browser.SpareFrom)
	}
	if reason := c.Lockdown.OpenAnyway; reason != "" && len([]rune(reason)) > 120 || reason != "" && len(strings.Fields(reason)) < 3 {
		fault("lockdown.open_anyway: write why this terminal may be open, in 3 words or more and at most 120 characters; it is shown on the health page")
	}
	return errors.Join(problems...)
}

func (c *Config) sessionServices() []session.Service {
	var out []session.Service
	for _, s := range c.Services {
		out = append(out, session.Service{Guide: s.Guide, Origin: s.Origin})
	}
	return out
}

func seconds(duration string) int {
	d, _ := time.ParseDuration(duration)
	return int(d / time.Second)
}
