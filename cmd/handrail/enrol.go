// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"

	"handrail/provisioning"
)

const enrolHelp = `usage: handrail enrol -hub https://HOST:PORT -code CODE [flags]

Makes this machine a terminal of an office. An admin makes the one-time code in their console (or with "handrail hub
code"); it is good for fifteen minutes. The machine makes its own key, which never leaves it, and recognises the hub by
the second half of the code. Then this command shows four words: the admin's screen must show the same four. It waits until
the admin has said so.

flags:
`

// enrolCommand runs `handrail enrol`.
func enrolCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o provisioning.EnrolOptions
	var asJSON bool
	fs := flag.NewFlagSet("handrail enrol", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, enrolHelp); fs.PrintDefaults() }
	fs.StringVar(&o.Dir, "dir", "state", "`folder` for the terminal's identity: the dir of its agent.yaml")
	fs.StringVar(&o.Hub, "hub", "", "https `address` of the hub for terminals")
	fs.StringVar(&o.Code, "code", "", "the one-time `code`: XXXX-XXXX@XXXX-XXXX-XXXX-XXXX")
	fs.StringVar(&o.Name, "name", "", "`name`, if the admin gave none")
	fs.BoolVar(&o.NoWait, "no-wait", false, "do not wait until the admin has compared the words")
	fs.BoolVar(&asJSON, "json", false, "print one JSON object")
	if code, done := parse(fs, args, stderr); done {
		return code
	}
	if o.Hub == "" || o.Code == "" {
		fmt.Fprint(stderr, "handrail enrol: -hub and -code are needed; -help explains\n")
		return 2
	}
	var words [4]string
	o.OnWords = func(w [4]string) {
		words = w
		say := stdout
		if asJSON {
			say = stderr
		}
		fmt.Fprintf(say, "Read these four words to the office:\n\n    %s\n\n", strings.Join(w[:], "   "))
		if !o.NoWait {
			fmt.Fprintln(say, "Waiting for the office to say that they are the same.")
		}
	}
	id, err := provisioning.Enrol(ctx, o)
	if asJSON {
		out := map[string]any{"ok": err == nil, "figures": map[string]int{}, "rows": []any{}, "notes": []string{}}
		if err != nil {
			out["notes"] = []string{err.Error()}
		} else {
			out["rows"] = []any{map[string]any{"id": id.ID, "name": id.Name, "place": id.Place, "office": id.Office, "hub": id.Hub, "words": words, "trusted": !o.NoWait}}
		}
		json.NewEncoder(stdout).Encode(out)
	}
	if err != nil {
		fmt.Fprintf(stderr, "handrail enrol: %v\n", err)
		return 1
	}
	if asJSON {
		return 0
	}
	if o.NoWait {
		fmt.Fprintf(stdout, "%s, %s is known to %s and may do nothing until the words have been compared.\n", id.Name, id.Place, id.Office)
	} else {
		fmt.Fprintf(stdout, "%s, %s now belongs to %s.\n", id.Name, id.Place, id.Office)
	}
	return 0
}
