#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing, after naming them. Nothing else on the machine is changed.
#
#   deps.sh          what the product runs on
#   deps.sh judges   also the programs of others that tests and benchmarks compare it with
set -eu

# gcc and libc6-dev: SQLite is C. chromium: the browser. tigervnc: a display where there is none. espeak-ng: speech.
# fonts-noto-core: every script. fonts-dejavu-core: the letters that are sent to receipt printers. procps, iproute2: looked
# at by the unattended journey and the tests.
want="gcc libc6-dev ca-certificates chromium tigervnc-standalone-server espeak-ng fonts-noto-core fonts-dejavu-core iproute2 procps"

if [ "${1:-}" = judges ]; then
	# pcscd, libccid, opensc, pcsc-tools, libnfc-bin: for card readers. python3-minimal: for code pages. cups-*, avahi-daemon,
	# dbus: for office printers and the serial backend. postgresql, nats-server: what several hubs share.
	want="$want pcscd libccid opensc pcsc-tools libnfc-bin"
	# openbox: what kiosks commonly run under. nftables: loads our firewall rules into a network of the test's own.
	# sane-utils: scanners, one of them made of software. systemd: judges the units of the image.
	want="$want openbox nftables sane-utils systemd"
	# xserver-xorg-core, -video-dummy: the display server of a real terminal, without a screen; xserver-xephyr: one that can be turned.
	want="$want xserver-xorg-core xserver-xorg-video-dummy xserver-xephyr"
	want="$want python3-minimal cups-daemon cups-client cups-filters cups-ipp-utils avahi-daemon dbus postgresql nats-server"
fi

missing=""
for name in $want; do
	dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q "install ok installed" || missing="$missing $name"
done
if [ -n "$missing" ]; then
	echo "Debian packages to install:$missing"
	as=""
	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "Please install them as root:  apt-get install$missing" >&2
			exit 1
		fi
		as=sudo
	fi
	$as apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

for tool in go node npm; do
	command -v $tool >/dev/null || { echo "$tool is needed and not there; install Go 1.26 and Node.js 20 or newer first" >&2; exit 1; }
done
case "$(go env GOVERSION)" in
go1.2[6-9]* | go1.[3-9]* | go[2-9]*) ;;
*) echo "Go 1.26 or newer is needed; this is $(go env GOVERSION)" >&2; exit 1 ;;
esac
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
	echo "Node.js 20 or newer is needed; this is $(node --version)" >&2
	exit 1
fi
go mod download
