// SPDX-License-Identifier: Apache-2.0

package kiosk

// A site that asks for a file gets a picture of a paper, taken by the terminal's camera in this session and held in the
// worker's memory. There is no other file here, and nobody is shown a folder.

// How far giving a picture is.
const (
	FilingCamera = "camera" // the paper is put under the camera, and the picture looked at
	FilingGiving = "giving" // it is on its way into the page
	FilingFailed = "failed" // the page did not take it
	FilingNone   = "none"   // there is no camera here, or it does not work
)

// onFiling answers what is said about giving a picture.
func (s *Session) onFiling(e Event) []Effect {
	switch e := e.(type) {
	case FileWanted:
		if s.Guide == nil || s.overlay != "" {
			return nil // something else has the screen: nothing is put under a finger
		}
		s.overlay, s.Filing = FilingShown, FilingCamera
		if !s.Camera {
			s.Filing = FilingNone
		}
		return []Effect{Count{"file_wanted_" + s.Filing}, s.speakFiling(), Show{}}
	case CameraFailed:
		if s.overlay == FilingShown && s.Filing == FilingCamera {
			s.Filing = FilingNone
			return []Effect{Count{"camera_failed"}, s.speakFiling(), Show{}}
		}
	case SaidUse:
		if s.overlay == FilingShown && (s.Filing == FilingCamera || s.Filing == FilingFailed) {
			s.Filing = FilingGiving
			return []Effect{GivePicture{}, Show{}}
		}
	case AskedAgain:
		if s.overlay == FilingShown && s.Filing == FilingFailed {
			s.Filing = FilingCamera
			return []Effect{s.speakFiling(), Show{}}
		}
	case PictureGiven:
		if s.Filing != FilingGiving {
			return nil
		}
		if !e.OK {
			s.Filing = FilingFailed
			return []Effect{Count{"pictures_failed"}, s.speakFiling(), Show{}}
		}
		return append([]Effect{Count{"pictures_given"}}, s.endFiling()...)
	case SaidNoFile:
		if s.overlay == FilingShown {
			return s.endFiling()
		}
	}
	return nil
}

func (s *Session) endFiling() []Effect {
	s.Filing = ""
	if s.overlay == FilingShown {
		s.uncover()
	}
	return append(s.speakStep(), Show{})
}

func (s *Session) speakFiling() Effect {
	if s.Filing == FilingGiving {
		return Speak{}
	}
	return Speak{[]Phrase{{Key: "speech.filing." + s.Filing}}}
}
