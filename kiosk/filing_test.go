// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

// A picture goes into the page only when the citizen has looked at it and said so; what did not work can be done again.
func TestPictureForTheForm(t *testing.T) {
	s := onPageOne(t)
	s.Camera = true
	if apply(t, s, FileWanted{}); s.Screen() != FilingShown || s.Filing != FilingCamera {
		t.Fatalf("screen %s, %s", s.Screen(), s.Filing)
	}
	if _, gives := find[GivePicture](apply(t, s, SaidUse{})); !gives || s.Filing != FilingGiving {
		t.Errorf("%s", s.Filing)
	}
	if apply(t, s, PictureGiven{}); s.Filing != FilingFailed {
		t.Errorf("%s", s.Filing)
	}
	apply(t, s, AskedAgain{}, SaidUse{}, PictureGiven{OK: true})
	if s.Screen() != Companion || s.Filing != "" {
		t.Errorf("screen %s, %s", s.Screen(), s.Filing)
	}
	if _, gives := find[GivePicture](apply(t, s, SaidUse{})); gives {
		t.Error("a picture is given that nobody wants")
	}
	apply(t, s, FileWanted{}, WentBack{})
	if s.Screen() != Companion || s.Filing != "" {
		t.Errorf("screen %s, %s", s.Screen(), s.Filing)
	}
}

// Without a camera, or with one that does not work, the screen says what to do instead.
func TestNoCamera(t *testing.T) {
	s := onPageOne(t)
	if apply(t, s, FileWanted{}); s.Screen() != FilingShown || s.Filing != FilingNone {
		t.Fatalf("screen %s, %s", s.Screen(), s.Filing)
	}
	apply(t, s, SaidNoFile{})
	s.Camera = true
	if apply(t, s, FileWanted{}, CameraFailed{}); s.Filing != FilingNone {
		t.Errorf("%s", s.Filing)
	}
	if _, gives := find[GivePicture](apply(t, s, SaidUse{})); gives {
		t.Error("a picture is given without a camera")
	}
}

// A scanner comes first; what is wrong with it is said, and the camera is there in its place.
func TestPictureFromTheScanner(t *testing.T) {
	s := onPageOne(t)
	s.Camera, s.Scanner = true, true
	if apply(t, s, FileWanted{Several: true}); s.Filing != FilingScanner || !s.Several || s.OtherSource() != FilingCamera {
		t.Fatalf("%s, several %v, or %q", s.Filing, s.Several, s.OtherSource())
	}
	if _, scans := find[Scan](apply(t, s, AskedScan{})); !scans || s.Filing != FilingScanning {
		t.Fatalf("%s", s.Filing)
	}
	if _, gives := find[GivePicture](apply(t, s, SaidUse{})); gives {
		t.Error("what is not there yet is given")
	}
	if _, scans := find[Scan](apply(t, s, AskedScan{})); scans {
		t.Error("it scans twice at once")
	}
	if said, ok := find[Speak](apply(t, s, Scanned{State: "scanner.empty"})); !ok || said.Phrases[0].Key != "state.scanner.empty" || s.Filing != "scanner.empty" {
		t.Errorf("%s says %v", s.Filing, said)
	}
	if s.OtherSource() != FilingCamera {
		t.Errorf("beside it there is %q", s.OtherSource())
	}
	apply(t, s, AskedScan{}, Scanned{})
	if s.Filing != FilingScanned {
		t.Errorf("%s", s.Filing)
	}
	apply(t, s, AskedScan{}, Scanned{}) // another page
	if _, gives := find[GivePicture](apply(t, s, SaidUse{})); !gives || s.Filing != FilingGiving {
		t.Errorf("%s", s.Filing)
	}
	if _, drops := find[DropScan](apply(t, s, PictureGiven{OK: true})); !drops || s.Screen() != Companion {
		t.Error("what was scanned is not forgotten")
	}
	if apply(t, s, Scanned{}, Scanned{State: "scanner.fault"}); s.Filing != "" || s.Screen() != Companion {
		t.Errorf("a scan that nobody waits for any more: %s", s.Filing)
	}

	// To the camera and back; a camera that does not work leads back to the scanner, and is offered no more.
	if apply(t, s, FileWanted{}, AskedSource{Camera: true}); s.Filing != FilingCamera || s.OtherSource() != FilingScanner || s.Several {
		t.Errorf("%s, or %q", s.Filing, s.OtherSource())
	}
	if apply(t, s, CameraFailed{}); s.Filing != FilingScanner || s.OtherSource() != "" {
		t.Errorf("%s, or %q", s.Filing, s.OtherSource())
	}
	if apply(t, s, AskedSource{Camera: true}); s.Filing != FilingScanner {
		t.Errorf("%s", s.Filing)
	}
	// Who goes while it scans leaves nothing behind.
	if _, drops := find[DropScan](apply(t, s, AskedScan{}, WentBack{})); !drops || s.Filing != "" {
		t.Errorf("%s", s.Filing)
	}
}
