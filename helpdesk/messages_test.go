// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func point(t testing.TB) []byte {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey().Bytes()
}

func request(t testing.TB) Request {
	t.Helper()
	return Request{
		ID: NewID(), Terminal: "Terminal 2", Place: "Library", Languages: []string{"ar", "fr"}, Mode: Voice,
		Guide: "new-address", Page: "address", Step: "postcode", GuideName: "Register a new address", StepTitle: "Your new address",
		StepIndex: 4, StepTotal: 7, Level: "guide-me", Tried: map[string]int{"hint": 2, "back": 1},
		Devices:   map[string]string{"reader": "reader.ready", "printer": "printer.paper_out"},
		PublicKey: point(t), Signature: []byte{1, 2, 3}, CreatedAt: Now(), Team: &ForTeam{Key: point(t), Data: []byte("sealed")},
	}
}

// examples has at least one valid message of every kind in every direction.
func examples(t testing.TB) map[Direction][]Message {
	r := request(t)
	seconds := 40
	relay := &Relay{ID: r.ID, URLs: []string{"turn:desk.example:3478?transport=tcp"}, Username: "9:a", Password: "b", Until: 9}
	own := OwnKey{Key: point(t), Credential: []byte{1}, Wrapped: []byte("wrapped")}
	me := Me{ID: "a", Name: "Amina", Role: "volunteer", Office: "Library", Languages: []Skill{{Code: "ar", Speak: true}}}
	return map[Direction][]Message{
		TerminalToHub: {&AskHelp{r}, &Cancel{r.ID}, &Frame{r.ID, []byte("sealed")}, &Hangup{r.ID}, &HealthReport{json.RawMessage(`{"version":"1"}`)}, &Did{r.ID, DidPoint, "address"},
			&Sealed{r.ID, []byte("sealed")}, &Bell{ID: r.ID, Language: "ar"}, &Bell{ID: r.ID, Language: "ar", Later: true, Number: "417203"},
			&Bell{ID: r.ID, Language: "ar", Later: true, Number: "417203", Team: r.Team}},
		HubToTerminal: {&Queued{ID: r.ID, Rev: 1, Ahead: 2, Free: 1, Estimate: &seconds}, &Queued{ID: r.ID},
			&CallState{ID: r.ID, Rev: 3, State: InCall, Volunteer: &Person{"Amina", []string{"ar"}}, PublicKey: point(t), VolunteerUp: true},
			&CallState{ID: r.ID, Rev: 4, State: Over, Why: "citizen"}, &CallState{ID: r.ID, Rev: 2, State: Ringing, PageKey: point(t)}, &Frame{r.ID, []byte("sealed")}, &Presence{map[string]int{"ar": 1}}, &Refused{r.ID, "No."}, relay,
			&BellNow{ID: r.ID, State: BellComing, By: "Noor"}, &TeamKeys{map[string][]byte{"ar": point(t)}}},
		VolunteerToHub: {&Hello{}, &Hello{Call: r.ID, Key: point(t)}, &Available{On: true, Minutes: 10}, &Accept{r.ID, point(t)}, &Decline{r.ID}, &HandOver{r.ID}, &Frame{r.ID, []byte("sealed")},
			&Hangup{r.ID}, &After{r.ID, []string{"postcode-form"}}, &Come{r.ID}, &Settled{r.ID},
			&KeepKey{Key: point(t)}, (*KeepKey)(&own), &KeepTeam{Language: "ar", Key: point(t), Before: point(t), Copies: []Copy{{point(t), []byte("sealed")}}}},
		HubToVolunteer: {&Desk{Me: me, Available: true, Waiting: map[string]int{"ar": 1}, Volunteers: Around{1, 1, []string{"ar"}},
			Calls: []PastCall{{ID: r.ID, Codes: []string{}}}, Call: &OpenCall{r, 5},
			Bells: []Rung{{ID: r.ID, Terminal: "Terminal 2", Place: "Library", Language: "ar", Later: true, Number: "417203", At: 5}}},
			&Ring{Request: r, Language: "ar", Waited: 5, Until: 9, Others: 1}, &Sealed{r.ID, []byte("sealed")}, &Accepted{ID: r.ID, Request: r, LineUp: true}, &Taken{r.ID, "Teresa"},
			&Cancelled{r.ID}, &Ended{r.ID, "citizen", 60}, &Line{r.ID, true}, &Frame{r.ID, []byte("sealed")}, &Refused{"", "No."}, relay,
			&Keys{Person: "a", Passkeys: [][]byte{{1}}, Mine: []OwnKey{own}, Teams: []Team{{Language: "ar", Key: point(t), Copies: []Copy{{own.Key, []byte("sealed")}}, Lacking: [][]byte{point(t)}}, {Language: "fr", Renew: true}}}},
	}
}

func TestMessagesRoundTrip(t *testing.T) {
	for d, all := range examples(t) {
		seen := map[string]bool{}
		for _, m := range all {
			seen[m.Kind()] = true
			data, err := Encode(m)
			if err != nil {
				t.Errorf("%s: %v", m.Kind(), err)
				continue
			}
			back, err := Decode(d, data)
			if err != nil {
				t.Errorf("%s: %v\n%s", m.Kind(), err, data)
				continue
			}
			if diff := cmp.Diff(m, back); diff != "" {
				t.Errorf("%s came back otherwise:\n%s", m.Kind(), diff)
			}
		}
		for kind := range kinds[d] {
			if !seen[kind] {
				t.Errorf("direction %d: no example of %q", d, kind)
			}
		}
	}
}

// A message of one role is refused in every direction that does not have it.
func TestMessagesWrongRole(t *testing.T) {
	for d, all := range examples(t) {
		for _, m := range all {
			data, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			for other, set := range kinds {
				if _, ok := set[m.Kind()]; ok || other == d {
					continue
				}
				if _, err := Decode(other, data); !errors.Is(err, ErrMessage) {
					t.Errorf("%s was read in direction %d: %v", m.Kind(), other, err)
				}
			}
		}
	}
}

func TestMessagesRefused(t *testing.T) {
	valid, err := Encode(&AskHelp{request(t)})
	if err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) string {
		s := strings.Replace(string(valid), old, with, 1)
		if s == string(valid) {
			t.Fatalf("%q is not in the example", old)
		}
		return s
	}
	for name, text := range map[string]string{
		"empty":            ``,
		"not an object":    `[1]`,
		"null":             `null`,
		"no type":          `{"id":"x"}`,
		"type of a number": `{"type":7}`,
		"unknown type":     `{"type":"fill","value":"x"}`,
		"unknown field":    swap(`"mode":"voice"`, `"mode":"voice","name":"Amal"`),
		"two objects":      string(valid) + `{}`,
		"unknown mode":     swap(`"mode":"voice"`, `"mode":"remote"`),
		"bad id":           `{"type":"cancel","id":"1"}`,
		"upper-case id":    `{"type":"cancel","id":"` + strings.ToUpper(NewID()) + `"}`,
		"bad language":     swap(`"ar"`, `"<b>"`),
		"steps":            swap(`"step_index":4`, `"step_index":8`),
		"negative":         swap(`"hint":2`, `"hint":-2`),
		"words in tried":   swap(`"hint"`, `"my name is"`),
		"words in devices": swap(`"reader.ready"`, `"belongs to Amal"`),
		"control":          swap(`"Library"`, `"Lib\u0007rary"`),
		"too long":         swap(`"Library"`, `"`+strings.Repeat("x", 121)+`"`),
		"empty frame":      `{"type":"frame","id":"` + NewID() + `","data":""}`,
		"too large":        `{"type":"cancel","id":"` + strings.Repeat("x", MaxMessage) + `"}`,
		"wrong kind":       `{"type":"cancel","id":7}`,
		"a name for later": `{"type":"bell","id":"` + NewID() + `","language":"ar","later":true,"number":"Amal A"}`,
		"team for now":     `{"type":"bell","id":"` + NewID() + `","language":"ar","team":{"key":"","data":"AAAA"}}`,
		"team of words":    swap(`"team":{`, `"team":{"step":"postcode",`),
		"number for now":   `{"type":"bell","id":"` + NewID() + `","language":"ar","number":"417203"}`,
	} {
		if m, err := Decode(TerminalToHub, []byte(text)); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: got %v, %v", name, m, err)
		}
	}
	r := request(t)
	r.PublicKey[5] ^= 1
	if _, err := Encode(&AskHelp{r}); !errors.Is(err, ErrMessage) {
		t.Errorf("a key off the curve: %v", err)
	}
}

// The words of an error must never be words of a message.
func TestMessagesErrorsKeepQuiet(t *testing.T) {
	const canary = "Zw3tschgenknoedel"
	for _, text := range []string{
		`{"type":"` + canary + `"}`, `{"type":"cancel","id":"` + canary + `"}`, `{"type":"cancel","` + canary + `":1}`, `{"type":"cancel","id":` + canary,
		`{"type":"request","request":{"languages":["` + canary + `!"]}}`,
	} {
		for d := range kinds {
			if _, err := Decode(d, []byte(text)); err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

// fields lists the JSON fields of everything a struct holds.
func fields(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	all := []string{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
		for _, inner := range fields(t.Field(i).Type) {
			all = append(all, name+"."+inner)
		}
	}
	slices.Sort(all)
	return all
}

// A volunteer cannot put a value into a page: these are all the fields of all the messages they can send, to the hub and
// to a terminal. A new field has to be thought about here.
func TestVolunteerCarriesNoValue(t *testing.T) {
	outer := map[string][]string{
		"hello": {"call", "key"}, "available": {"minutes", "on"}, "accept": {"id", "public_key"}, "decline": {"id"},
		"frame": {"data", "id"}, "hangup": {"id"}, "hand_over": {"id"}, "after": {"codes", "id"}, "come": {"id"}, "settled": {"id"},
		// Public keys, and ciphertext for members of the same team: none of it goes to a terminal but the team's public key.
		"keep_key":  {"credential", "key", "wrapped"},
		"keep_team": {"before", "copies", "copies.data", "copies.holder", "key", "language"},
	}
	inner := map[string][]string{
		"point": {"element"}, "letgo": {}, "phrase": {"id"}, "chat": {"text"}, "back": {}, "bye": {},
		// Sound: the companion's page is all that sees the description, and checkSDP lets through nothing else.
		"voice-answer": {"sdp"}, "voice-state": {"state"},
		"drawn": {"n"}, "spot": {"element", "x", "y"}, // numbers that count, and a place where a ring is drawn
	}
	got := map[string][]string{}
	for kind, f := range kinds[VolunteerToHub] {
		got[kind] = fields(reflect.TypeOf(f()))
	}
	if diff := cmp.Diff(outer, got); diff != "" {
		t.Errorf("outer messages:\n%s", diff)
	}
	got = map[string][]string{}
	for kind, f := range contents[VolunteerSide] {
		got[kind] = fields(reflect.TypeOf(f()))
	}
	if diff := cmp.Diff(inner, got); diff != "" {
		t.Errorf("sealed contents:\n%s", diff)
	}
}

// What reaches a terminal from the hub itself has no free text but the volunteer's name and the reason of a refusal.
func TestHubToTerminalFields(t *testing.T) {
	want := map[string][]string{
		"queued":    {"ahead", "estimate", "free", "id", "rev"},
		"state":     {"id", "page_key", "public_key", "rev", "state", "volunteer", "volunteer.languages", "volunteer.name", "volunteer_up", "why"},
		"frame":     {"data", "id"},
		"presence":  {"free"},
		"bell_now":  {"by", "id", "later", "state"},
		"refused":   {"id", "why"},
		"team_keys": {"keys"}, // by language, points of P-256
		"relay":     {"id", "password", "until", "urls", "username"},
	}
	got := map[string][]string{}
	for kind, f := range kinds[HubToTerminal] {
		got[kind] = fields(reflect.TypeOf(f()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func contentExamples() map[Side][]Content {
	text := StepText{Lang: "ar", Titles: []string{"عنوانك الجديد"}, What: "اكتب الرمز البريدي", Why: "x", Missing: ""}
	return map[Side][]Content{
		TerminalSide: {
			&Outline{Page: "address", W: 816, H: 690, Nodes: []Node{
				{ID: "n1", NodeKind: "heading", Box: [4]int{30, 20, 400, 30}, Text: "Déclaration d’arrivée"},
				{ID: "n2", NodeKind: "field", Box: [4]int{30, -60, 400, 30}, State: []string{"answered", "here"}, Bar: 72}}},
			&Changed{N: 2, Of: 1, Move: [2]int{0, -120}, Moved: []Moved{{[2]int{0, 30}, []string{"n4", "n5"}}}, Gone: []string{"n1"}, Nodes: []Node{{ID: "n3", NodeKind: "group", Box: [4]int{30, 90, 400, 80}, State: []string{"answered"}}}},
			&Consent{Talk: true, See: true}, &StepShown{Index: 1, Total: 8, Volunteer: StepText{Lang: "en"}, Citizen: text},
			&Pointed{"n2", true}, &Heard{"take-your-time", true}, &Chat{"understood"}, &Bye{}, &VoiceOffer{someSDP}, &VoiceState{"muted"}},
		VolunteerSide: {&Drawn{7}, &Point{"n2"}, &Spot{"n2", 500, -40}, &LetGo{}, &Phrase{"take-your-time"}, &Chat{"Take your time.\nNothing is sent."}, &Back{}, &Bye{}, &VoiceAnswer{someSDP}, &VoiceState{"no-microphone"}},
	}
}

func TestContentRoundTrip(t *testing.T) {
	for side, all := range contentExamples() {
		seen := map[string]bool{}
		for _, c := range all {
			seen[c.Kind()] = true
			data, err := EncodeContent(c)
			if err != nil {
				t.Errorf("%s: %v", c.Kind(), err)
				continue
			}
			back, err := DecodeContent(side, data)
			if err != nil {
				t.Errorf("%s: %v", c.Kind(), err)
				continue
			}
			if diff := cmp.Diff(c, back); diff != "" {
				t.Errorf("%s:\n%s", c.Kind(), diff)
			}
			if bytes.Contains(data, []byte("null")) { // pages expect lists where the protocol says lists
				t.Errorf("%s has a null: %s", c.Kind(), data)
			}
		}
		for kind := range contents[side] {
			if !seen[kind] {
				t.Errorf("no example of %q", kind)
			}
		}
	}
	for name, text := range map[string]string{
		"a value":         `{"type":"fill","element":"n2","value":"Amal"}`,
		"outline back":    `{"type":"outline","page":"","w":1,"h":1,"nodes":[]}`,
		"extra field":     `{"type":"point","element":"n2","value":"Amal"}`,
		"element of text": `{"type":"point","element":"the third field"}`,
		"selector":        `{"type":"point","element":"#a > b"}`,
		"far spot":        `{"type":"spot","element":"n2","x":1e9,"y":0}`,
		"spot of words":   `{"type":"spot","element":"n2","x":"Amal","y":0}`,
		"long chat":       `{"type":"chat","text":"` + strings.Repeat("x", 1001) + `"}`,
	} {
		if c, err := DecodeContent(VolunteerSide, []byte(text)); !errors.Is(err, ErrContent) {
			t.Errorf("%s: got %v, %v", name, c, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for d, all := range examples(f) {
		for _, m := range all {
			data, err := Encode(m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(int(d), data)
		}
	}
	f.Add(0, []byte(`{"type":"request","request":{}}`))
	f.Fuzz(func(t *testing.T, d int, data []byte) {
		m, err := Decode(Direction(d), data)
		if err != nil {
			if !errors.Is(err, ErrMessage) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again, err := Encode(m)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := Decode(Direction(d), again); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

func FuzzDecodeContent(f *testing.F) {
	for side, all := range contentExamples() {
		for _, c := range all {
			data, err := EncodeContent(c)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(int(side), data)
		}
	}
	f.Fuzz(func(t *testing.T, side int, data []byte) {
		c, err := DecodeContent(Side(side), data)
		if err != nil {
			if !errors.Is(err, ErrContent) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again, err := EncodeContent(c)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, err := DecodeContent(Side(side), again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		third, err := EncodeContent(back)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("not stable: %v\n%s\n%s", err, again, third)
		}
	})
}
