// SPDX-License-Identifier: Apache-2.0

package emulator

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

// Office is an office's printer for whole pages: a print server of CUPS, which has nothing to do with the machine's own, with one queue, A4, whose
// paper is a file in a tray. All of it is in one folder.
type Office struct {
	dir    string
	at     string
	server *exec.Cmd
	ended  chan struct{}
}

const officeServer = `LogLevel info
Listen %s
Browsing Off
WebInterface No
DefaultAuthType None
DefaultPolicy open
PreserveJobHistory Yes
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

// officeTray is the queue's backend, as CUPS calls one: it lays the job's file into the tray, once nobody holds it.
const officeTray = `#!/bin/sh
[ $# -gt 0 ] || { echo 'direct tray "Unknown" "Tray"'; exit 0; }
while [ -e %[1]s/hold ]; do sleep 0.05; done
cat ${6:--} > %[1]s/tray/coming && mv %[1]s/tray/coming %[1]s/tray/paper.pdf
`

const (
	cupsServer = "/usr/sbin/cupsd"
	cupsAdmin  = "/usr/sbin/lpadmin"
	cupsParts  = "/usr/lib/cups"
)

// NoOffice says why there can be no office printer here; nil: there can.
func NoOffice() error {
	for _, program := range []string{cupsServer, cupsAdmin} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("a print server of its own needs %s (Debian's cups-daemon and cups-client)", program)
		}
	}
	if os.Geteuid() != 0 {
		return errors.New("a print server of its own needs root: its filters run as a user of their own")
	}
	return nil
}

// StartOffice starts one, in a folder of its own within dir ("": where temporary files are). It ends with Close, or with this process.
func StartOffice(dir string) (*Office, error) {
	if err := NoOffice(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(dir, "office")
	if err != nil {
		return nil, err
	}
	o := &Office{dir: dir}
	if err = o.furnish(); err == nil {
		for range 3 { // somebody else may take the port meanwhile
			if err = o.start(); err == nil {
				return o, nil
			}
		}
	}
	o.Close()
	return nil, err
}

func (o *Office) furnish() error {
	for _, name := range []string{"", "etc", "spool", "spool/tmp", "cache", "run", "log", "tray"} {
		path := filepath.Join(o.dir, name)
		if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, 0o755)); err != nil {
			return err
		}
	}
	if out, err := exec.Command("chown", "-R", "lp:lp", o.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	backends := filepath.Join(o.dir, "bin/backend") // not lp's: the server would not trust it
	if err := os.MkdirAll(backends, 0o755); err != nil {
		return err
	}
	for from, to := range map[string]string{cupsParts: filepath.Join(o.dir, "bin"), filepath.Join(cupsParts, "backend"): backends} {
		parts, err := os.ReadDir(from)
		if err != nil {
			return err
		}
		for _, part := range parts {
			if err := os.Symlink(filepath.Join(from, part.Name()), filepath.Join(to, part.Name())); err != nil && !errors.Is(err, os.ErrExist) {
				return err
			}
		}
	}
	return errors.Join(os.WriteFile(filepath.Join(backends, "tray"), fmt.Appendf(nil, officeTray, o.dir), 0o755),
		os.WriteFile(filepath.Join(o.dir, "etc/cups-files.conf"), fmt.Appendf(nil, officeFiles, o.dir), 0o644))
}

// start starts the server at a free port, and waits until its queue is there.
func (o *Office) start() error {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o.at = "127.0.0.1:" + strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
	free.Close()
	config := filepath.Join(o.dir, "etc/cupsd.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, officeServer, o.at), 0o644); err != nil {
		return err
	}
	o.server = exec.Command(cupsServer, "-f", "-c", config, "-s", filepath.Join(o.dir, "etc/cups-files.conf"))
	o.server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := o.server.Start(); err != nil {
		return err
	}
	server, ended := o.server, make(chan struct{})
	o.ended = ended
	go func() { _ = server.Wait(); close(ended) }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command(cupsAdmin, "-h", o.at, "-p", "A4", "-E", "-v", "tray:/here", "-m", "raw").CombinedOutput()
		if err == nil {
			return nil
		}
		gone := false
		select {
		case <-ended:
			gone = true
		default:
		}
		if gone || time.Now().After(deadline) {
			o.stop()
			return fmt.Errorf("the print server has no queue: %w: %s", err, out)
		}
	}
}

func (o *Office) stop() {
	if o.ended != nil {
		_ = o.server.Process.Kill()
		<-o.ended
		o.ended = nil
	}
}

// Server is its address for programs of CUPS: host and port.
func (o *Office) Server() string { return o.at }

// Address is its queue's, for IPP.
func (o *Office) Address() string {
	return "ipp://" + strings.Replace(o.at, "127.0.0.1", "localhost", 1) + "/printers/A4"
}

// Pid is the server's process.
func (o *Office) Pid() int { return o.server.Process.Pid }

// Spool is the folder in which it keeps jobs.
func (o *Office) Spool() string { return filepath.Join(o.dir, "spool") }

// Hold keeps papers from coming out, or lets them.
func (o *Office) Hold(on bool) error {
	file := filepath.Join(o.dir, "hold")
	if on {
		return os.WriteFile(file, nil, 0o644)
	}
	return os.Remove(file)
}

// Jobs are the records and files of jobs that it keeps.
func (o *Office) Jobs() ([]string, error) { return filepath.Glob(filepath.Join(o.Spool(), "[cd]0*")) }

// Take takes the paper out of the tray; nil: none lies there yet.
func (o *Office) Take() ([]byte, error) {
	file := filepath.Join(o.dir, "tray/paper.pdf")
	paper, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(paper, []byte("%PDF-")) || !bytes.Contains(paper, []byte("%%EOF")) {
		return nil, nil
	}
	return paper, os.Remove(file)
}

// Close ends it, and nothing of it is left.
func (o *Office) Close() {
	o.stop()
	_ = os.RemoveAll(o.dir)
}
