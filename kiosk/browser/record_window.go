// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// AuthorOptions say on which X display an author's window opens: ":0", and the file with its cookie. Empty: what the
// environment says (DISPLAY, XAUTHORITY).
type AuthorOptions struct{ Display, Authority string }

// OpenAuthor starts a browser with an ordinary window for an author to click in, confined as far as the machine allows, with
// a profile of its own that is forgotten at the end.
func OpenAuthor(ctx context.Context, o AuthorOptions) (*Visitor, error) {
	o.Display = cmp.Or(o.Display, os.Getenv("DISPLAY"))
	if o.Display == "" {
		return nil, errors.New("there is no screen to show a browser on; give a script of clicks, or run this on a desktop")
	}
	if o.Authority = cmp.Or(o.Authority, os.Getenv("XAUTHORITY")); o.Authority == "" {
		if home, err := os.UserHomeDir(); err == nil {
			if file := filepath.Join(home, ".Xauthority"); exists(file) {
				o.Authority = file
			}
		}
	}
	uid := 0
	if os.Geteuid() == 0 {
		uid = FreeUID()
	}
	v := &Visitor{shown: true}
	var confineErr error
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(ctx),
		chromedp.ExecPath(Binary), chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.NoInheritEnv, chromedp.Flag("no-sandbox", false),
		chromedp.Flag("ozone-platform", "x11"), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-extensions", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("password-store", "basic"),
		chromedp.Flag("disable-features", "Translate,PasswordManagerOnboarding"), chromedp.Flag("window-size", "1000,760"), chromedp.Flag("window-position", "0,0"),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			v.cell, confineErr = Confine(cmd, Confinement{UID: uid, Display: o.Display, Authority: o.Authority})
		}))
	v.cancels = append(v.cancels, cancel)
	root, cancelRoot := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	v.cancels = append(v.cancels, cancelRoot)
	v.ctx = root
	err := chromedp.Do(root)
	if confineErr != nil {
		err = confineErr
	}
	if err != nil {
		v.Close()
		return nil, fmt.Errorf("the author's browser: %w", err)
	}
	v.target = chromedp.FromContext(root).Target
	return v, nil
}

// closePopups closes windows that the page opens: there is one, as on a terminal. What was to be in them is told to Service.wanted.
func (s *Service) closePopups() {
	c := chromedp.FromContext(s.ctx)
	each(s.tasks(), cdp.Events(s.ctx, c.Browser, target.TargetCreated), func(e target.EventTargetCreated) {
		if e.TargetInfo.Type == "page" && e.TargetInfo.OpenerID == s.target.TargetID {
			_, _ = cdp.Call(s.ctx, c.Browser, target.CloseTarget, target.CloseTargetParams{TargetID: e.TargetInfo.TargetID})
		}
	})
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
