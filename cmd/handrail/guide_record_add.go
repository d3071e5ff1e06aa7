// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"handrail/kiosk"
)

// addToFolder adds a recording to the guide that is in the folder, and has it walked again by two invented people.
func addToFolder(ctx context.Context, recording kiosk.Recording, o recordFlags, stderr io.Writer) (*guideReport, error) {
	if len(recording.Pages) == 0 {
		return nil, errors.New("nothing was recorded")
	}
	file := filepath.Join(o.out, kiosk.GuideFile)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	data, notes, err := kiosk.AddRecording(file, data, recording, time.Now().Format(time.DateOnly))
	if err != nil {
		return nil, err
	}
	if err := writeFile(file, data); err != nil {
		return nil, err
	}
	report := newGuideReport()
	report.Notes = append(report.Notes, notes...)
	g, _, err := loadDraft(o.out)
	if err != nil {
		return nil, fmt.Errorf("what was added needs a hand before it can be walked:\n%w", err)
	}
	fmt.Fprintln(stderr, "Two invented people walk it now, and make every mistake.")
	got, err := learn(ctx, g, "", o.submit)
	if err != nil {
		return nil, fmt.Errorf("it was added, and its words could not be recorded: %w", err)
	}
	tellEnded(report, got, o)
	for _, e := range got.errors {
		more, added, err := kiosk.AddErrorText(file, data, e.Page, e.Step, e.Words)
		if err != nil {
			return nil, err
		}
		if added {
			data = more
		}
	}
	if err := writeFile(file, data); err != nil {
		return nil, err
	}
	if len(got.words) > 0 {
		if err := writeFile(filepath.Join(o.out, kiosk.WordsFile), kiosk.FormatWords(got.words, wordsComment)); err != nil {
			return nil, err
		}
	}
	report.Figures["public_words"], report.Figures["private"] = float64(len(got.words)), float64(got.private)
	return report, finishDraft(report, o.out)
}
