// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
	"handrail/peripherals/printer"
)

// ticketNames are the rows about paper.
var ticketNames = []string{
	"ticket-en", "ticket-fr", "ticket-pl", "ticket-el", "ticket-uk", "ticket-ar", "ticket-ar-glyphs", "ticket-qr",
	"time-to-paper-9600", "time-to-paper-19200", "time-to-paper-115200",
}

// peersFolder has the other encoders and the tickets.
const peersFolder = "peers"

const qrOfTicket = "https://linden.example/queue/K7-0117/202"

// tickets measures the rows that are wanted.
func (b *benchRun) tickets(wanted []string) error {
	for _, name := range wanted {
		var err error
		if baud, ok := strings.CutPrefix(name, "time-to-paper-"); ok {
			err = b.timeToPaper(name, baud)
		} else {
			err = b.ticketBytes(name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func readTicket(lang string) (doc peripherals.Document, err error) {
	data, err := os.ReadFile(filepath.Join(peersFolder, "tickets", "ticket-"+lang+".yaml"))
	if err != nil {
		return doc, err
	}
	return doc, yaml.UnmarshalWithOptions(data, &doc, yaml.Strict())
}

// ticketBytes compares how long a ticket is on the wire. A peer counts only if what it sends has every letter, as an
// independent decoder reads it; of those, the shortest is the peer. None of them joins Arabic letters or puts them in
// order, so for Arabic the peer is the ticket as a picture.
func (b *benchRun) ticketBytes(name string) error {
	lang, glyphs := strings.CutSuffix(strings.TrimPrefix(name, "ticket-"), "-glyphs")
	code := ""
	if lang == "qr" {
		lang, code = "en", qrOfTicket
	}
	doc, err := readTicket(lang)
	if err != nil {
		return err
	}
	profile := "epson-tm"
	if glyphs {
		profile = "citizen-ct"
	}
	plain, err := printer.Encode(profile, doc)
	if err != nil {
		return err
	}
	ours := float64(len(plain))
	var without map[string][]byte
	if code != "" {
		if without, err = b.encodePeers(lang, doc, "", nil); err != nil {
			return err
		}
		doc.Blocks = append(doc.Blocks, peripherals.Block{Kind: peripherals.QR, QR: code})
		with, err := printer.Encode(profile, doc)
		if err != nil {
			return err
		}
		ours = float64(len(with)) - ours
	}
	var picture []byte
	if lang == "ar" {
		slips, err := emulator.View(plain, 576)
		if err != nil || len(slips) != 1 {
			return errors.Join(errors.New("our own ticket is not one slip"), err)
		}
		if picture, err = slips[0].PNG(); err != nil {
			return err
		}
	}
	peers, err := b.encodePeers(lang, doc, code, picture)
	if err != nil {
		return err
	}
	type size struct {
		name string
		n    float64
	}
	var right []size
	for _, peer := range sortedKeys(peers) {
		sent := peers[peer]
		isPicture := strings.HasSuffix(peer, "picture")
		n := float64(len(sent) - len(without[peer]))
		why := ""
		if lang == "ar" && !isPicture {
			why = "letters not joined and in the wrong order"
		} else if !isPicture && !reads(sent, doc, code) {
			why = "a line of it cannot be read"
		}
		b.tell("%s: %s %.0f bytes%s", name, peer, n, strings.TrimSuffix(" ("+why+")", " ()"))
		b.report.Figures[strings.ReplaceAll(name, "-", "_")+"_"+strings.NewReplacer("-", "_", ",", "", " ", "_").Replace(peer)] = n
		if why == "" {
			right = append(right, size{peer, n})
		}
	}
	if len(right) == 0 {
		return errors.New("no other encoder prints it right")
	}
	best := slices.MinFunc(right, func(x, y size) int { return cmp.Compare(x.n, y.n) })
	b.tell("%s: ours %.0f bytes", name, ours)
	b.add(name, "bytes", best.name, []float64{ours}, []float64{best.n}, 1)
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// reads reports whether every line of the ticket can be read from what was sent.
func reads(sent []byte, doc peripherals.Document, code string) bool {
	slips, err := emulator.View(sent, 576)
	if err != nil || len(slips) == 0 {
		return false
	}
	lines := strings.Split(slips[0].Text(), "\n")
	for _, block := range doc.Blocks {
		if block.Text != "" && !slices.Contains(lines, block.Text) {
			return false
		}
	}
	return code == "" || slices.Contains(slips[0].Codes(), code)
}

// encodePeers has the other encoders encode a ticket.
func (b *benchRun) encodePeers(lang string, doc peripherals.Document, code string, picture []byte) (map[string][]byte, error) {
	type line struct {
		Text string `json:"text"`
		Bold bool   `json:"bold"`
	}
	var lines []line
	for _, block := range doc.Blocks {
		if block.Kind != peripherals.QR {
			lines = append(lines, line{block.Text, block.Kind == peripherals.Section})
		}
	}
	in, err := json.Marshal(map[string]any{"lang": lang, "lines": lines, "qr": code, "picture": base64.StdEncoding.EncodeToString(picture)})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "encode.mjs")
	cmd.Dir = peersFolder
	cmd.Stdin = bytes.NewReader(in)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the other encoders (is %s/node_modules there? run npm ci in %s): %w: %s", peersFolder, peersFolder, err, strings.TrimSpace(complaint.String()))
	}
	var all map[string][]byte // JSON has them in base64
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the other encoders: %s", strings.TrimSpace(complaint.String()))
	}
	return all, nil
}

// timeToPaper measures from the order until the paper is cut, on a line of that speed. The limit is what the bytes alone
// take on it.
func (b *benchRun) timeToPaper(name, speed string) error {
	baud, err := strconv.Atoi(speed)
	if err != nil {
		return err
	}
	doc, err := readTicket("ar")
	if err != nil {
		return err
	}
	job, err := printer.Encode("citizen-ct", doc)
	if err != nil {
		return err
	}
	limit := float64(len(job)) * 10 * 1000 / float64(baud)
	dir, err := os.MkdirTemp("", "handrail-paper-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	link := filepath.Join(dir, "printer")
	device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "citizen-ct", Baud: baud})
	if err != nil {
		return err
	}
	defer device.Close()
	p, err := printer.Open(peripherals.Config{Driver: "escpos", Port: link, Profile: "citizen-ct", Baud: baud})
	if err != nil {
		return err
	}
	defer p.Close()
	var took []float64
	for n := range min(b.o.runs, 5) {
		began := time.Now()
		cut := make(chan time.Time, 1)
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		go func() {
			for {
				changed := device.Changed()
				if len(device.Slips()) > n {
					cut <- time.Now()
					return
				}
				select {
				case <-changed:
				case <-ctx.Done():
					cut <- time.Time{}
					return
				}
			}
		}()
		_, err := p.Print(ctx, doc)
		at := <-cut
		cancel()
		if err != nil {
			return err
		}
		took = append(took, at.Sub(began).Seconds()*1000)
	}
	b.tell("%s: %d bytes, ours %s ms, the line's limit %s ms", name, len(job), tidy(median(took)), tidy(limit))
	b.add(name, "ms", "the line's limit", took, []float64{limit}, 1.05)
	return nil
}
