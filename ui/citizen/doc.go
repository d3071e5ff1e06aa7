// SPDX-License-Identifier: Apache-2.0

// Package citizen holds no Go code: it is the citizen's page (TypeScript, built by ui/build), and its tests look at every
// screen in a real Chromium. See view.ts for what the page is told and what it tells back.
//
//	go test ./ui/citizen                                   every screen, both languages
//	HANDRAIL_SHOTS=/tmp/shots go test ./ui/citizen         the same, and a picture of each
package citizen
