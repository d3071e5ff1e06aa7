// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/chromedp/chromedp"
)

// OpenAuthor starts a browser with an ordinary window on the display that the environment names (DISPLAY), for an author
// to click in. It runs as the author, with a profile of its own that Close removes.
func OpenAuthor(ctx context.Context) (*Visitor, error) {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil, errors.New("there is no screen to show a browser on; give a script of clicks, or run this on a desktop")
	}
	if os.Geteuid() == 0 {
		return nil, errors.New("a browser with a window does not run as root; run this as yourself, or give a script of clicks")
	}
	v := &Visitor{shown: true}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(Binary), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Flag("no-sandbox", false),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-extensions", true), chromedp.Flag("password-store", "basic"),
		chromedp.Flag("disable-features", "Translate,PasswordManagerOnboarding"), chromedp.Flag("window-size", "1000,900"),
	}
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(ctx), options...)
	v.cancels = append(v.cancels, cancel)
	root, cancelRoot := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	v.cancels = append(v.cancels, cancelRoot)
	v.ctx = root
	if err := chromedp.Do(root); err != nil {
		v.Close()
		return nil, fmt.Errorf("the author's browser: %w", err)
	}
	v.target = chromedp.FromContext(root).Target
	return v, nil
}
