// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"slices"
	"strings"

	"handrail/kiosk"
)

// aside is a press that opened a window of its own. A service may go on in that window, or only show a leaflet in it: who comes back and goes
// on from where they were has read something, and that is no step.
type aside struct {
	at     [2]int // page and act
	from   int    // visits before it
	within bool   // it was shown in the recorder's window, as a terminal does it
}

// popup hears what a page's script wanted to open in a window of its own. A page of the service is shown in the one window that there is.
func (r *Recorder) popup(address string) {
	said := ""
	r.mu.Lock()
	if place := placeOf(address); place == r.origin || strings.HasPrefix(place, r.origin+"/") {
		said = r.aside()
		r.host.tasks.Go(func() { _ = r.service.Open(address) })
	} else if at := r.here(); at >= 0 {
		if place == "" {
			place = "an empty one"
		}
		r.asides = append(r.asides, aside{at: r.lastAct})
		said = r.remark(fmt.Sprintf("page %s opens a window of its own, %s, which is no page of the service: a terminal does not show it, so it is left out", r.pages[at].Path, place))
	}
	r.mu.Unlock()
	r.say(said)
}

// aside notes that the last press opened a window, which is shown in ours. The lock is held.
func (r *Recorder) aside() (said string) {
	at := r.here()
	if at < 0 || len(r.asides) == mostRecorded {
		return ""
	}
	r.asides = append(r.asides, aside{r.lastAct, len(r.way), true})
	return r.remark(fmt.Sprintf("page %s opens a window of its own; there is one window, on a terminal too, so it is shown in that", r.pages[at].Path))
}

// remark keeps something that the author should know, once. The lock is held.
func (r *Recorder) remark(note string) (said string) {
	if slices.Contains(r.notes, note) || len(r.notes) == mostRecorded {
		return ""
	}
	r.notes = append(r.notes, note)
	return note
}

// withoutAsides leaves out of a recording what was only looked at in a window of its own: the press that opened it, and its page when nothing
// was done there. The lock is held.
func (r *Recorder) withoutAsides(out kiosk.Recording) kiosk.Recording {
	looked := map[int]bool{}
	for _, a := range r.asides {
		page, act := a.at[0], a.at[1]
		if page >= len(out.Pages) || act >= len(out.Pages[page].Acts) || out.Pages[page].Acts[act].Kind != kiosk.Press {
			continue
		}
		cameBack := a.within && a.from+1 < len(out.Way) && out.Way[a.from+1] == page
		if !a.within || cameBack {
			out.Pages[page].Acts[act].Popup = true
		}
		if cameBack && len(out.Pages[out.Way[a.from]].Acts) == 0 && out.Way[a.from] != page {
			looked[out.Way[a.from]] = true
		}
	}
	if len(looked) == 0 {
		return out
	}
	kept, at := out.Pages[:0:0], map[int]int{}
	for i, p := range out.Pages {
		if !looked[i] {
			at[i] = len(kept)
			kept = append(kept, p)
		}
	}
	way := out.Way[:0:0]
	for _, i := range out.Way {
		if n := len(way); !looked[i] && (n == 0 || way[n-1] != at[i]) {
			way = append(way, at[i])
		}
	}
	out.Pages, out.Way = kept, way
	return out
}
