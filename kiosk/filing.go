// SPDX-License-Identifier: Apache-2.0

package kiosk

import "strings"

// A site that asks for files gets pictures of papers, taken by the terminal's scanner or camera in this session and held in the
// worker's memory and the companion's page. There are no other files here, and nobody is shown a folder.

// How far giving pictures is, besides the plain-language states of a scanner that did not scan.
const (
	FilingCamera   = "camera"   // the paper is put under the camera
	FilingScanner  = "scanner"  // it is laid on the scanner's glass
	FilingScanning = "scanning" // the scanner is at it
	FilingScanned  = "scanned"  // what came of it is looked at
	FilingGiving   = "giving"   // they are on their way into the page
	FilingFailed   = "failed"   // the page did not take them
	FilingNone     = "none"     // there is no camera or scanner here, or none that works
)

// onFiling answers what is said about giving pictures.
func (s *Session) onFiling(e Event) []Effect {
	if e, ok := e.(FileWanted); ok {
		if s.Guide == nil || s.overlay != "" {
			return nil // something else has the screen: nothing is put under a finger
		}
		s.overlay, s.Filing, s.Several = FilingShown, s.source(), e.Several
		return []Effect{Count{"file_wanted_" + s.Filing}, s.speakFiling(), Show{}}
	}
	if s.Filing == "" {
		return nil
	}
	switch e := e.(type) {
	case PictureGiven:
		if s.Filing != FilingGiving {
			return nil
		}
		if !e.OK {
			return s.filingIs(FilingFailed, Count{"pictures_failed"})
		}
		return append([]Effect{Count{"pictures_given"}}, s.endFiling()...)
	case Scanned:
		if s.Filing != FilingScanning {
			return nil
		}
		if e.State != "" {
			return s.filingIs(e.State, Count{"scans_failed"})
		}
		return s.filingIs(FilingScanned, Count{"scans"})
	}
	if s.overlay != FilingShown {
		return nil
	}
	switch e := e.(type) {
	case SaidNoFile:
		return s.endFiling()
	case CameraFailed:
		if s.Filing == FilingCamera {
			s.cameraFailed = true
			return s.filingIs(s.source(), Count{"camera_failed"})
		}
	case AskedScan:
		switch s.Filing {
		case FilingCamera, FilingGiving, FilingScanning, FilingNone:
		default:
			return s.filingIs(FilingScanning, Scan{})
		}
	case AskedSource:
		if to := map[bool]string{true: FilingCamera, false: FilingScanner}[e.Camera]; e.Camera && s.camera() || !e.Camera && s.Scanner {
			if s.Filing != FilingGiving && s.Filing != FilingScanning {
				return s.filingIs(to)
			}
		}
	case SaidUse:
		switch s.Filing {
		case FilingCamera, FilingScanner, FilingScanned, FilingFailed:
			return s.filingIs(FilingGiving, GivePicture{})
		}
	case AskedAgain:
		if s.Filing == FilingFailed {
			return s.filingIs(s.source())
		}
	}
	return nil
}

// source is where a picture comes from first: the scanner, which needs no steady hand.
func (s *Session) source() string {
	switch {
	case s.Scanner:
		return FilingScanner
	case s.camera():
		return FilingCamera
	}
	return FilingNone
}

func (s *Session) camera() bool { return s.Camera && !s.cameraFailed }

// OtherSource is the other thing that a picture can be taken with now; "": there is none.
func (s *Session) OtherSource() string {
	switch {
	case s.Filing == FilingCamera && s.Scanner:
		return FilingScanner
	case s.Filing != FilingCamera && s.camera() && (s.Filing == FilingScanner || s.Filing == FilingScanned || scannerState(s.Filing)):
		return FilingCamera
	}
	return ""
}

func scannerState(filing string) bool { return strings.HasPrefix(filing, "scanner.") }

func (s *Session) filingIs(filing string, first ...Effect) []Effect {
	s.Filing = filing
	return append(first, s.speakFiling(), Show{})
}

func (s *Session) endFiling() []Effect {
	s.Filing, s.cameraFailed = "", false
	if s.overlay == FilingShown {
		s.uncover()
	}
	return append([]Effect{DropScan{}}, append(s.speakStep(), Show{})...)
}

func (s *Session) speakFiling() Effect {
	switch {
	case s.Filing == FilingGiving:
		return Speak{}
	case scannerState(s.Filing):
		return Speak{[]Phrase{{Key: "state." + s.Filing}}}
	}
	return Speak{[]Phrase{{Key: "speech.filing." + s.Filing}}}
}
