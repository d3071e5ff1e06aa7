// SPDX-License-Identifier: Apache-2.0

// Package session is the session worker: one process a citizen. It drives one Chromium, opens the devices, draws the
// companion and makes the help call. Everything a person types, shows or prints exists only in it and in its browser, and
// ends with them.
//
// One goroutine, the loop of [Worker.Run], owns the [kiosk.Session]. Screen, devices, hub and clock put messages into its
// inbox; the session answers with effects; the loop carries them out. With the agent it speaks lines of JSON over its
// standard input and output (see [Line]), in which there is no field that could carry a value.
package session

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"handrail/agent/journal"
	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/peripherals"
)

// Line is one message between agent and worker. T says which; only the fields of that message are set.
type Line struct {
	T string `json:"t"`

	// Agent to worker.
	Setup   *Setup          `json:"setup,omitempty"`   // "setup": the first line
	Ending  *kiosk.Ending   `json:"ending,omitempty"`  // "front": this worker is on now; how the session before it ended. "prepare": how it is about to end. Also worker to agent: "wipe", and "ending": how it is about to
	Message json.RawMessage `json:"message,omitempty"` // "hub": a message of the hub; "send": one for it
	Up      bool            `json:"up,omitempty"`      // "line": the line to the hub. "erased" has no fields: the session before is gone, with all its processes
	ID      int             `json:"id,omitempty"`      // of "admit"/"admitted" and "look"/"looked"

	// Worker to agent.
	Resume      *kiosk.Resume        `json:"resume,omitempty"`      // "at": how another worker would go on, if this one were lost; none: it would not
	Role        string               `json:"role,omitempty"`        // "admit": a window of this role is about to open
	Place       *Place               `json:"place,omitempty"`       // "place": where the service window lies
	Name        string               `json:"name,omitempty"`        // "count", "device"
	State       string               `json:"state,omitempty"`       // "device": its plain-language state
	Protections []browser.Protection `json:"protections,omitempty"` // "ready"
	Look        *Look                `json:"look,omitempty"`        // "looked"
	Error       string               `json:"error,omitempty"`       // "failed": why the worker cannot go on, without a word of a page; "papered": why the journal did not take it
	Paper       *journal.Paper       `json:"paper,omitempty"`       // "paper": to be taken into the print journal. It is made of the guide's words alone
	Mark        *journal.Mark        `json:"mark,omitempty"`        // "paper": how far one is. "papered", with the same ID, is the agent's answer
	Papers      []journal.Paper      `json:"papers,omitempty"`      // "again", agent to worker: what the journal has left to print
	Note        *kiosk.Noted         `json:"note,omitempty"`        // "note": a line for the guide journal
	// "painted" has no fields: the first view after "front" is on the screen. Neither have "curtain", which asks for the
	// screen that is seen when there is no browser, and "curtained", its answer.
}

// Setup is everything a worker needs to know, given once.
type Setup struct {
	Office             string                        `json:"office"`
	Languages          []string                      `json:"languages"`
	Services           []Service                     `json:"services"`
	Devices            map[string]peripherals.Config `json:"devices"` // "reader", "printer", "a4", "scanner"
	PricePerPage       string                        `json:"price_per_page,omitempty"`
	Display            string                        `json:"display"`
	Authority          string                        `json:"authority"`
	Class              string                        `json:"class"`
	Width              int                           `json:"width"`
	Height             int                           `json:"height"`
	UID                int                           `json:"uid"`
	Policy             []byte                        `json:"policy,omitempty"`
	Hide               []string                      `json:"hide,omitempty"`
	NoSandbox          bool                          `json:"no_sandbox,omitempty"`
	EmulatedMicrophone bool                          `json:"emulated_microphone,omitempty"`
	Hours              kiosk.Hours                   `json:"hours,omitempty"` // of the desk in the room
	Camera             bool                          `json:"camera,omitempty"`
	EmulatedCamera     bool                          `json:"emulated_camera,omitempty"`
	Keyboard           string                        `json:"keyboard,omitempty"` // on the screen: "touch", "always" or "never"
	IdleAfter          int                           `json:"idle_after"`         // seconds without a touch until the warning
	IdleWarning        int                           `json:"idle_warning"`
	Control            bool                          `json:"control,omitempty"` // "look" is answered
	Closed             bool                          `json:"closed,omitempty"`  // not open to the public: one screen, nothing to touch
}

// Service is one service of this terminal.
type Service struct {
	Guide  string `json:"guide"`
	Origin string `json:"origin,omitempty"` // in place of the guide's
}

// Place is the rectangle of the service window.
type Place struct {
	X       int  `json:"x"`
	Y       int  `json:"y"`
	W       int  `json:"w"`
	H       int  `json:"h"`
	Visible bool `json:"visible"`
}

// Look is what is on the screen without a word of it: which screen, which step, and where things can be touched. It is
// what an unattended run steers by.
type Look struct {
	Screen   string   `json:"screen"`
	Lang     string   `json:"lang"`
	Page     string   `json:"page"`
	Step     string   `json:"step"`
	Sight    string   `json:"sight"`
	Filled   string   `json:"filled,omitempty"`
	State    string   `json:"state,omitempty"`     // the typed state that is explained
	HandsOff string   `json:"hands_off,omitempty"` // what the citizen does alone
	Level    string   `json:"level,omitempty"`
	Proposed string   `json:"proposed,omitempty"`
	Sheets   string   `json:"sheets,omitempty"`  // how far they are, and how many: "ready/3"
	Explain  string   `json:"explain,omitempty"` // id of the explanation on screen
	Painted  int      `json:"painted"`           // revision of the view that was painted last
	Spoken   int      `json:"spoken"`            // sounds played to their end in this session
	Card     string   `json:"card,omitempty"`
	Says     []string `json:"says,omitempty"` // which of our own sentences stand on the screen, by their catalogue keys
	LineUp   bool     `json:"line_up"`        // to the hub
	Pointing bool     `json:"pointing,omitempty"`
	Writing  int      `json:"writing,omitempty"` // how many letters stand in the box that the keyboard on the screen writes in
	Voice    string   `json:"voice,omitempty"`   // of a call: "connecting", "on", "no-microphone", "failed", "thin"
	Heard    float64  `json:"heard,omitempty"`   // energy of what was heard in it
	Theirs   string   `json:"theirs,omitempty"`  // what the helper's page says of its voice: "on", "muted", "no-microphone", "off"
	// Listening: the companion holds a microphone. Collecting: the page's outline is collected. Frames: of this session, sealed for a helper.
	Listening  bool                   `json:"listening,omitempty"`
	Collecting bool                   `json:"collecting,omitempty"`
	Frames     int                    `json:"frames,omitempty"`
	RingY      int                    `json:"ring_y,omitempty"`
	Answers    int                    `json:"answers"`             // steps that the citizen completed on the page and that were answered by the next instruction
	AnswerMS   float64                `json:"answer_ms,omitempty"` // the last of them: from the key or touch until the next instruction was painted
	EngineMS   float64                `json:"engine_ms,omitempty"` // of which until the instruction was handed to the companion
	Place      Place                  `json:"place"`               // of the service window
	Strange    int                    `json:"strange,omitempty"`   // pages that are open and not ours
	Keys       map[string]browser.Box `json:"keys"`                // on the companion, by data-name
	Steps      map[string]browser.Box `json:"steps"`               // controls of the page's steps, on the screen
	Choices    map[string]browser.Box `json:"choices"`             // of the current step's group, by option value, on the screen
}

// maxLine bounds one line of the wire: a sealed frame in base64 with room to spare.
const maxLine = 2 << 20

// writeLimit is how long one line may wait for the other side to read.
const writeLimit = 5 * time.Second

// Wire is one end of the line between agent and worker. Send may be called from any goroutine.
type Wire struct {
	mu sync.Mutex
	w  io.Writer
	r  *bufio.Scanner
}

// NewWire makes one.
func NewWire(r io.Reader, w io.Writer) *Wire {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	return &Wire{w: w, r: scanner}
}

// Send writes one line.
func (w *Wire) Send(l Line) error {
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("wire: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if d, ok := w.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(time.Now().Add(writeLimit)) // a side that reads no more must not stop the other
	}
	_, err = w.w.Write(append(data, '\n'))
	return err
}

// Receive reads one line. io.EOF: the other side is gone.
func (w *Wire) Receive() (Line, error) {
	if !w.r.Scan() {
		if err := w.r.Err(); err != nil {
			return Line{}, fmt.Errorf("wire: %w", err)
		}
		return Line{}, io.EOF
	}
	var l Line
	if err := json.Unmarshal(w.r.Bytes(), &l); err != nil {
		return Line{}, errors.New("wire: a line that is none of ours")
	}
	return l, nil
}
