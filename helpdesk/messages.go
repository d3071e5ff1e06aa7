// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Direction says who speaks to whom. Each direction has its own set of messages, so a message of the wrong role does
// not decode at all.
type Direction int

const (
	TerminalToHub Direction = iota
	HubToTerminal
	VolunteerToHub
	HubToVolunteer
)

// MaxMessage is the size in bytes above which no message is read. A Frame of MaxFrame bytes fits in base64.
const MaxMessage = 384 << 10

// MaxFrame is the largest sealed frame in bytes.
const MaxFrame = 256 << 10

// Message is one message of the outer layer. The set is closed: only types of this package implement it.
type Message interface {
	// Kind is the value of the JSON field "type".
	Kind() string
	// check tells, in a sentence, why the message cannot be right.
	check() error
}

// ErrMessage is wrapped by every error of Decode and Encode: the message is not one that may be exchanged.
var ErrMessage = errors.New("message refused")

// kinds lists, by direction, every message there is.
var kinds = map[Direction]map[string]func() Message{
	TerminalToHub: register(
		func() Message { return new(AskHelp) },
		func() Message { return new(Cancel) },
		func() Message { return new(Frame) },
		func() Message { return new(Hangup) },
		func() Message { return new(HealthReport) },
		func() Message { return new(Did) },
		func() Message { return new(Bell) },
		func() Message { return new(Sealed) },
	),
	HubToTerminal: register(
		func() Message { return new(Queued) },
		func() Message { return new(CallState) },
		func() Message { return new(Frame) },
		func() Message { return new(Presence) },
		func() Message { return new(TeamKeys) },
		func() Message { return new(BellNow) },
		func() Message { return new(Refused) },
		func() Message { return new(Relay) },
	),
	VolunteerToHub: register(
		func() Message { return new(Hello) },
		func() Message { return new(Available) },
		func() Message { return new(Accept) },
		func() Message { return new(Decline) },
		func() Message { return new(Frame) },
		func() Message { return new(Hangup) },
		func() Message { return new(HandOver) },
		func() Message { return new(After) },
		func() Message { return new(Come) },
		func() Message { return new(Settled) },
		func() Message { return new(KeepKey) },
		func() Message { return new(KeepTeam) },
	),
	HubToVolunteer: register(
		func() Message { return new(Desk) },
		func() Message { return new(Keys) },
		func() Message { return new(Ring) },
		func() Message { return new(Accepted) },
		func() Message { return new(Sealed) },
		func() Message { return new(Taken) },
		func() Message { return new(Cancelled) },
		func() Message { return new(Ended) },
		func() Message { return new(Line) },
		func() Message { return new(Frame) },
		func() Message { return new(Refused) },
		func() Message { return new(Relay) },
	),
}

func register(all ...func() Message) map[string]func() Message {
	set := make(map[string]func() Message, len(all))
	for _, f := range all {
		set[f().Kind()] = f
	}
	return set
}

// Encode writes a message as one JSON object with its type first. It refuses what Decode would refuse.
func Encode(m Message) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMessage, m.Kind(), err)
	}
	data, err := marshalTyped(m.Kind(), m)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMessage, m.Kind(), err)
	}
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("%w: %s: %d bytes, at most %d", ErrMessage, m.Kind(), len(data), MaxMessage)
	}
	return data, nil
}

// Decode reads one message of a direction: one JSON object, nothing after it, no unknown field, everything within its
// limits. The error says what is wrong and never repeats more than names of fields.
func Decode(d Direction, data []byte) (Message, error) {
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMessage, len(data), MaxMessage)
	}
	kind, rest, err := splitTyped(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	make, ok := kinds[d][kind]
	if !ok {
		return nil, fmt.Errorf("%w: no message of this type in this direction", ErrMessage)
	}
	m := make()
	if err := strictDecode(rest, m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMessage, kind, err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrMessage, kind, err)
	}
	return m, nil
}

// marshalTyped writes v, a struct, with a first field "type".
func marshalTyped(kind string, v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	head := []byte(`{"type":"` + kind + `"`)
	if len(body) > 2 {
		head = append(head, ',')
	}
	return append(head, body[1:]...), nil
}

// splitTyped takes the field "type" out of an object and gives back the rest.
func splitTyped(data []byte) (kind string, rest []byte, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return "", nil, errors.New("not a JSON object")
	}
	if err := json.Unmarshal(fields["type"], &kind); err != nil {
		return "", nil, errors.New("no type")
	}
	delete(fields, "type")
	if rest, err = json.Marshal(fields); err != nil {
		return "", nil, errors.New("not a JSON object")
	}
	return kind, rest, nil
}

// strictDecode refuses unknown fields and anything after the value. Errors of encoding/json may quote what they met,
// so only its kind is passed on.
func strictDecode(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		var typeErr *json.UnmarshalTypeError
		if errors.As(err, &typeErr) {
			return fmt.Errorf("field %s has the wrong kind of value", typeErr.Field)
		}
		return errors.New("a field is unknown or malformed")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}
