// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"crypto/ecdh"
	"crypto/x509"
	"errors"
	"testing"
)

func newKey(t testing.TB) *ecdh.PrivateKey {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A member opens the copy that is theirs, and with it what a terminal sealed to the team; nobody else opens anything.
func TestTeamKey(t *testing.T) {
	team, mine, other := newKey(t), newKey(t), newKey(t)
	public := team.PublicKey().Bytes()
	sealed, err := SealTeamKey(team, "ar", mine.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenTeamKey(mine, "ar", public, sealed)
	if err != nil || !got.Equal(team) {
		t.Fatalf("the member's copy: %v", err)
	}
	id := NewID()
	waiting, err := SealForTeam(public, id, standing)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := OpenSituation(got, id, waiting.Data); err != nil || s.Step != standing.Step {
		t.Errorf("what waits: %+v %v", s, err)
	}
	lie, err := SealTeamKey(other, "ar", mine.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, f := range map[string]func() error{
		"another member":   func() error { _, err := OpenTeamKey(other, "ar", public, sealed); return err },
		"another language": func() error { _, err := OpenTeamKey(mine, "fr", public, sealed); return err },
		"another team":     func() error { _, err := OpenTeamKey(mine, "ar", public, lie); return err },
		"changed":          func() error { _, err := OpenTeamKey(mine, "ar", public, changed); return err },
		"nothing":          func() error { _, err := OpenTeamKey(mine, "ar", public, nil); return err },
	} {
		if err := f(); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := SealForTeam([]byte("no key"), id, standing); err == nil {
		t.Error("sealed to no key")
	}
	if _, err := SealTeamKey(team, "ar", []byte("no key")); err == nil {
		t.Error("a copy for no key")
	}
}

// Go and the pages (ui/parts/team-key.ts) open each other's copies; what a page wraps for the hub, it unwraps with the same key
// only, and no key of it can be taken out of the page.
func TestPageKeepsTeamKeys(t *testing.T) {
	team, member, ours := newKey(t), newKey(t), newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(member)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := SealTeamKey(team, "pt-BR", member.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Team   []byte            `json:"team"`   // a team's key that the page made
		Passed []byte            `json:"passed"` // its copy for us
		Again  []byte            `json:"again"`  // our team's, opened by the page and passed on to us
		Said   map[string]string `json:"said"`
	}
	askTwin(t, "team", []string{"seal", "hpke", "team-key"}, map[string]any{"member": der, "memberKey": member.PublicKey().Bytes(), "team": team.PublicKey().Bytes(), "copy": copied, "ours": ours.PublicKey().Bytes()}, &got)
	theirs, err := OpenTeamKey(ours, "pt-BR", got.Team, got.Passed)
	if err != nil {
		t.Fatalf("a team that a page made: %v", err)
	}
	if !bytes.Equal(theirs.PublicKey().Bytes(), got.Team) {
		t.Error("another key than it said")
	}
	if back, err := OpenTeamKey(ours, "pt-BR", team.PublicKey().Bytes(), got.Again); err != nil || !back.Equal(team) {
		t.Errorf("our team, passed on by the page: %v", err)
	}
	want := map[string]string{
		"unwrapped": "same", "kept leaves the page": "refused", "another wrap": "refused", "wrapped for another key": "refused", "wrapped, changed": "refused",
		"another language": "refused", "another member": "refused", "copy, changed": "refused", "no point": "refused", "another team's copy": "refused",
	}
	for name, is := range want {
		if got.Said[name] != is {
			t.Errorf("%s: %q, want %q", name, got.Said[name], is)
		}
	}
	if len(got.Said) != len(want) {
		t.Errorf("%d answers, want %d", len(got.Said), len(want))
	}
}

func FuzzOpenTeamKey(f *testing.F) {
	team, mine := newKey(f), newKey(f)
	public := team.PublicKey().Bytes()
	sealed, err := SealTeamKey(team, "ar", mine.PublicKey().Bytes())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed[:len(sealed)-1])
	f.Add(sealed[:66])
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Equal(data, sealed) {
			return
		}
		if _, err := OpenTeamKey(mine, "ar", public, data); !errors.Is(err, ErrSeal) {
			t.Fatalf("opened: %v", err)
		}
	})
}
