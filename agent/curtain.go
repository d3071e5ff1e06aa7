// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/kiosk/stage"
)

// The curtain is our own "getting ready" screen, seen whenever no browser is there to draw one: between two people on a
// machine that has no memory for a spare, and when browsers die faster than they start. The first worker draws it once, before
// anybody has used it; a picture of that stays with the display, and in a file for the next display: whatever the terminal begins
// anew after, a person sees it before the first browser is there.

// curtainLimit is how long the first worker may take to draw it. Without a curtain the terminal opens all the same.
const curtainLimit = 5 * time.Second

// drawCurtain has the first worker draw it, and puts the worker on afterwards.
func (a *Agent) drawCurtain(h *hand) {
	_ = h.wire.Send(session.Line{T: "curtain"})
	a.tasks.Go(func() {
		select {
		case <-time.After(curtainLimit):
		case <-h.gone:
		case <-h.curtained:
		}
		picture, err := stage.Screenshot(a.ready.Display, a.ready.Authority)
		a.post(func() {
			if err != nil {
				a.o.Log.Warn("no curtain", "why", err)
			} else if h.drawn {
				a.stage.Curtain(picture)
				if err := a.keepCurtain(picture); err != nil {
					a.o.Log.Warn("no curtain for the next start", "why", err)
				}
			}
			if a.front == h {
				a.putOn(h)
			}
		})
	})
}

// curtainFile is in the terminal's folder. The picture shows our own words only, and nothing of a person.
const curtainFile = "curtain.png"

// keepCurtain writes the curtain for the next start, whole or not at all.
func (a *Agent) keepCurtain(picture image.Image) error {
	path := filepath.Join(a.o.Config.Dir, curtainFile)
	var data bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&data, picture); err != nil {
		return err
	}
	if kept, err := os.ReadFile(path); err == nil && bytes.Equal(kept, data.Bytes()) {
		return nil
	}
	if err := os.WriteFile(path+".new", data.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lowerCurtain shows the curtain of an earlier start. There is none at the very first, and when the screen has another
// size.
func (a *Agent) lowerCurtain() {
	picture, err := readCurtain(filepath.Join(a.o.Config.Dir, curtainFile))
	if err != nil {
		if !os.IsNotExist(err) {
			a.o.Log.Warn("no curtain from an earlier start", "why", err)
		}
		return
	}
	if w, h := a.stage.Size(); picture.Bounds().Size() == image.Pt(w, h) {
		a.stage.Curtain(picture)
	}
}

// mostPixels of a curtain are more than a display has (see Config), and few enough for a small machine.
const mostPixels = 8192 * 8192 / 4

func readCurtain(path string) (image.Image, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	size, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if size.Width*size.Height > mostPixels {
		return nil, fmt.Errorf("a picture of %d x %d", size.Width, size.Height)
	}
	return png.Decode(bytes.NewReader(data))
}

// spareless tells whether this machine does without a spare.
func (a *Agent) spareless() bool {
	c := a.o.Config.Browser
	total, ok := machineMemory()
	return c.NoSpare || ok && total < c.SpareFrom
}

// machineMemory is the memory of this machine in MB (proc_meminfo(5), MemTotal).
func machineMemory() (mb int, ok bool) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	return memoryOf(string(data))
}

func memoryOf(meminfo string) (mb int, ok bool) {
	for line := range strings.Lines(meminfo) {
		if rest, found := strings.CutPrefix(line, "MemTotal:"); found {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			return kb / 1024, err == nil
		}
	}
	return 0, false
}
