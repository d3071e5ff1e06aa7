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
