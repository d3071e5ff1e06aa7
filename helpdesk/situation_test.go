// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var standing = Situation{Page: "address", Step: "postcode", GuideName: "Register a new address", StepTitle: "عنوانك الجديد", StepIndex: 4, StepTotal: 7,
	Level: "guide-me", Tried: map[string]int{"why": 2}, Devices: map[string]string{"printer": "printer.paper_out"}}

// Only the page that it was sealed to opens a situation, and only as that of its request.
func TestSituation(t *testing.T) {
	page, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	id := NewID()
	sealed, err := SealSituation(page.PublicKey().Bytes(), id, standing)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenSituation(page, id, sealed)
	if diff := cmp.Diff(standing, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if bytes.Contains(sealed, []byte("postcode")) {
		t.Error("it can be read")
	}
	if again, err := SealSituation(page.PublicKey().Bytes(), id, standing); err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice it is the same: %v", err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, f := range map[string]func() error{
		"another page":    func() error { _, err := OpenSituation(other, id, sealed); return err },
		"another request": func() error { _, err := OpenSituation(page, NewID(), sealed); return err },
		"changed":         func() error { _, err := OpenSituation(page, id, changed); return err },
		"cut off":         func() error { _, err := OpenSituation(page, id, sealed[:40]); return err },
		"nothing":         func() error { _, err := OpenSituation(page, id, nil); return err },
	} {
		if err := f(); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := SealSituation([]byte("no key"), id, standing); err == nil {
		t.Error("sealed to no key")
	}
}

// What crypto/hpke seals, the volunteer's page (ui/parts/hpke.ts) opens; what was not sealed to it, it refuses.
func TestPageOpensASituation(t *testing.T) {
	page, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(page)
	if err != nil {
		t.Fatal(err)
	}
	type question struct {
		Info string `json:"info"`
		Data []byte `json:"data"`
	}
	cases, want := map[string]question{}, map[string]string{}
	add := func(name, id string, to []byte, opened string, spoil func([]byte) []byte) {
		t.Helper()
		sealed, err := SealSituation(to, id, standing)
		if err != nil {
			t.Fatal(err)
		}
		cases[name], want[name] = question{string(situationInfo(id)), spoil(sealed)}, opened
	}
	same := func(b []byte) []byte { return b }
	plain, err := json.Marshal(standing)
	if err != nil {
		t.Fatal(err)
	}
	mine := page.PublicKey().Bytes()
	for i := range 20 {
		add(fmt.Sprint("fine ", i), NewID(), mine, string(plain), same)
	}
	add("of another page", NewID(), point(t), "refused", same)
	add("changed", NewID(), mine, "refused", func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
	add("another key in front", NewID(), mine, "refused", func(b []byte) []byte { return append(point(t), b[65:]...) })
	add("cut off", NewID(), mine, "refused", func(b []byte) []byte { return b[:70] })
	add("no point", NewID(), mine, "refused", func(b []byte) []byte { b[0] = 9; return b })
	add("of another request", NewID(), mine, "refused", same)
	cases["of another request"] = question{string(situationInfo(NewID())), cases["of another request"].Data}

	var got map[string]string
	askTwin(t, "hpke", []string{"seal", "hpke"}, map[string]any{"key": der, "cases": cases}, &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzOpenSituation(f *testing.F) {
	page, err := NewKey()
	if err != nil {
		f.Fatal(err)
	}
	id := NewID()
	sealed, err := SealSituation(page.PublicKey().Bytes(), id, standing)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed[:len(sealed)-1])
	f.Add(sealed[:66])
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Equal(data, sealed) {
			return
		}
		if _, err := OpenSituation(page, id, data); !errors.Is(err, ErrSeal) {
			t.Fatalf("opened: %v", err)
		}
	})
}
