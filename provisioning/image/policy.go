// SPDX-License-Identifier: Apache-2.0

// Package image describes what a terminal must be.
package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// DefaultOrigin is where a terminal's own pages live. No server answers for it.
const DefaultOrigin = "https://handrail.internal"

// PolicyOptions says what a browser may show.
type PolicyOptions struct {
	// Hosts may be navigated to: host or host:port, exact.
	Hosts []string
	// Origin is our own internal origin; empty means DefaultOrigin.
	Origin string
	// Camera: our own pages may use the camera.
	Camera bool
}

// Values of enterprise policies, as Chromium's policy templates number them.
const (
	settingBlock    = 2 // Default...Setting
	devToolsAllowed = 1 // DeveloperToolsAvailability; 2 would end our own link to the browser
	noIncognito     = 1 // IncognitoModeAvailability
	noDownloads     = 3 // DownloadRestrictions
	noPrediction    = 2 // NetworkPredictionOptions
	noSignIn        = 0 // BrowserSignin
	noSafeBrowsing  = 0 // SafeBrowsingProtectionLevel: its look-ups would leave the terminal
	restoreNothing  = 5 // RestoreOnStartup: open the new tab page
)

// blocked lists everything, and besides it the schemes that "*" does not cover.
var blocked = []string{
	"*", "chrome://*", "chrome-untrusted://*", "chrome-extension://*", "devtools://*", "file://*", "view-source:*",
	"data:*", "blob:*", "javascript://*", "filesystem:*", "ftp://*", "mailto:*", "tel:*", "intent:*",
}

// BrowserPolicy writes the managed policy of a terminal's browser (JSON, for
// policies/managed). It blocks every page but those of the exact hosts and of
// our own origin, and switches off what a citizen does not need. The result
// passes LintPolicy.
func BrowserPolicy(o PolicyOptions) ([]byte, error) {
	if o.Origin == "" {
		o.Origin = DefaultOrigin
	}
	origin, err := url.Parse(o.Origin)
	if err != nil || origin.Scheme != "https" || origin.Host == "" || strings.TrimRight(origin.Path, "/") != "" {
		return nil, fmt.Errorf("internal origin %q: it is written like %s", o.Origin, DefaultOrigin)
	}
	allow := []string{"https://." + origin.Host}
	for _, h := range o.Hosts {
		entry, err := exactHost(h)
		if err != nil {
			return nil, err
		}
		allow = append(allow, entry)
	}
	slices.Sort(allow[1:])
	allow = slices.Compact(allow)

	p := map[string]any{
		"URLBlocklist": blocked,
		"URLAllowlist": allow,

		// Our own pages may listen and speak; nobody else may, and nobody is asked.
		"AudioCaptureAllowed":     false,
		"AudioCaptureAllowedUrls": []string{o.Origin},
		"VideoCaptureAllowed":     false,
		"AutoplayAllowed":         false,
		"AutoplayAllowlist":       []string{o.Origin},
		"ScreenCaptureAllowed":    false,

		"NewTabPageLocation":   o.Origin,
		"HomepageLocation":     o.Origin,
		"HomepageIsNewTabPage": false,
		"ShowHomeButton":       false,
		"RestoreOnStartup":     restoreNothing,

		// The engine of this product is a DevTools client on a pipe.
		"DeveloperToolsAvailability":           devToolsAllowed,
		"RemoteDebuggingAllowed":               true,
		"AllowFileSelectionDialogs":            false,
		"PrintingEnabled":                      false,
		"AlwaysOpenPdfExternally":              true,        // the viewer has a menu of its own; a download is refused
		"AuthSchemes":                          "negotiate", // no box that asks for a password
		"SSLErrorOverrideAllowed":              false,
		"TaskManagerEndProcessEnabled":         false,
		"AllowDinosaurEasterEgg":               false,
		"SearchSuggestEnabled":                 false,
		"DefaultSearchProviderEnabled":         false,
		"AlternateErrorPagesEnabled":           false,
		"SpellcheckEnabled":                    false,
		"TranslateEnabled":                     false,
		"BookmarkBarEnabled":                   false,
		"EditBookmarksEnabled":                 false,
		"PromptForDownloadLocation":            false,
		"AutofillAddressEnabled":               false,
		"AutofillCreditCardEnabled":            false,
		"PasswordManagerEnabled":               false,
		"SyncDisabled":                         true,
		"BackgroundModeEnabled":                false,
		"BrowserAddPersonEnabled":              false,
		"BrowserGuestModeEnabled":              false,
		"MetricsReportingEnabled":              false,
		"UserFeedbackAllowed":                  false,
		"SavingBrowserHistoryDisabled":         true,
		"AllowDeletingBrowserHistory":          false,
		"ComponentUpdatesEnabled":              false,
		"ImportBookmarks":                      false,
		"DefaultBrowserSettingEnabled":         false,
		"HideWebStoreIcon":                     true,
		"ShowAppsShortcutInBookmarkBar":        false,
		"PromotionsEnabled":                    false,
		"MediaRecommendationsEnabled":          false,
		"EnableMediaRouter":                    false,
		"LensOverlaySettings":                  1,
		"GenAiDefaultSettings":                 2,
		"ExtensionInstallBlocklist":            []string{"*"},
		"DownloadRestrictions":                 noDownloads,
		"IncognitoModeAvailability":            noIncognito,
		"BrowserSignin":                        noSignIn,
		"SafeBrowsingProtectionLevel":          noSafeBrowsing,
		"DnsOverHttpsMode":                     "off",
		"BuiltInDnsClientEnabled":              false,
		"QuicAllowed":                          false,
		"NetworkPredictionOptions":             noPrediction,
		"WebRtcIPHandling":                     "disable_non_proxied_udp",
		"DefaultPopupsSetting":                 settingBlock,
		"DefaultNotificationsSetting":          settingBlock,
		"DefaultGeolocationSetting":            settingBlock,
		"DefaultSensorsSetting":                settingBlock,
		"DefaultClipboardSetting":              settingBlock,
		"DefaultLocalFontsSetting":             settingBlock,
		"DefaultWindowManagementSetting":       settingBlock,
		"DefaultInsecureContentSetting":        settingBlock,
		"DefaultFileSystemReadGuardSetting":    settingBlock,
		"DefaultFileSystemWriteGuardSetting":   settingBlock,
		"DefaultSerialGuardSetting":            settingBlock,
		"DefaultWebUsbGuardSetting":            settingBlock,
		"DefaultWebHidGuardSetting":            settingBlock,
		"DefaultWebBluetoothGuardSetting":      settingBlock,
		"AutoLaunchProtocolsFromOrigins":       []any{},
		"PromptOnMultipleMatchingCertificates": false,
	}
	if o.Camera {
		p["VideoCaptureAllowedUrls"] = []string{o.Origin}
	}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("browser policy: %w", err)
	}
	if problems := LintPolicy(b); len(problems) > 0 {
		return nil, fmt.Errorf("browser policy: %w", errors.Join(problems...))
	}
	return append(b, '\n'), nil
}

// exactHost turns host or host:port into an allow-list entry. The leading dot is
// what makes it exact: without it all subdomains would be admitted too.
func exactHost(h string) (string, error) {
	host, port, err := net.SplitHostPort(h)
	if err != nil {
		host, port = strings.Trim(h, "[]"), ""
	}
	host = strings.ToLower(host)
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", fmt.Errorf("host %q: %q is not a port", h, port)
		}
		port = ":" + port
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		// An address has no subdomains, and takes no dot.
		if ip.Is6() {
			return "[" + ip.String() + "]" + port, nil
		}
		return ip.String() + port, nil
	}
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" ||
		strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return "", fmt.Errorf("host %q: it is written like www.example.org or www.example.org:8443", h)
	}
	return "." + host + port, nil
}
