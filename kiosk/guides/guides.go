// SPDX-License-Identifier: Apache-2.0

// Package guides holds the guides that come with Handrail, one folder each: guide.yaml, its texts in more languages (fr.yaml), and
// words with the hashes of its pages' public words. A new guide is a new folder here; nothing else has to know of it.
package guides

import (
	"embed"
	"fmt"
	"io/fs"

	"handrail/kiosk"
)

//go:embed */*.yaml */words
var folders embed.FS

// FS gives the folders themselves.
func FS() fs.FS { return folders }

// IDs lists the guides in alphabetical order.
func IDs() []string {
	entries, err := fs.ReadDir(folders, ".")
	if err != nil {
		panic(fmt.Sprintf("embedded guides: %v", err)) // the compiler put them there
	}
	ids := make([]string, 0, len(entries))
	for _, entry := range entries {
		ids = append(ids, entry.Name())
	}
	return ids
}

// Load reads one guide. Its error is fs.ErrNotExist when there is none of that id, and kiosk.GuideErrors when it is broken.
func Load(id string) (*kiosk.Guide, error) {
	if !fs.ValidPath(id) || id == "." {
		return nil, fmt.Errorf("guide %q: %w", id, fs.ErrNotExist)
	}
	return kiosk.LoadGuide(folders, id)
}

// All reads every guide, in the order of IDs. One that is broken fails them all.
func All() ([]*kiosk.Guide, error) {
	var all []*kiosk.Guide
	for _, id := range IDs() {
		g, err := Load(id)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}
