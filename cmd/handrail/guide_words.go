// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"handrail/kiosk"
)

const guideWordsUsage = `usage: handrail guide words DIR [-url ADDRESS | -e-service FOLDER] [-submit] [-json]

Records the public words of a guide's pages again and writes them to DIR/words: two invented people walk the guide on its
service, answer everything differently and make every mistake, and only what both saw in the same place of the same page is
kept, as hashes. To be done when the service's pages have changed.

options:
`

func guideWords(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide words", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var walk walkFlags
	walk.add(flags)
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideWordsUsage); flags.PrintDefaults() }
	dirs, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(dirs) != 1 {
		fmt.Fprint(stderr, "handrail guide words: name the folder of one guide\n\n"+guideWordsUsage)
		return 2
	}
	report, err := recordWords(ctx, dirs[0], walk, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide words: %v\n", err)
		return 1
	}
	return report.print(stdout, walk.json, func() {
		fmt.Fprintf(stdout, "%s: %.0f public words of %.0f pages; %.0f texts stay private\n", filepath.Join(dirs[0], kiosk.WordsFile),
			report.Figures["public_words"], report.Figures["pages"], report.Figures["private"])
	})
}

func recordWords(ctx context.Context, dir string, walk walkFlags, stderr io.Writer) (*guideReport, error) {
	g, _, err := loadDraft(dir)
	if err != nil {
		return nil, err
	}
	origin, end, err := walk.origin(ctx, stderr)
	if err != nil {
		return nil, err
	}
	defer end()
	got, err := learn(ctx, g, origin, walk.submit)
	if err != nil {
		return nil, err
	}
	if got.ended != nil && (walk.submit || !atDeclaration(got.ended)) {
		return nil, fmt.Errorf("the words are left as they were: %w", got.ended)
	}
	if len(got.words) == 0 {
		return nil, errors.New("the two people saw nothing alike; the words are left as they were")
	}
	report := newGuideReport()
	report.Notes = append(report.Notes, got.notes...)
	if got.ended != nil {
		report.note("the walk ended at page %s, before what only a citizen may press; words of later pages stay hidden. For a service that is there for trying things out, add -submit", last(got.pages))
	}
	report.Figures["public_words"], report.Figures["private"], report.Figures["pages"] = float64(len(got.words)), float64(got.private), float64(len(got.pages))
	return report, writeFile(filepath.Join(dir, kiosk.WordsFile), kiosk.FormatWords(got.words, wordsComment))
}
