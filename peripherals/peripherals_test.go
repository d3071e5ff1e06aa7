// SPDX-License-Identifier: Apache-2.0

package peripherals

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const value = "canary-value-0123456789"

func TestSecretSaysNothing(t *testing.T) {
	s := NewSecret([]byte(value))
	f := Field{Name: FamilyName, Value: s}
	e := CardEvent{Kind: CardRead, Fields: []Field{f}, State: CardOK}
	type holder struct{ inside Secret } // fmt does not call methods on unexported fields
	var out bytes.Buffer
	for _, v := range []any{s, &s, f, e, []Secret{s}, map[string]Secret{"a": s}, holder{s}, &holder{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%20v"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if b, err := yaml.Marshal(v); err == nil {
			out.Write(b)
		}
	}
	if err := gob.NewEncoder(&out).Encode(f); err != nil {
		t.Error(err)
	}
	fmt.Fprint(&out, fmt.Errorf("reading %v: %w", s, fmt.Errorf("%s", s)))
	text := strings.ToLower(out.String())
	for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprint([]byte(value)), "canary"} {
		if strings.Contains(text, form) {
			t.Errorf("%q came out", form)
		}
	}
	if s.Reveal() != value {
		t.Error("reveal gives another value")
	}
}

func TestSecretWipe(t *testing.T) {
	in := []byte(value)
	s := NewSecret(in)
	copied := s
	inside := s.v().b
	clear(in)
	if s.Reveal() != value {
		t.Error("it is not a copy")
	}
	s.Wipe()
	if copied.Reveal() != "" || !copied.Empty() || !bytes.Equal(inside, make([]byte, len(inside))) {
		t.Error("not wiped")
	}
	s.Wipe()
	var none Secret
	none.Wipe()
	if none.Reveal() != "" || !none.Empty() {
		t.Error("a secret of nothing")
	}
}

func TestStates(t *testing.T) {
	if n := len(States()); n > MaxStates {
		t.Errorf("%d states", n)
	}
	seen := map[State]bool{}
	shape := regexp.MustCompile(`^(reader|card|printer|scanner)\.[a-z_]+$`)
	for _, s := range States() {
		if seen[s] || !s.Valid() || !shape.MatchString(string(s)) || !strings.HasSuffix(s.Sentence(), ".") {
			t.Errorf("state %q: %q", s, s.Sentence())
		}
		seen[s] = true
	}
	if State("").Valid() || State("printer.on_fire").Valid() {
		t.Error("a state that is none is valid")
	}
}

func TestBlockKindsByName(t *testing.T) {
	var doc Document
	text := "lang: en\nblocks: [{kind: step, text: x, done: true}, {kind: words, rows: [[a, b]]}]"
	if err := yaml.UnmarshalWithOptions([]byte(text), &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if doc.Blocks[0].Kind != StepLine || !doc.Blocks[0].Done || doc.Blocks[1].Rows[0] != [2]string{"a", "b"} {
		t.Errorf("%+v", doc)
	}
	for k := Title; k <= Cut; k++ {
		var back BlockKind
		if err := back.UnmarshalText([]byte(k.String())); err != nil || back != k {
			t.Errorf("%v: %v, %v", k, back, err)
		}
	}
}
