// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"handrail/kiosk"
)

const guideUsage = `usage: handrail guide lint [-json] DIR...
       handrail guide record | words | check | egress | preview | import | schema   each explains itself with -help
       handrail guide bench -url URL | -guide FOLDER [-mutations N] [-seed S] [-json]

Reads guides (a folder with guide.yaml and words) and says what is wrong with them: file, line, column, what, and what to do.
Warnings are about guides that work and could serve a citizen better. The exit status is 1 when a guide has an error: such a
guide never reaches a citizen.
`

// guideCommand is "handrail guide": work on guides. It returns the exit status.
func guideCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, guideUsage)
		return 2
	}
	switch args[0] {
	case "lint":
		return guideLint(args[1:], stdout, stderr)
	case "record":
		return guideRecord(ctx, args[1:], stdout, stderr)
	case "words":
		return guideWords(ctx, args[1:], stdout, stderr)
	case "check":
		return guideCheck(ctx, args[1:], stdout, stderr)
	case "egress":
		return guideEgress(ctx, args[1:], stdout, stderr)
	case "preview":
		if ofVolunteer(args[1:]) {
			return guideVolunteer(ctx, args[1:], stdout, stderr)
		}
		return guidePreview(ctx, args[1:], stdout, stderr)
	case "import":
		return guideImport(args[1:], stdout, stderr)
	case "schema":
		return guideSchema(args[1:], stdout, stderr)
	case "bench":
		return guideBench(ctx, args[1:], stdout, stderr)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, guideUsage)
		return 0
	}
	fmt.Fprintf(stderr, "handrail guide: there is no command %q\n\n%s", args[0], guideUsage)
	return 2
}

// lintRow is one finding in the form of -json.
type lintRow struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Level   string `json:"level"` // error or warning
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

func guideLint(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide lint", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, guideUsage) }
	asJSON := flags.Bool("json", false, "print one JSON object")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return 0
		}
		return 2
	}
	if flags.NArg() == 0 {
		fmt.Fprint(stderr, "handrail guide lint: name the folder of a guide\n\n"+guideUsage)
		return 2
	}

	rows, notes := []lintRow{}, []string{}
	count := map[string]int{"guides": flags.NArg(), "errors": 0, "warnings": 0}
	for _, dir := range flags.Args() {
		problems, err := lintFolder(dir)
		if err != nil {
			count["errors"]++
			notes = append(notes, err.Error())
			fmt.Fprintf(stderr, "handrail guide lint: %v\n", err)
			continue
		}
		for _, p := range problems {
			row := lintRow{p.File, p.Line, p.Column, "error", p.Message, p.Fix}
			if p.Warning {
				row.Level = "warning"
			}
			count[row.Level+"s"]++
			rows = append(rows, row)
			if !*asJSON {
				fmt.Fprintln(stdout, p)
			}
		}
	}

	ok := count["errors"] == 0
	if *asJSON {
		out := json.NewEncoder(stdout)
		out.SetEscapeHTML(false)
		if err := out.Encode(map[string]any{"ok": ok, "figures": count, "rows": rows, "notes": notes}); err != nil {
			return 1
		}
	} else {
		fmt.Fprintf(stdout, "%s, %s, %s\n", counted(count["guides"], "guide"), counted(count["errors"], "error"), counted(count["warnings"], "warning"))
	}
	if !ok {
		return 1
	}
	return 0
}

// lintFolder reads one guide's folder; files in the findings are named as the caller wrote them.
func lintFolder(dir string) (kiosk.GuideErrors, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("guide %s: %w", dir, err)
	}
	parent, base := filepath.Split(abs)
	if base == "" {
		return nil, fmt.Errorf("guide %s: this is the root of the disk, not a guide's folder", dir)
	}
	_, problems, err := kiosk.LintGuide(os.DirFS(parent), base)
	for _, p := range problems {
		p.File = filepath.Join(dir, filepath.Base(p.File))
	}
	return problems, err
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
