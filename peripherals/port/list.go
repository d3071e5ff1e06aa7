// SPDX-License-Identifier: Apache-2.0

package port

import (
	"os"
	"path/filepath"
	"slices"

	"go.bug.st/serial/enumerator"
)

// Folders are where the system keeps links to serial ports by what is plugged in and
// by where it is plugged in. The first names survive another socket, the second tell
// two adapters without a serial number apart.
var Folders = []string{"/dev/serial/by-id", "/dev/serial/by-path"}

// Listed is a port that could be opened.
type Listed struct {
	// Path is the best name to write into a configuration.
	Path string
	// Device is what the name stands for now.
	Device string
	// Product is what a USB adapter calls itself, if it does.
	Product string
	// Serial is its serial number. Adapters without one are told apart by the
	// socket alone.
	Serial string
}

// List lists the ports of folders, and, if there are none given, those of this
// machine, each once and by its best name.
func List(folders ...string) []Listed {
	all := len(folders) == 0
	if all {
		folders = Folders
	}
	var list []Listed
	for _, folder := range folders {
		for _, path := range inFolder(folder) {
			device, err := filepath.EvalSymlinks(path)
			if err != nil || slices.ContainsFunc(list, func(l Listed) bool { return l.Device == device }) {
				continue
			}
			list = append(list, Listed{Path: path, Device: device})
		}
	}
	if !all {
		return list
	}
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return list // what the links say is still true
	}
	for _, d := range details {
		i := slices.IndexFunc(list, func(l Listed) bool { return l.Device == d.Name })
		if i < 0 {
			list = append(list, Listed{Path: d.Name, Device: d.Name})
			i = len(list) - 1
		}
		if d.IsUSB {
			list[i].Product, list[i].Serial = d.Product, d.SerialNumber
		}
	}
	return list
}

// inFolder lists the links and devices in folder whose other end exists.
func inFolder(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var paths []string
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		fi, err := os.Stat(path)
		if err != nil || fi.IsDir() || fi.Mode()&os.ModeCharDevice == 0 {
			continue
		}
		paths = append(paths, path)
	}
	return paths
}
