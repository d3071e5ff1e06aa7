// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"handrail/kiosk"
)

const guideImportUsage = `usage: handrail guide import FILE -out DIR [-site-language en] [-languages en,ar] [-json]

Makes a draft of a guide of a recording that was exported as JSON from the Recorder of Chrome's developer tools. The values
that were typed are dropped, and so is everything of an address but its path. A recording knows no headings and little of
each element: walk the draft with "guide check" when its answers to try are written, and accept what it proposes.

options:
`

const importComment = "A draft, imported from a recording of Chrome's developer tools. Write the texts that are empty (handrail guide lint says\nwhich), each page's heading, and under try the answers of two invented people."

func guideImport(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide import", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var o recordFlags
	flags.StringVar(&o.out, "out", "", "new `folder` for the guide; its name becomes the guide's")
	flags.StringVar(&o.languages, "languages", "en,ar", "`languages` that the guide will speak, with en and ar always among them")
	lang := flags.String("site-language", "en", "`language` of the service's pages")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideImportUsage); flags.PrintDefaults() }
	files, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(files) != 1 || o.out == "" {
		fmt.Fprint(stderr, "handrail guide import: name the exported file, and with -out a folder\n\n"+guideImportUsage)
		return 2
	}
	report, err := importDraft(files[0], *lang, o)
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide import: %v\n", err)
		return 1
	}
	return report.print(stdout, o.json, func() { tellDraft(stdout, o.out, report) })
}

func importDraft(file, lang string, o recordFlags) (*guideReport, error) {
	if err := newFolder(o.out); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	recording, notes, err := kiosk.ImportRecording(data, lang)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	report := newGuideReport()
	report.Notes = append(report.Notes, notes...)
	g, err := writeDraft(*recording, o, importComment)
	var problems kiosk.GuideErrors
	if errors.As(err, &problems) {
		// It is a draft: what it lacks besides texts is for its author too.
		report.OK = false
		for _, p := range problems {
			report.note("%v", p)
		}
		return report, nil
	}
	if err != nil {
		return nil, err
	}
	report.Notes = append(report.Notes, g.notes...)
	report.Figures["public_words"] = 0
	return report, finishDraft(report, o.out)
}
