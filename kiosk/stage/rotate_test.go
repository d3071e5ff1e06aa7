// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A screen of Xorg that is not there: its driver "dummy" (Debian package xserver-xorg-video-dummy).
const dummyScreen = `
Section "ServerFlags"
	Option "AutoAddDevices" "false"
	Option "AutoEnableDevices" "false"
EndSection
Section "Device"
	Identifier "none"
	Driver "dummy"
	VideoRam 65536
EndSection
Section "Monitor"
	Identifier "none"
	HorizSync 5-1000
	VertRefresh 5-200
EndSection
Section "Screen"
	Identifier "none"
	Device "none"
	Monitor "none"
	DefaultDepth 24
	SubSection "Display"
		Depth 24
		Modes "1280x800"
	EndSubSection
EndSection
`

// The display server of a real terminal comes up as it is started there, lets in who has the cookie, and takes the section that turns
// a touch. Its driver here cannot turn what it draws; that is said.
func TestXorg(t *testing.T) {
	if testing.Short() {
		t.Skip("starts Xorg")
	}
	if os.Getuid() != 0 {
		t.Skip("only root may start Xorg on a screen of its own")
	}
	for _, file := range []string{"/usr/bin/Xorg", "/usr/lib/xorg/modules/drivers/dummy_drv.so", "/dev/tty0"} {
		if _, err := os.Stat(file); err != nil {
			t.Skipf("there is no %s", file)
		}
	}
	for _, file := range []string{"/dev/dri", "/dev/fb0"} {
		if _, err := os.Stat(file); err == nil {
			t.Skipf("this machine has a screen of its own (%s), which is left alone", file)
		}
	}
	d, err := StartDisplay(context.Background(), DisplayOptions{Dir: t.TempDir(), Server: "Xorg", Rotate: Left, Sections: dummyScreen})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.RFB() != "" {
		t.Errorf("there is a viewer's socket %q", d.RFB())
	}
	if x, err := dial(d.Name(), ""); err == nil {
		closeConn(x)
		t.Error("the display let somebody in without a cookie")
	}
	said, err := os.ReadFile(filepath.Join(d.dir, "xorg.log"))
	if err != nil || !strings.Contains(string(said), "Using config file") || strings.Contains(string(said), "Parse error") {
		t.Errorf("the configuration was not taken: %v: %s", err, said)
	}
	s, err := Open(Options{Display: d.Name(), Authority: d.Authority()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	if w, h := s.Size(); w != 1280 || h != 800 {
		t.Errorf("the stage is %d x %d", w, h)
	}
	if err := Rotate(d.Name(), d.Authority(), Left); err == nil || !strings.Contains(err.Error(), "cannot be turned") {
		t.Errorf("it was turned: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The stage is as wide as it was high once the screen is turned, and lays its windows out anew when that happens under it. Xephyr is the
// server that can turn a screen that is not there.
func TestRotate(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two display servers")
	}
	program, err := exec.LookPath("Xephyr")
	if err != nil {
		t.Skip("Xephyr is not installed (Debian package xserver-xephyr)")
	}
	outer := startDisplay(t)
	number := lastNumber + 1 // no other test's
	for inUse(number) {
		number++
	}
	d := &Display{name: ":" + strconv.Itoa(number), authority: outer.Authority()}
	xephyr := exec.Command(program, d.name, "-auth", outer.Authority(), "-nolisten", "tcp", "-noreset", "-screen", "640x480")
	xephyr.Env = append(os.Environ(), "DISPLAY="+outer.Name(), "XAUTHORITY="+outer.Authority())
	if err := xephyr.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = xephyr.Process.Signal(syscall.SIGTERM)
		_ = xephyr.Wait()
	}()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		x, err := dial(d.Name(), d.Authority())
		if err == nil {
			closeConn(x)
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := Rotate(d.Name(), d.Authority(), Left); err != nil {
		t.Fatal(err)
	}
	sizes := make(chan [2]int, 64)
	s, err := Open(Options{Display: d.Name(), Authority: d.Authority(), OnSize: func(w, h int) { sizes <- [2]int{w, h} }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	if w, h := s.Size(); w != 480 || h != 640 {
		t.Errorf("turned left the stage is %d x %d", w, h)
	}
	for _, c := range []struct {
		r    Rotation
		want [2]int
	}{{Upright, [2]int{640, 480}}, {Right, [2]int{480, 640}}, {Upright, [2]int{640, 480}}} {
		if err := Rotate(d.Name(), d.Authority(), c.r); err != nil {
			t.Fatal(err)
		}
		for limit := time.After(30 * time.Second); ; {
			var got [2]int
			select {
			case got = <-sizes:
			case <-limit:
				t.Fatalf("turned %q the stage never was %v", c.r, c.want)
			}
			if got == c.want {
				break
			}
		}
	}
	if err := Rotate(d.Name(), d.Authority(), Inverted); err != nil {
		t.Error(err)
	}
}

// A finger on the panel hits what is drawn there. The corners of the panel, from its top left as the clock goes, show these corners of
// the picture.
func TestTouchIsTurned(t *testing.T) {
	corners := [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	for r, quarter := range map[Rotation]int{Upright: 0, Left: 1, Inverted: 2, Right: 3} {
		m := turns[r].matrix
		for i, c := range corners {
			x, y := m[0]*c[0]+m[1]*c[1]+m[2], m[3]*c[0]+m[4]*c[1]+m[5]
			want := corners[(i+quarter)%4]
			if math.Hypot(x-want[0], y-want[1]) > 1e-9 {
				t.Errorf("%q: a touch at %v hits %v, %v; want %v", r, c, x, y, want)
			}
		}
		if (touchSection(r) == "") != (r == Upright) {
			t.Errorf("%q: the section is %q", r, touchSection(r))
		}
	}
}

func TestRotateRefuses(t *testing.T) {
	d := startDisplay(t)
	for _, r := range []Rotation{"sideways", Left} { // there is none; Xvnc has no screen to turn
		if err := Rotate(d.Name(), d.Authority(), r); err == nil {
			t.Errorf("%q was taken", r)
		}
	}
	if err := Rotate(d.Name(), d.Authority(), Upright); err != nil {
		t.Error(err)
	}
}
