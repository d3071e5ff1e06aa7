// SPDX-License-Identifier: Apache-2.0

package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handrail/kiosk"
)

func TestJournalCounts(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(filepath.Join(dir, "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	line := kiosk.Noted{Guide: "g", Version: 2, Page: "one", Step: "name", Level: kiosk.GuideMe, Outcome: kiosk.OutDone, Score: 1, MS: 1000}
	for _, ms := range []int{1000, 3000} {
		line.MS = ms
		if err := s.Note(line); err != nil {
			t.Fatal(err)
		}
	}
	line.Outcome, line.Score = kiosk.OutRefused, 0.5
	if err := s.Note(line); err != nil {
		t.Fatal(err)
	}
	all, err := s.Journal()
	if err != nil || len(all) != 2 || all[0].N != 2 || all[0].MS != 2000 || all[0].Score != 1 || all[1].N != 1 || all[1].Score != 0.5 {
		t.Fatalf("%+v, %v", all, err)
	}
}

// What is no short name does not get in, nor into the file.
func TestJournalTakesNoWords(t *testing.T) {
	const canary = "Zqcanaryvalue"
	dir := t.TempDir()
	s, err := Open(filepath.Join(dir, "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	good := kiosk.Noted{Guide: "g", Version: 1, Page: "one", Step: "name", Level: kiosk.GuideMe, Outcome: kiosk.OutDone}
	for _, spoil := range []func(*kiosk.Noted){
		func(n *kiosk.Noted) { n.Guide = canary }, func(n *kiosk.Noted) { n.Page = canary }, func(n *kiosk.Noted) { n.Step = "a " + canary },
		func(n *kiosk.Noted) { n.Level = canary }, func(n *kiosk.Noted) { n.Outcome = canary }, func(n *kiosk.Noted) { n.Page = "/form?q=" + strings.ToLower(canary) },
	} {
		n := good
		spoil(&n)
		if err := s.Note(n); err == nil {
			t.Errorf("%+v was written down", n)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range files {
		if data, err := os.ReadFile(name); err != nil || strings.Contains(strings.ToLower(string(data)), strings.ToLower(canary)) {
			t.Errorf("%s has it, or %v", name, err)
		}
	}
}
