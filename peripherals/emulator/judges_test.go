// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Programs that nobody here wrote say whether the emulators speak as real readers
// do. They are skipped where they are not installed, and by -short.

// pcscd starts the PC/SC daemon with libccid's serial driver on the reader at link.
// There can be one on a machine, because its socket has a fixed name.
func pcscd(t *testing.T, link string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the PC/SC daemon")
	}
	drivers, _ := filepath.Glob("/usr/lib/pcsc/drivers/serial/libccidtwin.so")
	daemon, err := exec.LookPath("pcscd")
	if err != nil || len(drivers) == 0 || os.Geteuid() != 0 {
		t.Skip("needs pcscd, libccid's serial driver, and root")
	}
	const socket = "/run/pcscd/pcscd.comm"
	if _, err := os.Stat(socket); err == nil {
		t.Skip("a PC/SC daemon is running already")
	}
	config := filepath.Join(t.TempDir(), "reader.conf")
	text := fmt.Sprintf("FRIENDLYNAME \"Emulated\"\nDEVICENAME %s:GemPCTwin\nLIBPATH %s\n", link, drivers[0])
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(daemon, "--foreground", "--config", config)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		killer := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		killer.Stop()
		os.Remove(socket)
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the PC/SC daemon does not come up")
		}
	}
}

// tool runs a program and gives what it says.
func tool(t *testing.T, env []string, stdin string, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil && name != "opensc-tool" { // it fails until there is a card
		t.Errorf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

func TestPCSCReadsOurTwin(t *testing.T) {
	for _, c := range []struct {
		card, protocol, atr string
		script, answers     []string
	}{
		{"amina", "T=0", "3b:98:13:40:0a:a5:03:01:01:01:ad:13:11",
			[]string{"00 A4 08 0C 06 3F 00 DF 01 40 31", "00 B0 00 00 10", "00 84 00 00 08"},
			[]string{"< 90 00", "00 01 33 01 0E 30 30 30 2D 30 30 30 30 31 30 31", "01 08 0F 16 1D 24 2B 32 90 00"}},
		{"liis", "T=1", "3b:80:81:31:28:45:5d",
			[]string{"00 A4 04 0C 10 A0 00 00 00 77 01 08 00 07 00 00 FE 00 00 01 00", "00 A4 08 0C 06 3F 00 50 00 50 02", "00 B0 00 00 0A", "00 84 00 00 C8"},
			// The last answer takes many blocks of the card.
			[]string{"< 90 00", "< 90 00", "4C 49 49 53 2D C3 95 4E 4E 45 90 00", "01 08 0F 16 1D"}},
		// Blocks that end in a CRC, after agreeing on a speed.
		{"crc", "T=1", "3b:90:13:81:71:28:45:01:1f",
			[]string{"00 A4 08 0C 06 3F 00 DF 01 40 31", "00 B0 00 00 0A", "00 84 00 00 C8"},
			[]string{"< 90 00", "00 01 33 01 0A 31 32 33 34 35 90 00", "01 08 0F 16 1D"}},
	} {
		t.Run(c.card+" "+c.protocol, func(t *testing.T) {
			link := filepath.Join(t.TempDir(), "reader")
			r, err := NewReader(ReaderOptions{Link: link})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			crc, err := ParseCard("crc.yaml", []byte("name: A\nblocks: 40\ncrc: true\nspeed: 0x13\nidentity: {card_number: \"1234567890\"}\n"))
			if err != nil {
				t.Fatal(err)
			}
			for _, card := range append(Cards(), crc) {
				if card.ID == c.card {
					r.Insert(card)
				}
			}
			pcscd(t, link)
			// The daemon takes a moment to find its reader and the card.
			var got string
			for deadline := time.Now().Add(30 * time.Second); !strings.Contains(got, c.atr) && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
				got = tool(t, nil, "", "opensc-tool", "-a")
			}
			if !strings.Contains(got, c.atr) {
				t.Fatalf("opensc-tool sees %s", got)
			}
			got = tool(t, nil, strings.Join(c.script, "\n")+"\n", "scriptor")
			if !strings.Contains(got, c.protocol) {
				t.Errorf("it is not read by %s: %s", c.protocol, got)
			}
			parts := strings.SplitN(got, "\n< ", len(c.answers)+1)
			if len(parts) != len(c.answers)+1 {
				t.Fatalf("answers: %s", got)
			}
			for i, want := range c.answers {
				answer := strings.Join(strings.Fields("< "+parts[i+1]), " ")
				if !strings.Contains(answer, want) {
					t.Errorf("to %q it says %q", c.script[i], parts[i+1])
				}
			}
		})
	}
}

// TestLibnfcReadsOurACR122S lets libnfc's driver for this reader at the emulator. That of 1.8.0
// cannot open any: it gives up on the question for the firmware before it sends it. What it then
// says and hears, to switch the chip off, is still frames, numbers and answers that it checks.
func TestLibnfcReadsOurACR122S(t *testing.T) {
	if testing.Short() {
		t.Skip("starts nfc-list")
	}
	r, err := NewReader(ReaderOptions{Kind: "acr122s"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Insert(Card{Name: "tag", UID: []byte{0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6}})
	path, err := exec.LookPath("nfc-list")
	if err != nil {
		t.Skip("nfc-list is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(os.Environ(), "LIBNFC_DEVICE=ACR122S:"+r.Path()+":9600", "LIBNFC_LOG_LEVEL=3")
	out, _ := cmd.CombinedOutput() // it fails where it cannot open the reader
	said := strings.Join(strings.Fields(string(out)), " ")
	if strings.Contains(said, "UID (NFCID1): 04 a1 b2 c3 d4 e5 f6") {
		return
	}
	if !strings.Contains(said, "Cannot get reader firmware.") || strings.Contains(said, "TX: 02 6f 05 00 00 00 00 00 00 00 00 ff 00 48") {
		t.Fatalf("nfc-list sees %s", out)
	}
	for _, exchange := range []string{
		"RX: 02 00 00 03 debug libnfc.bus.uart RX: 02 81 00 00 00 00 00 00 00 00 00", // power off
		"InRelease debug libnfc.bus.uart TX: 02 6f 08 00 00 00 00 01 00 00 00 ff 00 00 00 03 d4 52 00 1c 03 debug libnfc.bus.uart RX: 02 00 00 03 debug libnfc.bus.uart RX: 02 80 05 00 00 00 00 01 00 00 00 debug libnfc.bus.uart RX: d5 53 00 90 00 92 03",
		"RFConfiguration debug libnfc.bus.uart TX: 02 6f 09 00 00 00 00 02 00 00 00 ff 00 00 00 04 d4 32 01 00 78 03 debug libnfc.bus.uart RX: 02 00 00 03 debug libnfc.bus.uart RX: 02 80 04 00 00 00 00 02 00 00 00 debug libnfc.bus.uart RX: d5 33 90 00 f0 03",
	} {
		if !strings.Contains(said, exchange) {
			t.Errorf("this exchange is missing: %s\nin %s", exchange, said)
		}
	}
	for _, complaint := range []string{"Invalid response", "Unable to transmit", "Unable to receive", "Frame", "mismatch"} {
		if strings.Contains(said, complaint) {
			t.Errorf("it complains: %s", said)
		}
	}
}

func TestLibnfcReadsOurPN532(t *testing.T) {
	if testing.Short() {
		t.Skip("starts nfc-list")
	}
	r, err := NewReader(ReaderOptions{Kind: "pn532"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Insert(Card{Name: "tag", UID: []byte{0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6}})
	got := tool(t, []string{"LIBNFC_DEVICE=pn532_uart:" + r.Path() + ":115200"}, "", "nfc-list")
	if !strings.Contains(strings.Join(strings.Fields(got), " "), "UID (NFCID1): 04 a1 b2 c3 d4 e5 f6") {
		t.Errorf("nfc-list sees %s", got)
	}
}
