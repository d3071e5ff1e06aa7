// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"handrail/kiosk/stage"
)

// TypicalPolicy is a managed policy as it is commonly written for a kiosk: everything blocked but the service, developer tools, incognito
// windows, downloads, popups, notifications, location, extensions, passwords and translation off.
const TypicalPolicy = `{"URLBlocklist": ["*"], "URLAllowlist": ["form.localhost"], "DeveloperToolsAvailability": 2, "IncognitoModeAvailability": 1,
"DownloadRestrictions": 3, "DefaultPopupsSetting": 2, "DefaultNotificationsSetting": 2, "DefaultGeolocationSetting": 2,
"ExtensionInstallBlocklist": ["*"], "PasswordManagerEnabled": false, "TranslateEnabled": false}
`

// Peer is what a public computer commonly has: "chromium --kiosk" on a display with openbox.
type Peer struct {
	binary  string
	dir     string
	uid     int
	display *stage.Display
	manager *exec.Cmd
	browser *exec.Cmd
	turn    int
}

// NewPeer starts a display, with openbox where the comparison needs a window manager. As root the browser runs as the given user; dir
// is a folder of our own, which that user can pass through.
func NewPeer(ctx context.Context, binary, dir string, uid int, managed bool) (p *Peer, err error) {
	p = &Peer{binary: binary, dir: dir, uid: uid}
	if p.display, err = stage.StartDisplay(ctx, stage.DisplayOptions{Dir: filepath.Join(dir, "display")}); err != nil {
		return nil, err
	}
	if !managed {
		return p, nil
	}
	openbox, err := exec.LookPath("openbox")
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("the comparison needs the Debian package openbox: %w", err)
	}
	p.manager = p.command(openbox)
	if err := p.manager.Start(); err != nil {
		p.Close()
		return nil, fmt.Errorf("openbox: %w", err)
	}
	return p, nil
}

// command makes a command of the peer's user that sees the display and nothing else of ours.
func (p *Peer) command(name string, args ...string) *exec.Cmd {
	home := filepath.Join(p.dir, fmt.Sprintf("home-%d", p.turn))
	cookie := filepath.Join(home, ".Xauthority")
	_ = os.MkdirAll(home, 0o700)
	if data, err := os.ReadFile(p.display.Authority()); err == nil {
		_ = os.WriteFile(cookie, data, 0o600)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = home
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + home, "TMPDIR=" + home, "DISPLAY=" + p.display.Name(), "XAUTHORITY=" + cookie,
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "LANG=C.UTF-8"}
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 && p.uid != 0 {
		for _, path := range []string{home, cookie} {
			_ = os.Chown(path, p.uid, p.uid)
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(p.uid), Gid: uint32(p.uid)}
	}
	return cmd
}

// Begin starts the browser anew, with nothing left of the one before.
func (p *Peer) Begin(ctx context.Context) error {
	p.stop()
	p.turn++
	home := filepath.Join(p.dir, fmt.Sprintf("home-%d", p.turn))
	p.browser = p.command(p.binary, "--kiosk", "--no-first-run", "--no-default-browser-check", "--password-store=basic", "--ozone-platform=x11", "--disable-gpu",
		"--user-data-dir="+filepath.Join(home, "profile"), Origin+"/")
	if err := p.browser.Start(); err != nil {
		return fmt.Errorf("the peer's browser: %w", err)
	}
	return ctx.Err()
}

// stop ends the browser and removes what it left.
func (p *Peer) stop() {
	if p.browser == nil || p.browser.Process == nil {
		return
	}
	pid := p.browser.Process.Pid
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	_ = p.browser.Wait()
	// Its other processes are in its group, and not ours to wait for.
	for deadline := time.Now().Add(5 * time.Second); syscall.Kill(-pid, 0) == nil && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	_ = os.RemoveAll(filepath.Join(p.dir, fmt.Sprintf("home-%d", p.turn)))
	p.browser = nil
}

// Close ends all of it.
func (p *Peer) Close() error {
	p.stop()
	if p.manager != nil && p.manager.Process != nil {
		_ = syscall.Kill(-p.manager.Process.Pid, syscall.SIGKILL)
		_ = p.manager.Wait()
	}
	return errors.Join(p.display.Close(), os.RemoveAll(p.dir))
}

// Display implements Terminal.
func (p *Peer) Display() (name, authority string) { return p.display.Name(), p.display.Authority() }

// Place implements Terminal: the page fills the screen.
func (p *Peer) Place() image.Rectangle { return image.Rectangle{} }

// Strangers implements Terminal: nobody can ask this browser; the screen tells.
func (p *Peer) Strangers() (int, error) { return 0, nil }

// Own implements Terminal: it has no screens of its own.
func (p *Peer) Own() bool { return false }

// KillPage implements Terminal.
func (p *Peer) KillPage(number int) error { return KillPage(p.browser.Process.Pid, number) }

// Back implements Terminal: there is no such screen.
func (p *Peer) Back(context.Context) error { return errors.New("it has no screen of its own") }

// Leaks implements Terminal: what it sends, the outside hears.
func (p *Peer) Leaks() int { return 0 }
