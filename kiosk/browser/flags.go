// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// flags are Chromium's switches, all of them: chromedp's defaults are for tests and would switch protections off.
func flags(o Options) []chromedp.ExecAllocatorOption {
	off := []string{"Translate", "MediaRouter", "OptimizationHints", "AutofillServerCommunication", "InterestFeedContentSuggestions",
		"CertificateTransparencyComponentUpdater", "DialMediaRouteProvider", "GlobalMediaControls", "PasswordManagerOnboarding",
		"LensOverlay", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "PreloadTopChromeWebUI", "SpareRendererForSitePerProcess", "TabHoverCardImages", "HttpsUpgrades", "CalculateNativeWinOcclusion"}
	options := []chromedp.ExecAllocatorOption{
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("class", o.Class),
		chromedp.Flag("ozone-platform", "x11"),
		chromedp.Flag("window-position", "0,0"),
		chromedp.Flag("window-size", fmt.Sprintf("%d,%d", o.Width, o.Height)),
		chromedp.Flag("force-device-scale-factor", "1"),
		chromedp.Flag("disable-features", strings.Join(off, ",")),
		chromedp.Flag("password-store", "basic"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("overscroll-history-navigation", "0"),
		chromedp.Flag("ash-no-nudges", true),
	}
	for _, name := range []string{
		"disable-background-networking", "disable-breakpad", "disable-client-side-phishing-detection", "disable-component-update",
		"disable-crash-reporter", "disable-default-apps", "disable-domain-reliability", "disable-extensions", "disable-pinch",
		"disable-quic", "disable-sync", "disable-infobars", "disable-search-engine-choice-screen", "noerrdialogs", "no-pings",
		"metrics-recording-only", "hide-crash-restore-bubble", "kiosk", "disable-backgrounding-occluded-windows",
		"disable-renderer-backgrounding", "disable-background-timer-throttling", "disable-gpu",
	} {
		options = append(options, chromedp.Flag(name, true))
	}
	if o.EmulatedMicrophone {
		options = append(options, chromedp.Flag("use-fake-device-for-media-stream", true))
	}
	if o.Proxy != "" {
		// Without "<-loopback>" Chromium would go to loopback addresses past the proxy.
		options = append(options, chromedp.Flag("proxy-server", "http://"+o.Proxy), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	}
	return options
}
