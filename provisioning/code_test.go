// SPDX-License-Identifier: Apache-2.0

package provisioning

import (
	"crypto/x509"
	"errors"
	"testing"
)

func TestCode(t *testing.T) {
	ca := &x509.Certificate{RawSubjectPublicKeyInfo: []byte("an office's key")}
	code := NewCode(ca)
	back, err := ParseCode(code.String())
	if err != nil || back != code {
		t.Errorf("%s came back as %v, %v", code, back, err)
	}
	if other := NewCode(ca); other.Secret == code.Secret {
		t.Error("two codes are the same")
	}
	want := Code{Secret: "K7QM4XP2", Fingerprint: "9F3TZK8W1C5RXE60"}
	for _, typed := range []string{"K7QM-4XP2@9F3T-ZK8W-1C5R-XE60", " k7qm4xp2 @ 9f3tzk8wic5rxe6o ", "K7QM 4XP2@9F3T ZK8W lC5R XE60"} {
		if got, err := ParseCode(typed); err != nil || got != want {
			t.Errorf("%q was read as %v, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "@", "K7QM-4XP2", "K7QM-4XP@9F3T-ZK8W-1C5R-XE60", "K7QM-4XPU@9F3T-ZK8W-1C5R-XE60", "K7QM-4XP2@9F3T-ZK8W-1C5R-XE60@"} {
		if got, err := ParseCode(typed); !errors.Is(err, ErrCode) {
			t.Errorf("%q was read as %v, %v", typed, got, err)
		}
	}
}

func TestCheckWords(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range checkWords {
		if seen[w] || len(w) < 3 || len(w) > 9 {
			t.Errorf("%q is there twice or of an odd length", w)
		}
		seen[w] = true
	}
	if len(checkWords) != 256 {
		t.Fatalf("%d words", len(checkWords))
	}
	ca, other := &x509.Certificate{RawSubjectPublicKeyInfo: []byte("ca")}, &x509.Certificate{RawSubjectPublicKeyInfo: []byte("other")}
	words := CheckWords([]byte("key"), ca, "K7QM4XP2")
	if words != CheckWords([]byte("key"), ca, "K7QM4XP2") {
		t.Error("not the same twice")
	}
	for name, differ := range map[string][4]string{
		"key":  CheckWords([]byte("kez"), ca, "K7QM4XP2"),
		"CA":   CheckWords([]byte("key"), other, "K7QM4XP2"),
		"code": CheckWords([]byte("key"), ca, "K7QM4XP3"),
	} {
		if differ == words {
			t.Errorf("another %s has the same words", name)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("K7QM-4XP2@9F3T-ZK8W-1C5R-XE60")
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := ParseCode(typed)
		if err != nil {
			return
		}
		if back, err := ParseCode(code.String()); err != nil || back != code {
			t.Errorf("%q: %v came back as %v, %v", typed, code, back, err)
		}
	})
}

func FuzzDecodeHealth(f *testing.F) {
	f.Add([]byte(`{"version":"1","devices":[{"name":"reader","state":"reader.ready","ok":true}],"protections":[{"name":"tmpfs","on":true}],"counts":{"help":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := DecodeHealth(data); err != nil && !errors.Is(err, ErrHealth) {
			t.Errorf("an error of another kind: %v", err)
		}
	})
}
