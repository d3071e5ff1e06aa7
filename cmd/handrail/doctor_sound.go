// SPDX-License-Identifier: Apache-2.0

package main

import "path/filepath"

// soundNotes say what is missing of what a terminal speaks and listens with; sound is the folder of the sound cards' devices, /dev/snd.
func soundNotes(sound string) []string {
	plays, _ := filepath.Glob(filepath.Join(sound, "pcmC*D*p")) // the only error is a bad pattern
	hears, _ := filepath.Glob(filepath.Join(sound, "pcmC*D*c"))
	switch {
	case len(plays) == 0:
		return []string{"There is no sound card that plays: this terminal says nothing aloud, and helpers can only write."}
	case len(hears) == 0:
		return []string{"There is no microphone: citizens hear a helper and cannot answer aloud."}
	}
	return nil
}
