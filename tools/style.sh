#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Formatting, vet and the type check of the pages; says what to do.
set -eu
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "not formatted (gofmt -w):" >&2
	echo "$unformatted" >&2
	exit 1
fi
go vet ./...
ui/node_modules/.bin/tsc --noEmit -p ui
