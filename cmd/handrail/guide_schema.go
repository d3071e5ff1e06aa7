// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"handrail/kiosk"
)

const guideSchemaUsage = `usage: handrail guide schema

Prints the JSON Schema of guide.yaml, for editors that complete and check while you write. Save it, and begin your guide with

  # yaml-language-server: $schema=guide.schema.json
`

func guideSchema(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 0:
	case len(args) == 1 && (args[0] == "-help" || args[0] == "--help" || args[0] == "-h"):
		fmt.Fprint(stdout, guideSchemaUsage)
		return 0
	case len(args) == 1 && (args[0] == "-json" || args[0] == "--json"): // it is JSON anyway
	default:
		fmt.Fprint(stderr, guideSchemaUsage)
		return 2
	}
	schema, err := kiosk.GuideSchema()
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide schema: %v\n", err)
		return 1
	}
	_, _ = stdout.Write(schema)
	return 0
}
