// SPDX-License-Identifier: Apache-2.0

// Command build bundles the pages of package ui and the script of package kiosk/browser with esbuild.
//
//	go run ./ui/build            from the top of the tree; writes ui/dist and kiosk/browser/page/dist
//	go run ./ui/build -minify=false citizen   one app, readable
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

var apps = []string{"citizen", "citizen-gallery", "volunteer", "admin", "workbench"}

func main() {
	minify := flag.Bool("minify", true, "make the bundles small")
	flag.Parse()
	if err := build(*minify); err != nil {
		fmt.Fprintln(os.Stderr, "ui build:", err)
		os.Exit(1)
	}
}

func build(minify bool) error {
	common := api.BuildOptions{
		Bundle: true, Write: true, LogLevel: api.LogLevelWarning, Target: api.ES2022,
		JSX: api.JSXAutomatic, JSXImportSource: "preact",
		MinifyWhitespace: minify, MinifySyntax: minify, MinifyIdentifiers: minify,
		NodePaths: []string{"ui/node_modules"},
	}
	script := common
	script.EntryPoints = []string{"kiosk/browser/page/main.ts"}
	script.Outfile = "kiosk/browser/page/dist/page.js"
	script.Format = api.FormatIIFE
	authoring := script
	authoring.EntryPoints = []string{"kiosk/browser/page/record/record.ts"}
	authoring.Outfile = "kiosk/browser/page/dist/record.js"
	bench := script
	bench.EntryPoints = []string{"kiosk/browser/page/bench.ts"}
	bench.Outfile = "kiosk/browser/page/dist/bench.js"
	reader := common
	reader.EntryPoints = []string{"ui/citizen/pdf.ts"}
	reader.Outfile = "ui/dist/citizen-pdf.js"
	reader.Format = api.FormatESModule
	problems := []error{run(script), run(authoring), run(bench), run(reader)}
	for _, app := range wanted() {
		pages := common
		pages.EntryPointsAdvanced = []api.EntryPoint{{InputPath: entry(app), OutputPath: app}}
		pages.Outdir = "ui/dist"
		pages.Format = api.FormatESModule
		pages.AssetNames = "fonts/[name]"
		pages.Loader = map[string]api.Loader{".woff2": api.LoaderFile, ".woff": api.LoaderEmpty, ".svg": api.LoaderFile}
		err := run(pages)
		if err == nil {
			err = writePage(app)
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// wanted are the apps named on the command line, or all.
func wanted() []string {
	if flag.NArg() > 0 {
		return flag.Args()
	}
	return apps
}

// entry is the source file of an app: ui/<app>/main.tsx, or for a name with a dash ui/<first>/<second>.tsx.
func entry(app string) string {
	if first, second, ok := strings.Cut(app, "-"); ok {
		return filepath.Join("ui", first, second+".tsx")
	}
	return filepath.Join("ui", app, "main.tsx")
}

func run(o api.BuildOptions) error {
	result := api.Build(o)
	if len(result.Errors) > 0 {
		return fmt.Errorf("%s", strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
	}
	return nil
}

// writePage writes the one HTML page of an app. It is the same for all: what differs is drawn by the app itself.
func writePage(app string) error {
	style := ""
	if _, err := os.Stat(filepath.Join("ui/dist", app+".css")); err == nil {
		style = fmt.Sprintf("<link rel=\"stylesheet\" href=\"%s.css\">\n", app)
	}
	page := fmt.Sprintf("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"+
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Handrail</title>\n"+
		"<link rel=\"icon\" href=\"data:,\">\n%s</head>\n<body>\n<div id=\"app\"></div>\n"+
		"<script type=\"module\" src=\"%s.js\"></script>\n</body>\n</html>\n", style, app)
	return os.WriteFile(filepath.Join("ui/dist", app+".html"), []byte(page), 0o644)
}
