// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"errors"
	"fmt"
	"regexp"
)

// Content is what travels sealed. The set is closed. ui/volunteer/protocol.ts has the same shapes in TypeScript.
type Content interface {
	// Kind is the value of the JSON field "type".
	Kind() string
	checkContent() error
}

// Terminal to volunteer.

// Consent is what the citizen agreed to, now.
type Consent struct {
	Talk  bool `json:"talk"`
	See   bool `json:"see"`
	Point bool `json:"point"`
}

// StepText is the guide's text of a step in one language.
type StepText struct {
	Lang    string   `json:"lang"`
	Titles  []string `json:"titles"`
	What    string   `json:"what"`
	Why     string   `json:"why"`
	Missing string   `json:"missing"`
}

// StepShown is where the citizen is: the guide's own words, in the volunteer's language and as the citizen reads them.
type StepShown struct {
	Index     int      `json:"index"`
	Total     int      `json:"total"`
	Volunteer StepText `json:"volunteer"`
	Citizen   StepText `json:"citizen"`
}

// Pointed answers Point: ringed, scrolled to and read aloud, or not.
type Pointed struct {
	Element string `json:"element"`
	OK      bool   `json:"ok"`
}

// Heard answers Phrase: played to its end, or not (sound is off).
type Heard struct {
	Phrase string `json:"phrase"`
	OK     bool   `json:"ok"`
}

// Chat is a line of text, in both directions. On the terminal it is shown and read out by us, never put into a page.
type Chat struct {
	Text string `json:"text"`
}

// Bye says goodbye before the call ends, in both directions.
type Bye struct{}

// Volunteer to terminal. Nothing here can carry a value into a page.

// Point rings an element on the terminal.
type Point struct {
	Element string `json:"element"`
}

// Spot rings a place beside or in an element: X and Y are thousandths of its box, beyond 0 and 1000 outside of it.
type Spot struct {
	Element string `json:"element"`
	X       int    `json:"x"`
	Y       int    `json:"y"`
}

// LetGo takes the ring away.
type LetGo struct{}

// Phrase says a sentence of the phrasebook, which the citizen hears in their language.
type Phrase struct {
	ID string `json:"id"`
}

// Back suggests going back a step; the citizen decides.
type Back struct{}

func (*Consent) Kind() string   { return "consent" }
func (*StepShown) Kind() string { return "step" }
func (*Pointed) Kind() string   { return "pointed" }
func (*Heard) Kind() string     { return "heard" }
func (*Chat) Kind() string      { return "chat" }
func (*Bye) Kind() string       { return "bye" }
func (*Point) Kind() string     { return "point" }
func (*Spot) Kind() string      { return "spot" }
func (*LetGo) Kind() string     { return "letgo" }
func (*Phrase) Kind() string    { return "phrase" }
func (*Back) Kind() string      { return "back" }

// contents lists, by the side that sends it, every content there is.
var contents = map[Side]map[string]func() Content{
	TerminalSide: registerContent(
		func() Content { return new(Outline) },
		func() Content { return new(Changed) },
		func() Content { return new(Consent) },
		func() Content { return new(StepShown) },
		func() Content { return new(Pointed) },
		func() Content { return new(Heard) },
		func() Content { return new(Chat) },
		func() Content { return new(Bye) },
		func() Content { return new(VoiceOffer) },
		func() Content { return new(VoiceState) },
	),
	VolunteerSide: registerContent(
		func() Content { return new(Drawn) },
		func() Content { return new(Point) },
		func() Content { return new(Spot) },
		func() Content { return new(LetGo) },
		func() Content { return new(Phrase) },
		func() Content { return new(Chat) },
		func() Content { return new(Back) },
		func() Content { return new(Bye) },
		func() Content { return new(VoiceAnswer) },
		func() Content { return new(VoiceState) },
	),
}

func registerContent(all ...func() Content) map[string]func() Content {
	set := make(map[string]func() Content, len(all))
	for _, f := range all {
		set[f().Kind()] = f
	}
	return set
}

// ErrContent is wrapped by every error of EncodeContent and DecodeContent.
var ErrContent = errors.New("content refused")

// EncodeContent writes content as one JSON object. It refuses what DecodeContent would refuse.
func EncodeContent(c Content) ([]byte, error) {
	if err := c.checkContent(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrContent, c.Kind(), err)
	}
	data, err := marshalTyped(c.Kind(), c)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrContent, c.Kind(), err)
	}
	return data, nil
}

// DecodeContent reads content that the given side sent, strictly.
func DecodeContent(from Side, data []byte) (Content, error) {
	kind, rest, err := splitTyped(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContent, err)
	}
	make, ok := contents[from][kind]
	if !ok {
		return nil, fmt.Errorf("%w: no content of this type from this side", ErrContent)
	}
	c := make()
	if err := strictDecode(rest, c); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrContent, kind, err)
	}
	if err := c.checkContent(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrContent, kind, err)
	}
	return c, nil
}

// SealContent encodes and seals.
func (s *Seal) SealContent(c Content) ([]byte, error) {
	data, err := EncodeContent(c)
	if err != nil {
		return nil, err
	}
	return s.Seal(data)
}

// OpenContent opens a frame that the other side, from, sealed, and decodes it.
func (s *Seal) OpenContent(from Side, frame []byte) (Content, error) {
	data, err := s.Open(frame)
	if err != nil {
		return nil, err
	}
	return DecodeContent(from, data)
}

var elementForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

func (*Consent) checkContent() error { return nil }

func (c *StepShown) checkContent() error {
	if c.Index < 0 || c.Total < 0 || c.Index > c.Total || c.Total > 500 {
		return errors.New("index and total do not fit")
	}
	for _, t := range []*StepText{&c.Volunteer, &c.Citizen} {
		if !ValidLanguage(t.Lang) || len(t.Titles) > 500 {
			return errors.New("lang or titles do not fit")
		}
		if t.Titles == nil {
			t.Titles = []string{} // a list in JSON, never null
		}
		for _, s := range append([]string{t.What, t.Why, t.Missing}, t.Titles...) {
			if err := checkWords(s, 2000); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Pointed) checkContent() error { return checkElement(c.Element) }
func (c *Point) checkContent() error   { return checkElement(c.Element) }
func (*LetGo) checkContent() error     { return nil }

func (c *Spot) checkContent() error {
	if c.X < -maxSpot || c.X > maxSpot || c.Y < -maxSpot || c.Y > maxSpot {
		return errors.New("x or y: too far away")
	}
	return checkElement(c.Element)
}

// maxSpot is twenty times an element's size.
const maxSpot = 20000

func (*Back) checkContent() error   { return nil }
func (*Bye) checkContent() error    { return nil }
func (c *Chat) checkContent() error { return checkWords(c.Text, 1000) }

func (c *Heard) checkContent() error  { return checkPhrase(c.Phrase) }
func (c *Phrase) checkContent() error { return checkPhrase(c.ID) }

func checkElement(id string) error {
	if !elementForm.MatchString(id) {
		return errors.New("element: not the id of an element")
	}
	return nil
}

func checkPhrase(id string) error {
	if !nameForm.MatchString(id) {
		return errors.New("phrase: not the id of a phrase")
	}
	return nil
}
