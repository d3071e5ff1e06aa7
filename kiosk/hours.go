// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hours are when people are at the desk of the office, as an admin wrote them: "mon-fri 09:00-17:00", "sat 10:00-13:00".
type Hours []Span

// Span is from a time of the day to another, on the days from First to Last (over the end of the week, where Last comes first).
type Span struct {
	First, Last time.Weekday
	From, To    int // minutes since midnight
}

var (
	weekdays  = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	hoursForm = regexp.MustCompile(`^([a-z]{3})(?:-([a-z]{3}))? ([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})$`)
)

// ParseHours reads lines like "mon-fri 09:00-17:00".
func ParseHours(lines []string) (Hours, error) {
	if len(lines) > 14 {
		return nil, fmt.Errorf("%d lines of hours are too many; a week has room for 14", len(lines))
	}
	var all Hours
	for _, line := range lines {
		m := hoursForm.FindStringSubmatch(strings.Join(strings.Fields(strings.ToLower(line)), " "))
		if m == nil {
			return nil, fmt.Errorf("%q is no line of hours; write for example  mon-fri 09:00-17:00", line)
		}
		first, last := slices.Index(weekdays, m[1]), slices.Index(weekdays, m[1])
		if m[2] != "" {
			last = slices.Index(weekdays, m[2])
		}
		if first < 0 || last < 0 {
			return nil, fmt.Errorf("%q: the days are mon, tue, wed, thu, fri, sat and sun", line)
		}
		n := make([]int, 4)
		for i := range n {
			n[i], _ = strconv.Atoi(m[3+i]) // digits only
		}
		s := Span{time.Weekday(first), time.Weekday(last), n[0]*60 + n[1], n[2]*60 + n[3]}
		if n[1] > 59 || n[3] > 59 || s.To > 24*60 || s.From >= s.To {
			return nil, fmt.Errorf("%q: the day goes from 00:00 to 24:00, and a desk closes after it has opened", line)
		}
		all = append(all, s)
	}
	return all, nil
}

// On tells whether a span has a day of the week.
func (s Span) On(day time.Weekday) bool {
	if s.First <= s.Last {
		return s.First <= day && day <= s.Last
	}
	return day >= s.First || day <= s.Last
}

// Clock writes minutes since midnight as 09:00.
func Clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// At tells whether somebody is at the desk at a time, and the minute of the day at which that changes next; days is how many days
// later that is. ok is false when no hours are known.
func (h Hours) At(t time.Time) (open bool, minute, days int, ok bool) {
	now := t.Hour()*60 + t.Minute()
	for _, s := range h {
		if s.On(t.Weekday()) && s.From <= now && now < s.To {
			return true, s.To, 0, true
		}
	}
	for days := range 8 {
		best := -1
		for _, s := range h {
			if s.On((t.Weekday()+time.Weekday(days))%7) && (days > 0 || s.From > now) && (best < 0 || s.From < best) {
				best = s.From
			}
		}
		if best >= 0 {
			return false, best, days, true
		}
	}
	return false, 0, 0, false
}
