// SPDX-License-Identifier: Apache-2.0

// Package ui holds the pages of Handrail's people (citizen, volunteer, admin, and the workbench of the demo) and serves
// them from the binary. The pages are built by `go run ./ui/build` into dist/; a binary made without that step says so
// in words on every page instead of showing an empty window.
package ui

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Apps are the entry points that exist.
var Apps = []string{"citizen", "citizen-gallery", "volunteer", "admin", "workbench"}

// CSP is the Content-Security-Policy of every page of ours: nothing inline, nothing from elsewhere.
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// File answers one file of the built pages: its bytes and its content type. ok is false where there is none.
func File(name string) (data []byte, contentType string, ok bool) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	data, err := fs.ReadFile(dist, "dist/"+name)
	if err != nil {
		return nil, "", false
	}
	contentType = mime.TypeByExtension(path.Ext(name))
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	return data, contentType, true
}

// Built tells whether the pages were built into this binary.
func Built() bool {
	_, _, ok := File("citizen.html")
	return ok
}

// Handler serves one app: its page at the handler's root and at every path without an extension, its files beside it.
// The caller strips its own prefix (http.StripPrefix).
func Handler(app string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if path.Ext(name) == "" {
			name = app + ".html"
		}
		data, contentType, ok := File(name)
		if !ok {
			http.Error(w, "This page is not in the program. Build it with: make build", http.StatusNotFound)
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Security-Policy", CSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		w.Write(data)
	})
}
