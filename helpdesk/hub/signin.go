// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bytes"
	"embed"
	"net/http"
	"time"
)

//go:embed signin/index.html signin/sign-in.js signin/sign-in.css
var signInFiles embed.FS

// serveSignIn serves the page that signs people in. It loads nothing from anywhere else and is shown in no other page.
func serveSignIn(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "index.html"
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-cache")
	data, err := signInFiles.ReadFile("signin/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}
