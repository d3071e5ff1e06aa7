// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	h, err := ParseHours([]string{"mon-fri 09:00-12:30", "Mon-Thu 13:30-17:00", "sat  10:00-13:00"})
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		day, at, minute, days int
		open                  bool
	}{
		{0, 8 * 60, 9 * 60, 0, false}, {0, 9 * 60, 12*60 + 30, 0, true}, {0, 12*60 + 30, 13*60 + 30, 0, false}, {0, 17 * 60, 9 * 60, 1, false},
		{4, 13 * 60, 10 * 60, 1, false}, {5, 12*60 + 59, 13 * 60, 0, true}, {5, 13 * 60, 9 * 60, 2, false}, {6, 0, 9 * 60, 1, false},
	} {
		open, minute, days, ok := h.At(monday.AddDate(0, 0, c.day).Add(time.Duration(c.at) * time.Minute))
		if !ok || open != c.open || minute != c.minute || days != c.days {
			t.Errorf("day %d at %s: open %v, changes at %s in %d days (%v)", c.day, Clock(c.at), open, Clock(minute), days, ok)
		}
	}
	if _, _, _, ok := (Hours{}).At(monday); ok {
		t.Error("hours are known where none are")
	}
	over, err := ParseHours([]string{"fri-mon 00:00-24:00"})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[time.Weekday]bool{time.Thursday: false, time.Friday: true, time.Sunday: true, time.Monday: true, time.Tuesday: false} {
		if over[0].On(day) != want {
			t.Errorf("%v: %v", day, !want)
		}
	}
	for _, bad := range []string{"", "mon", "mon 9-17", "mon 17:00-09:00", "mon 09:00-09:00", "xyz 09:00-10:00", "mon 09:60-10:00", "mon 09:00-24:01", "montag 09:00-10:00"} {
		if got, err := ParseHours([]string{bad}); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

func FuzzHours(f *testing.F) {
	f.Add("mon-fri 09:00-17:00", int64(0))
	f.Add("sat-sun 00:00-24:00", int64(1<<40))
	f.Fuzz(func(t *testing.T, line string, at int64) {
		h, err := ParseHours([]string{line})
		if err != nil {
			return
		}
		open, minute, days, ok := h.At(time.Unix(at%(1<<35), 0).UTC())
		if !ok || minute < 0 || minute > 24*60 || days < 0 || days > 7 || open && days != 0 {
			t.Errorf("%q: %v %d %d %v", line, open, minute, days, ok)
		}
	})
}
