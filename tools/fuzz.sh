#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ten seconds of every fuzz target of the project.
set -eu
for file in $(git ls-files '*_test.go'); do
	for name in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "$name in $(dirname "$file")"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 5x "./$(dirname "$file")"
	done
done
