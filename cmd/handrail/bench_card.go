// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/card"
	"handrail/peripherals/emulator"
)

// benchCards are the rows about card readers.
var benchCards = []struct {
	name    string
	measure func(*benchRun) error
}{{"apdu", (*benchRun).apdu}, {"mrz", (*benchRun).mrz}}

func init() {
	for _, c := range benchCards {
		benchNames = append(benchNames, c.name)
	}
}

// cards measures those of the rows about card readers that are wanted.
func (b *benchRun) cards(names []string) (err error) {
	for _, c := range benchCards {
		if slices.Contains(names, c.name) && b.ctx.Err() == nil {
			if one := c.measure(b); one != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", c.name, one))
			}
		}
	}
	return err
}

const apdus = 300

// apdu compares reading from a chip card: so many commands by our driver, and by the PC/SC daemon with libccid's serial
// driver, on the same emulated reader. The daemon's client is a program, so what it takes for one command is taken off.
func (b *benchRun) apdu() error {
	drivers, _ := filepath.Glob("/usr/lib/pcsc/drivers/serial/libccidtwin.so")
	daemon, err := exec.LookPath("pcscd")
	client, clientErr := exec.LookPath("scriptor")
	const socket = "/run/pcscd/pcscd.comm"
	if _, running := os.Stat(socket); err != nil || clientErr != nil || len(drivers) == 0 || os.Geteuid() != 0 || running == nil {
		b.report.Notes = append(b.report.Notes, "apdu was not measured: it needs pcscd, libccid and pcsc-tools, root, and no PC/SC daemon that runs already.")
		return nil
	}
	dir, err := os.MkdirTemp("", "handrail-apdu-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	link := filepath.Join(dir, "reader")
	reader, err := emulator.NewReader(emulator.ReaderOptions{Link: link})
	if err != nil {
		return err
	}
	defer reader.Close()
	reader.Insert(emulator.Cards()[0])
	config := filepath.Join(dir, "reader.conf")
	text := fmt.Sprintf("FRIENDLYNAME \"Emulated\"\nDEVICENAME %s:GemPCTwin\nLIBPATH %s\n", link, drivers[0])
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	var ours, peer []float64
	for range b.o.runs {
		took, err := apdusOurs(b.ctx, link)
		if err != nil {
			return err
		}
		ours = append(ours, took)
		if took, err = b.apdusPeer(daemon, client, config, socket); err != nil {
			return err
		}
		peer = append(peer, took)
		b.tell("apdu: ours %s ms, peer %s ms (medians so far)", tidy(median(ours)), tidy(median(peer)))
	}
	b.add("apdu", "ms", "pcscd and libccid", ours, peer, 1)
	return nil
}

var (
	apduSelect = []byte{0x00, 0xA4, 0x08, 0x0C, 0x06, 0x3F, 0x00, 0xDF, 0x01, 0x40, 0x31}
	apduRead   = []byte{0x00, 0xB0, 0x00, 0x00, 0x10}
)

func apdusOurs(ctx context.Context, link string) (float64, error) {
	chip, err := card.Connect(ctx, peripherals.Config{Driver: "ccid-serial", Port: link})
	if err != nil {
		return 0, err
	}
	defer chip.Close()
	if _, err := chip.Transmit(ctx, apduSelect); err != nil {
		return 0, err
	}
	began := time.Now()
	for range apdus {
		answer, err := chip.Transmit(ctx, apduRead)
		if err != nil {
			return 0, err
		}
		if len(answer) != 18 || answer[16] != 0x90 {
			return 0, fmt.Errorf("answer % x", answer)
		}
	}
	return time.Since(began).Seconds() * 1000, nil
}

// apdusPeer starts the daemon, and its client with one and with all commands.
func (b *benchRun) apdusPeer(daemon, client, config, socket string) (float64, error) {
	var log bytes.Buffer
	cmd := exec.Command(daemon, "--foreground", "--config", config)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		cmd.Process.Signal(os.Interrupt)
		killer := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		killer.Stop()
		os.Remove(socket)
	}()
	run := func(n int) (float64, error) {
		ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
		defer cancel()
		script := fmt.Sprintf("% X\n", apduSelect) + strings.Repeat(fmt.Sprintf("% X\n", apduRead), n)
		scriptor := exec.CommandContext(ctx, client)
		scriptor.Stdin = strings.NewReader(script)
		began := time.Now()
		out, err := scriptor.CombinedOutput()
		took := time.Since(began).Seconds() * 1000
		if err != nil || strings.Count(string(out), "90 00") != n+1 {
			return 0, fmt.Errorf("scriptor: %v, %d answers", err, strings.Count(string(out), "90 00"))
		}
		return took, nil
	}
	// The daemon takes a moment to find its reader and the card.
	var one float64
	err := errors.New("not tried")
	for deadline := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(deadline) && b.ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		_, err = run(1)
	}
	if err != nil {
		return 0, err
	}
	if one, err = run(1); err != nil { // and again, now that all is warm
		return 0, err
	}
	all, err := run(apdus + 1)
	return all - one, err
}

const mrzSeed = 20261121

// mrz compares putting machine-readable zones right: of zones in each of which one character was taken for the one it is
// most like, how many are not read as they were. What is asked of the person counts as not read. A zone that is read
// otherwise and passed off as right is a failure, ours or the peer's.
func (b *benchRun) mrz() error {
	folder := filepath.Join(filepath.Dir(filepath.Clean(b.o.service)), "peers", "mrz")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "mrz")); err != nil {
		b.report.Notes = append(b.report.Notes, "mrz was not measured: its peer is not installed. Install it with: make deps")
		return nil
	}
	now := time.Now()
	r := rand.New(rand.NewPCG(mrzSeed, 0))
	alike := "O00O1II18BB85SS52ZZ26GG6"
	var spoilt [][]string
	var want [][]string
	for i := range 300 {
		zone := emulator.Zone(r, i%3, "")
		m, err := card.ParseMRZ(zone, now)
		if err != nil {
			return err
		}
		right := mrzWords(m.Fields)
		m.Wipe()
		for li, line := range zone {
			for at := range len(line) {
				for k := 0; k < len(alike); k += 2 {
					if line[at] != alike[k] {
						continue
					}
					bad := slices.Clone(zone)
					bad[li] = line[:at] + alike[k+1:k+2] + line[at+1:]
					spoilt, want = append(spoilt, bad), append(want, right)
				}
			}
		}
	}
	var ours, wrong float64
	for i, zone := range spoilt {
		m, err := card.ParseMRZ(zone, now)
		if err != nil || !slices.Equal(mrzWords(m.Fields), want[i]) {
			ours++
		}
		for _, f := range m.Fields {
			if !f.Check && !slices.Contains(want[i], f.Value.Reveal()) {
				wrong++
			}
		}
		m.Wipe()
	}
	peer, peerWrong, err := b.mrzPeer(folder, spoilt, want)
	if err != nil {
		return err
	}
	n := float64(len(spoilt)) / 100
	b.add("mrz", "% missed", "mrz (npm), autocorrect", []float64{ours / n}, []float64{peer / n}, 1)
	b.report.Figures["mrz_zones"], b.report.Figures["mrz_seed"] = float64(len(spoilt)), mrzSeed
	b.report.Figures["mrz_repaired"] = round3(100 - ours/n)
	b.report.Figures["mrz_wrong"], b.report.Figures["mrz_peer_wrong"] = wrong, peerWrong
	b.tell("mrz: %d zones, seed %d; wrong and passed off as right: ours %.0f, peer %.0f", len(spoilt), mrzSeed, wrong, peerWrong)
	if wrong > 0 {
		return fmt.Errorf("%.0f values are wrong and not marked", wrong)
	}
	return nil
}

// mrzWords are number, birth as YYMMDD, names and nationality.
func mrzWords(fields []peripherals.Field) []string {
	words := make([]string, 5)
	for _, f := range fields {
		v := f.Value.Reveal()
		switch f.Name {
		case peripherals.CardNumber:
			words[0] = v
		case peripherals.DateOfBirth:
			words[1] = v
		case peripherals.FamilyName:
			words[2] = v
		case peripherals.GivenNames:
			words[3] = v
		case peripherals.Nationality:
			words[4] = v
		}
	}
	return words
}

// mrzPeer has the peer read the same zones.
func (b *benchRun) mrzPeer(folder string, zones, want [][]string) (missed, wrong float64, err error) {
	in, err := json.Marshal(zones)
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(b.ctx, "node", "parse.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, bytes.NewReader(in), io.Discard
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("peer: %w", err)
	}
	var answers [][]string
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(zones) {
		return 0, 0, fmt.Errorf("peer: %d answers, %v", len(answers), err)
	}
	for i, answer := range answers {
		right := slices.Clone(want[i])
		if d, err := time.Parse(time.DateOnly, right[1]); err == nil {
			right[1] = d.Format("060102")
		}
		switch {
		case answer == nil:
			missed++
		case !slices.Equal(answer, right):
			missed++
			wrong++
		}
	}
	return missed, wrong, nil
}
