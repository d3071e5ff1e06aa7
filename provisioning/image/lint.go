// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// LintPolicy looks for the mistakes that make a managed policy (JSON) useless or
// that lock out our own engine. Each error says what to do.
func LintPolicy(policy []byte) []error {
	var p map[string]any
	if err := json.Unmarshal(policy, &p); err != nil {
		return []error{fmt.Errorf("the policy is not JSON: %w", err)}
	}
	var out []error
	bad := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }

	if v, ok := p["DeveloperToolsAvailability"]; ok && v == float64(2) {
		bad("DeveloperToolsAvailability 2 ends the link between Handrail and its own browser: set it to 1; devtools:// is blocked and the keys never arrive")
	}
	if v, ok := p["RemoteDebuggingAllowed"]; ok && v == false {
		bad("RemoteDebuggingAllowed false ends the link between Handrail and its own browser: remove it; the link is a pipe that nobody else can reach")
	}
	if v, ok := p["HeadlessMode"]; ok && v == float64(2) {
		bad("HeadlessMode 2 is refused: remove it; checks of the browser run without a screen")
	}

	block := list(p["URLBlocklist"])
	if !slices.Contains(block, "*") {
		bad("URLBlocklist does not hold \"*\": without it every page is open")
	}
	for _, scheme := range []string{"chrome://*", "chrome-untrusted://*", "devtools://*", "file://*", "view-source:*", "data:*", "javascript://*"} {
		if !slices.Contains(block, scheme) {
			bad("URLBlocklist does not hold %q, which \"*\" does not cover: add it", scheme)
		}
	}
	for _, entry := range list(p["URLAllowlist"]) {
		if problem := lintAllow(entry); problem != "" {
			bad("URLAllowlist %q %s", entry, problem)
		}
	}
	for _, name := range []string{"AudioCaptureAllowedUrls", "VideoCaptureAllowedUrls", "AutoplayAllowlist"} {
		for _, entry := range list(p[name]) {
			if strings.Contains(entry, "*") || !strings.HasPrefix(entry, "https://") {
				bad("%s %q admits pages that are not ours: name one https origin", name, entry)
			}
		}
	}
	for _, want := range []struct {
		name string
		is   any
		why  string
	}{
		{"AllowFileSelectionDialogs", false, "a file dialog shows this computer's disk"},
		{"PrintingEnabled", false, "the print dialog leads out; Handrail prints by itself"},
		{"SSLErrorOverrideAllowed", false, "a typed word would skip a warning about a false site"},
		{"IncognitoModeAvailability", float64(1), "an incognito window is a window of its own"},
		{"WebRtcIPHandling", "disable_non_proxied_udp", "calls would go past the egress proxy"},
		{"QuicAllowed", false, "QUIC goes past the egress proxy"},
		{"DnsOverHttpsMode", "off", "names are looked up by the egress proxy only"},
		{"SavingBrowserHistoryDisabled", true, "pages would be written down"},
		{"PasswordManagerEnabled", false, "passwords would be offered to be kept"},
	} {
		if got, ok := p[want.name]; !ok || got != want.is {
			bad("%s must be %v: %s", want.name, want.is, want.why)
		}
	}
	return out
}

// lintAllow says what is wrong with an allow-list entry; empty if nothing is.
func lintAllow(entry string) string {
	scheme, rest, ok := strings.Cut(entry, "://")
	if !ok {
		rest = entry
	} else if scheme != "https" && scheme != "http" {
		return "opens " + scheme + ": pages, which are not on the web: remove it"
	}
	host, _, _ := strings.Cut(rest, "/")
	if strings.Contains(host, "*") {
		return "admits more than one host: name each host"
	}
	name := host
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return ""
	}
	if !strings.HasPrefix(host, ".") {
		return "admits all subdomains too: write a dot in front of the host"
	}
	if strings.Trim(name, ".") == "" {
		return "names no host: remove it"
	}
	return ""
}

// list reads a JSON list of texts.
func list(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, item := range items {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
