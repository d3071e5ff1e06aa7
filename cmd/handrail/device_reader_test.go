// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handrail/peripherals/port"
)

// emulate runs "device emulate" until the test ends, once its port is there.
func emulate(t *testing.T, args ...string) (link string) {
	t.Helper()
	link = filepath.Join(t.TempDir(), "port")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		done <- deviceCommand(ctx, append([]string{"emulate", "-link", link}, args...), io.Discard, &stderr)
	}()
	t.Cleanup(func() {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("emulate %q: status %d: %s", args, status, stderr.String())
		}
	})
	if err := port.Wait(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	return link
}

func TestDeviceReadsEveryKind(t *testing.T) {
	for kind, driver := range map[string]string{"gempc-twin": "ccid-serial", "pn532": "pn532-hsu", "acr122s": "acr122s"} {
		link := emulate(t, kind, "-card", "amina")
		var stdout, stderr bytes.Buffer
		status := deviceCommand(t.Context(), []string{"read", "-driver", driver, "-port", link, "-json"}, &stdout, &stderr)
		var report deviceReport
		if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || status != 0 || !report.OK || len(report.Rows) == 0 {
			t.Errorf("%s: status %d, %v: %s%s", kind, status, err, stdout.String(), stderr.String())
		}
		if strings.Contains(stdout.String(), "0411") || strings.Contains(stdout.String(), "Haddad") {
			t.Errorf("%s: values came out unasked: %s", kind, stdout.String())
		}
	}
}

func TestDeviceReadSurvivesScriptedFaults(t *testing.T) {
	link := emulate(t, "reader", "-card", "amina", "-fault", "every/4 noise 3; 6 flip 90; 9 lose; 11 refuse; 13 time 3")
	var stdout, stderr bytes.Buffer
	if status := deviceCommand(t.Context(), []string{"read", "-port", link, "-reveal"}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "Haddad-Lindqvist") {
		t.Errorf("status %d: %s%s", status, stdout.String(), stderr.String())
	}
	stderr.Reset()
	if status := deviceCommand(t.Context(), []string{"emulate", "reader", "-fault", "1 explode"}, io.Discard, &stderr); status != 2 || !strings.Contains(stderr.String(), "explode") {
		t.Errorf("status %d: %s", status, stderr.String())
	}
	stderr.Reset()
	if status := deviceCommand(t.Context(), []string{"emulate", "reader", "-kind", "telepathy"}, io.Discard, &stderr); status == 0 {
		t.Error("there is a reader of thoughts")
	}
}

func TestDeviceRecord(t *testing.T) {
	link := emulate(t, "gempc-twin", "-card", "amina")
	for _, withBytes := range []bool{false, true} {
		out := filepath.Join(t.TempDir(), "transcript")
		args := []string{"record", "-port", link, "-out", out}
		if withBytes {
			args = append(args, "-bytes")
		}
		var stderr bytes.Buffer
		if status := deviceCommand(t.Context(), args, io.Discard, &stderr); status != 0 {
			t.Fatalf("status %d: %s", status, stderr.String())
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		tape, err := port.Replay(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		// "Haddad", as a transcript has it.
		if has := strings.Contains(string(data), "48 61 64 64 61 64"); has != withBytes || (tape.Left() > 10) != withBytes {
			t.Errorf("with bytes %v: %d pieces, the name is there: %v", withBytes, tape.Left(), has)
		}
	}
}

func TestDeviceList(t *testing.T) {
	link := emulate(t, "barcode")
	var stdout bytes.Buffer
	if status := deviceCommand(t.Context(), []string{"list", "-json", filepath.Dir(link)}, &stdout, io.Discard); status != 0 {
		t.Fatalf("status %d", status)
	}
	var report deviceReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || report.Figures["ports"] != 1 || report.Rows[0]["port"] != link {
		t.Errorf("%s", stdout.String())
	}
	stdout.Reset()
	if status := deviceCommand(t.Context(), []string{"list", t.TempDir()}, &stdout, io.Discard); status != 0 || !strings.Contains(stdout.String(), "No serial port") {
		t.Errorf("%d: %s", status, stdout.String())
	}
}
