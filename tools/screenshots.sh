#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the pictures of README from the running product: the unattended journey in two languages takes them on its way.
set -eu
out=$(mktemp -d)
for lang in en ar; do
	bin/handrail demo -smoke -lang $lang -dir "$out/state" -shots "$out/$lang" >"$out/$lang.log" || { cat "$out/$lang.log" >&2; exit 1; }
done
mkdir -p pictures
pick() { cp "$out/$1/"*"-$2.png" "pictures/$3.png"; }
pick en companion citizen
pick ar site-error citizen-arabic
pick en call volunteer
pick en admin admin
pick en workbench workbench
rm -rf "$out"
ls -la pictures
