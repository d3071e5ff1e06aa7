// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
)

// mostFramesDeep is how many frames in one another are followed.
const mostFramesDeep = 10

// seat is the element that a frame lies in, and the process whose page has that element.
type seat struct {
	home *home
	node cdp.BackendNodeID
}

// seatOf asks each process of the page for the element of a frame.
func (s *Service) seatOf(frame string) (seat, error) {
	s.mu.Lock()
	homes := append([]*home{s.home}, s.homes...)
	s.mu.Unlock()
	for _, h := range homes {
		ctx, cancel := context.WithTimeout(h.ctx, callTimeout)
		owner, err := cdp.Call(ctx, h.target, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: cdp.FrameID(frame)})
		cancel()
		if err == nil {
			return seat{h, owner.BackendNodeID}, nil
		}
	}
	return seat{}, fmt.Errorf("service: frame %s is not in the page", frame)
}

// seatsOf are the elements that a frame lies in, from the page inwards: one for each process on the way. Of frames that
// share a process only the innermost counts, since boxes and focus are those of the process.
func (s *Service) seatsOf(f *frame) ([]seat, error) {
	var seats []seat
	for id := f.id; id != s.home.root; {
		if len(seats) >= mostFramesDeep {
			return nil, fmt.Errorf("service: frame %s lies too deep", f.id)
		}
		at, err := s.seatOf(id)
		if err != nil {
			return nil, err
		}
		seats = append(seats, at)
		id = at.home.root
	}
	slices.Reverse(seats)
	return seats, nil
}

// offsetOf is where the frame of a step lies in the page: its boxes are its own.
func (s *Service) offsetOf(step string) (Box, error) {
	f, _ := s.frameOfStep(step)
	offset, err := s.frameOffset(f)
	if err != nil {
		err = fmt.Errorf("service: the frame of step %s: %w", step, err)
	}
	return offset, err
}

// frameOffset is where a frame lies in the page; that of nil, the page itself, is nowhere else.
func (s *Service) frameOffset(f *frame) (Box, error) {
	if f == nil {
		return Box{}, nil
	}
	return s.placeOf(f)
}

// placeOf is where a frame lies in the page, in the page's viewport, and how much of it the frames round it leave to be seen.
func (s *Service) placeOf(f *frame) (Box, error) {
	seats, err := s.seatsOf(f)
	if err != nil {
		return Box{}, err
	}
	var at Box
	for i, seat := range seats {
		ctx, cancel := context.WithTimeout(seat.home.ctx, callTimeout)
		box, err := cdp.Call(ctx, seat.home.target, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: seat.node})
		cancel()
		if err != nil {
			return Box{}, fmt.Errorf("it has no place: %w", err)
		}
		if box.Model == nil || len(box.Model.Content) < 6 {
			return Box{}, errors.New("it has no place")
		}
		q := box.Model.Content
		inner := Box{X: at.X + q[0], Y: at.Y + q[1], W: q[4] - q[0], H: q[5] - q[1]}
		if i > 0 {
			inner.W, inner.H = min(inner.X+inner.W, at.X+at.W)-inner.X, min(inner.Y+inner.H, at.Y+at.H)-inner.Y
		}
		at = inner
	}
	return at, nil
}

// focusFrame gives the keyboard to the frame of a step, without which a field in it would not get what is typed.
func (s *Service) focusFrame(step string) error {
	f, _ := s.frameOfStep(step)
	if err := s.keyboardTo(f); err != nil {
		return fmt.Errorf("service: the frame of step %s: %w", step, err)
	}
	return nil
}

// keyboardTo gives the keyboard to a frame.
func (s *Service) keyboardTo(f *frame) error {
	if f == nil {
		return nil
	}
	seats, err := s.seatsOf(f)
	if err != nil {
		return err
	}
	for _, seat := range seats {
		ctx, cancel := context.WithTimeout(seat.home.ctx, callTimeout)
		_, err := cdp.Call(ctx, seat.home.target, dom.Focus, dom.FocusParams{BackendNodeID: seat.node})
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
