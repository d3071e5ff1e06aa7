// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
)

// A call full of words passes through a hub of its own process. Afterwards none of them is in its memory, in its files or on
// the wire to the volunteer; what it may know, it does know, so the search itself is seen to work.
func TestHubSeesNothingOfACall(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a hub of its own process and reads its memory")
	}
	dir := t.TempDir()
	h := startHub(t, dir, hubAddresses{})
	id := enrolled(t, dir, h.at)
	secret := "Canary" + rand.Text()
	public := "guide" + strings.ToLower(rand.Text())
	pageKey, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}

	var mu sync.Mutex
	var told []helpdesk.Message
	link := runLink(t, helpdesk.LinkOptions{URL: id.SocketURL(), TLS: id.TLS(), OnMessage: func(m helpdesk.Message) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, m)
	}})
	eventually(t, "the line is up", link.Connected)
	wire := tap(t, strings.TrimPrefix(h.at.People, "http://"))
	through := h.at
	through.People = "http://" + wire.address
	page := openDeskAs(t, through, &helpdesk.Hello{Key: pageKey.PublicKey().Bytes()}, signIn(t, dir, through, hub.Person{Name: "Amina", Role: hub.Volunteer, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}}))

	// The team of her language gets a key, whose other half the hub keeps sealed to hers. What is asked lies there sealed to it.
	own, team := somebodysKey(t), somebodysKey(t)
	page.send(t, &helpdesk.KeepKey{Key: own.PublicKey().Bytes()})
	teamKey := func(fits func(helpdesk.Team) bool) func(helpdesk.Message) bool {
		return func(m helpdesk.Message) bool {
			k, ok := m.(*helpdesk.Keys)
			return ok && len(k.Teams) == 1 && fits(k.Teams[0])
		}
	}
	due := teamKey(func(t helpdesk.Team) bool { return t.Renew && len(t.Lacking) == 1 })
	eventually(t, "a team's key is due", func() bool { return page.count(due) > 0 })
	copied, err := helpdesk.SealTeamKey(team, "ar", own.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	page.send(t, &helpdesk.KeepTeam{Language: "ar", Key: team.PublicKey().Bytes(), Copies: []helpdesk.Copy{{Holder: own.PublicKey().Bytes(), Data: copied}}})
	mine := teamKey(func(t helpdesk.Team) bool { return len(t.Copies) == 1 })
	eventually(t, "she has a copy", func() bool { return page.count(mine) > 0 })
	opens, err := helpdesk.OpenTeamKey(own, "ar", team.PublicKey().Bytes(), page.firstOf(mine).(*helpdesk.Keys).Teams[0].Copies[0].Data)
	if err != nil {
		t.Fatal(err)
	}

	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	r := signedRequest(t, id)
	standingHere := helpdesk.Situation{Page: "p-" + secret, Step: secret, GuideName: secret + " form", StepTitle: secret, Tried: map[string]int{secret: 3}}
	if r.Team, err = helpdesk.SealForTeam(team.PublicKey().Bytes(), r.ID, standingHere); err != nil {
		t.Fatal(err)
	}
	r.PublicKey, r.Terminal, r.Guide = key.PublicKey().Bytes(), "", public // what the hub matches on, it knows
	if r.Signature, err = id.Sign(r.SignedBytes()); err != nil {
		t.Fatal(err)
	}
	if err := link.Send(&helpdesk.AskHelp{Request: r}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "she is rung", func() bool {
		return page.count(func(m helpdesk.Message) bool { _, ok := m.(*helpdesk.Ring); return ok }) > 0
	})
	rings := func(m helpdesk.Message) bool { _, ok := m.(*helpdesk.Ring); return ok }
	if s, err := helpdesk.OpenSituation(opens, r.ID, page.firstOf(rings).(*helpdesk.Ring).Request.Team.Data); err != nil || s.Step != secret {
		t.Fatalf("she cannot read what lay there for her team: %v", err)
	}
	// Where the citizen stands is sealed to her page as well while it rings.
	var sealedTo []byte
	eventually(t, "the terminal is told the key of her page", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range told {
			if s, ok := m.(*helpdesk.CallState); ok && len(s.PageKey) > 0 {
				sealedTo = s.PageKey
			}
		}
		return sealedTo != nil
	})
	standing, err := helpdesk.SealSituation(sealedTo, r.ID, standingHere)
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Send(&helpdesk.Sealed{ID: r.ID, Data: standing}); err != nil {
		t.Fatal(err)
	}
	isSituation := func(m helpdesk.Message) bool { _, ok := m.(*helpdesk.Sealed); return ok }
	eventually(t, "her page is told", func() bool { return page.count(isSituation) > 0 })
	if s, err := helpdesk.OpenSituation(pageKey, r.ID, page.firstOf(isSituation).(*helpdesk.Sealed).Data); err != nil || s.Step != secret {
		t.Fatalf("her page cannot read it: %v", err)
	}
	hers, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	page.send(t, &helpdesk.Accept{ID: r.ID, PublicKey: hers.PublicKey().Bytes()})
	eventually(t, "she has the call", func() bool {
		return page.count(func(m helpdesk.Message) bool { _, ok := m.(*helpdesk.Accepted); return ok }) == 1
	})
	ours, err := helpdesk.NewSeal(helpdesk.TerminalSide, r.ID, key, hers.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := helpdesk.NewSeal(helpdesk.VolunteerSide, r.ID, hers, r.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	const frames = 50
	for i := range frames {
		content := fmt.Appendf(nil, `{"type":"chat","text":"%s"}`, strings.Repeat(secret+" ", 1+i%20)) // short ones plain, long ones deflated
		frame, err := ours.Seal(content)
		if err != nil {
			t.Fatal(err)
		}
		if err := link.Send(&helpdesk.Frame{ID: r.ID, Data: frame}); err != nil {
			t.Fatal(err)
		}
		if frame, err = theirs.Seal(content); err != nil {
			t.Fatal(err)
		}
		page.send(t, &helpdesk.Frame{ID: r.ID, Data: frame})
	}
	isFrame := func(m helpdesk.Message) bool { _, ok := m.(*helpdesk.Frame); return ok }
	eventually(t, "all frames are there", func() bool {
		mu.Lock()
		defer mu.Unlock()
		n := 0
		for _, m := range told {
			if isFrame(m) {
				n++
			}
		}
		return n == frames && page.count(isFrame) == frames
	})
	opened, err := theirs.Open(firstFrame(page))
	if err != nil || !bytes.Contains(opened, []byte(secret)) {
		t.Fatalf("the volunteer cannot read it: %v", err)
	}

	places := map[string][]byte{"memory": memoryOf(t, h.cmd.Process.Pid), "wire": wire.bytes()}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		places["files"] = append(places["files"], data...)
	}
	for where, data := range places {
		if where != "wire" && !bytes.Contains(data, []byte(public)) { // the websocket's client masks what it sends, its server does not
			t.Errorf("%s: what the hub knows is not found: the search does not work", where)
		}
		for what, words := range map[string]string{"the words of the call": secret, "her key": string(own.Bytes()), "her team's key": string(team.Bytes())} {
			for form, text := range forms(words) {
				if bytes.Contains(data, text) {
					t.Errorf("%s: %s, %s", where, what, form)
				}
			}
		}
		if where == "files" && !bytes.Contains(data, team.PublicKey().Bytes()) {
			t.Error("files: the public half of the team's key is not found: the search does not work")
		}
	}
	if !bytes.Contains(places["wire"], []byte(public)) {
		t.Error("wire: the ring is not found: the search does not work")
	}
}

func somebodysKey(t *testing.T) *ecdh.PrivateKey {
	t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// forms are the ways in which a text could lie about.
func forms(s string) map[string][]byte {
	all := map[string][]byte{"as it is": []byte(s)}
	for shift := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + s + "xxx"))
		all[fmt.Sprintf("in base64, shifted by %d", shift)] = []byte(text[4 : len(text)-8])
	}
	return all
}

func firstFrame(d *deskPage) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.got {
		if f, ok := m.(*helpdesk.Frame); ok {
			return f.Data
		}
	}
	return nil
}

// memoryOf reads everything a process has in memory that it may write to (proc(5), maps and mem).
func memoryOf(t *testing.T, pid int) []byte {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Skip(err)
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skip(err) // not everybody may
	}
	defer mem.Close()
	var all []byte
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "rw") || to-from > 1<<30 {
			continue
		}
		part := make([]byte, to-from)
		n, err := mem.ReadAt(part, from)
		if err != nil && !errors.Is(err, io.EOF) && n == 0 {
			continue // not there at the moment
		}
		all = append(all, part[:n]...)
	}
	return all
}

// tapped is a wire that is listened to.
type tapped struct {
	address string
	mu      sync.Mutex
	heard   []byte
}

func (w *tapped) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = append(w.heard, p...)
	return len(p), nil
}

func (w *tapped) bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.heard)
}

// tap passes connections on to an address and keeps everything that goes through.
func tap(t *testing.T, to string) *tapped {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &tapped{address: l.Addr().String()}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			d, err := net.Dial("tcp", to)
			if err != nil {
				c.Close()
				continue
			}
			all.Go(func() { io.Copy(io.MultiWriter(d, w), c); d.Close() })
			all.Go(func() { io.Copy(io.MultiWriter(c, w), d); c.Close() })
		}
	})
	t.Cleanup(func() { l.Close() })
	return w
}
