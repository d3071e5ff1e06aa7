// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// officePrinter is a print server of CUPS for one script, with one queue whose paper is a file. It has nothing to do with the
// machine's own.
type officePrinter struct {
	dir    string
	server *exec.Cmd
}

const officeServer = `Listen 127.0.0.1:%d
Browsing Off
WebInterface No
DefaultAuthType None
DefaultPolicy open
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy open>
  <Limit All>
    Order allow,deny
    Allow from 127.0.0.1
  </Limit>
</Policy>
`

// officeTray is the queue's backend, as CUPS calls one: it lays the job's file into the tray.
const officeTray = `#!/bin/sh
[ $# -gt 0 ] || { echo 'direct tray "Unknown" "Tray"'; exit 0; }
cat ${6:--} > %[1]s/tray/coming && mv %[1]s/tray/coming %[1]s/tray/paper.pdf
`

const officeFiles = `ServerRoot %[1]s/etc
RequestRoot %[1]s/spool
TempDir %[1]s/spool/tmp
CacheDir %[1]s/cache
StateDir %[1]s/run
AccessLog %[1]s/log/access
ErrorLog %[1]s/log/error
PageLog %[1]s/log/page
ServerBin %[1]s/bin
DataDir /usr/share/cups
User lp
Group lp
SystemGroup root
FatalErrors config
`

// hasOfficePrinter tells whether a script can have one here.
func hasOfficePrinter() bool {
	_, server := exec.LookPath("/usr/sbin/cupsd")
	_, admin := exec.LookPath("/usr/sbin/lpadmin")
	return server == nil && admin == nil && os.Geteuid() == 0 // its filters run as a user of their own
}

func startOfficePrinter() (_ *officePrinter, address string, err error) {
	o := &officePrinter{}
	if o.dir, err = os.MkdirTemp("", "office"); err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			o.end()
		}
	}()
	for _, name := range []string{"", "etc", "spool", "spool/tmp", "cache", "run", "log", "tray"} {
		if err := os.MkdirAll(filepath.Join(o.dir, name), 0o755); err != nil {
			return nil, "", err
		}
		if err := os.Chmod(filepath.Join(o.dir, name), 0o755); err != nil {
			return nil, "", err
		}
	}
	if out, err := exec.Command("chown", "-R", "lp:lp", o.dir).CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("%w: %s", err, out)
	}
	if err := os.MkdirAll(filepath.Join(o.dir, "bin/backend"), 0o755); err != nil { // not lp's: the server would not trust it
		return nil, "", err
	}
	if err := os.Symlink("/usr/lib/cups/daemon", filepath.Join(o.dir, "bin/daemon")); err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(filepath.Join(o.dir, "bin/backend/tray"), fmt.Appendf(nil, officeTray, o.dir), 0o755); err != nil {
		return nil, "", err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	config, files := filepath.Join(o.dir, "etc/cupsd.conf"), filepath.Join(o.dir, "etc/cups-files.conf")
	if err := errors.Join(os.WriteFile(config, fmt.Appendf(nil, officeServer, port), 0o644), os.WriteFile(files, fmt.Appendf(nil, officeFiles, o.dir), 0o644)); err != nil {
		return nil, "", err
	}
	o.server = exec.Command("/usr/sbin/cupsd", "-f", "-c", config, "-s", files)
	o.server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := o.server.Start(); err != nil {
		return nil, "", err
	}
	at := "127.0.0.1:" + strconv.Itoa(port)
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command("/usr/sbin/lpadmin", "-h", at, "-p", "A4", "-E", "-v", "tray:/here", "-m", "raw").CombinedOutput()
		if err == nil {
			return o, "ipp://" + strings.Replace(at, "127.0.0.1", "localhost", 1) + "/printers/A4", nil
		}
		if time.Now().After(deadline) {
			return nil, "", fmt.Errorf("the print server has no queue: %w: %s", err, out)
		}
	}
}

func (o *officePrinter) end() {
	if o.server != nil && o.server.Process != nil {
		_ = o.server.Process.Kill()
		_ = o.server.Wait()
	}
	_ = os.RemoveAll(o.dir)
}

// officePrinter starts one and has the terminal's configuration name it, with a price for a page.
func (p *play) officePrinter(args []string) error {
	o, address, err := startOfficePrinter()
	if err != nil {
		return err
	}
	p.office = o
	p.config = fmt.Sprintf("  a4: {driver: ipp, port: %q}\nprinting: {price_per_page: %q}\n", address, args[0])
	return nil
}

// officePaper waits until another paper lies in the printer's tray; what of it is kept after that is nothing. With a name, what
// was typed by that name stands on it.
func (p *play) officePaper(args []string) error {
	file := filepath.Join(p.office.dir, "tray/paper.pdf")
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		paper, err := os.ReadFile(file)
		whole := err == nil && bytes.HasPrefix(paper, []byte("%PDF-")) && bytes.Contains(paper, []byte("%%EOF"))
		switch {
		case whole && len(args) > 0 && !bytes.Contains(bytes.ToLower(paper), []byte(letters(canary(p.j.seed, args[0])))):
			return fmt.Errorf("%s is not on the paper", args[0])
		case whole:
			if err := os.Remove(file); err != nil {
				return err
			}
			return p.emptySpool()
		case time.Now().After(deadline):
			return fmt.Errorf("no paper lies in the tray: %v, %d bytes", err, len(paper))
		}
	}
}

// letters are what a document of the site has of a value: what stands before anything but letters.
func letters(value string) string {
	value = strings.ToLower(value)
	if at := strings.IndexFunc(value, func(r rune) bool { return r < 'a' || r > 'z' }); at > 0 {
		value = value[:at]
	}
	return value
}

// emptySpool waits until the print server keeps no file and no record of a job.
func (p *play) emptySpool() error {
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		left, err := filepath.Glob(filepath.Join(p.office.dir, "spool/[cd]0*"))
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the print server keeps %q", left)
		}
	}
}
