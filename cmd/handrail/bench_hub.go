// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/helpdesk/hub/lab"
)

const benchHubUsage = `usage: handrail bench hub [options]

Measures from the press of Help until a volunteer's console rings, with thousands of terminals connected: the request is on disk
(SQLite, synchronous=FULL) before anybody is rung. Beside it, in turns and in the same run, a nats-server with as many
websocket connections passes the same bytes on without keeping them, and the disk alone is waited for, as long as it takes to keep
as much. Percentiles are the medians of those of five rounds. It also measures what one idle connection costs the hub in memory,
plain and over mutual TLS, as terminals come. Both servers are processes of their own; everything is on loopback.

options:
`

type hubReport struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []benchRow         `json:"rows"`
	Notes   []string           `json:"notes"`
}

// benchHubLimit bounds the whole run.
const benchHubLimit = 5 * time.Minute

func benchHub(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var connections, requests int
	var asJSON bool
	var out string
	flags := flag.NewFlagSet("bench hub", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&connections, "connections", 10000, "`terminals` connected, from 1 to 50000")
	flags.IntVar(&requests, "requests", 2000, "`presses` of Help measured, from 20 to 10000")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	flags.StringVar(&out, "out", "", "put the rows, as JSON, into this `file` too, with those that it has")
	flags.Usage = func() { fmt.Fprint(flags.Output(), benchHubUsage); flags.PrintDefaults() }
	if code, done := parse(flags, args, stderr); done {
		return code
	}
	if connections < 1 || connections > 50000 || requests < 20 || requests > 10000 {
		fmt.Fprintln(stderr, "handrail bench hub: -connections from 1 to 50000, -requests from 20 to 10000")
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, benchHubLimit)
	defer cancel()
	report := hubReport{OK: true, Figures: map[string]float64{"load_before": load()}, Rows: []benchRow{}, Notes: []string{}}
	began := time.Now()
	if err := measureHub(ctx, connections, requests, &report, func(format string, a ...any) {
		if !asJSON {
			fmt.Fprintf(stderr, "  "+format+"\n", a...)
		}
	}); err != nil {
		report.OK = false
		report.Notes = append(report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail bench hub:", err)
	}
	report.Figures["seconds"] = round3(time.Since(began).Seconds())
	if out != "" {
		if err := addRows(out, report.Rows); err != nil {
			fmt.Fprintln(stderr, "handrail bench hub:", err)
			return 1
		}
	}
	if asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.Encode(report)
	} else {
		for _, name := range slices.Sorted(func(yield func(string) bool) {
			for k := range report.Figures {
				if !yield(k) {
					return
				}
			}
		}) {
			fmt.Fprintf(stdout, "%-24s %12.3f\n", name, report.Figures[name])
		}
		for _, n := range report.Notes {
			fmt.Fprintln(stdout, n)
		}
	}
	if !report.OK {
		return 1
	}
	return 0
}

// freeAddress is one that nobody listens at.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func measureHub(ctx context.Context, connections, requests int, report *hubReport, tell func(string, ...any)) error {
	if files := raiseFiles(); files < connections+500 {
		return fmt.Errorf("this needs %d open files in a process and may have %d: say fewer -connections, or raise the limit (ulimit -n)", connections+500, files)
	}
	cost, err := lineCost(ctx, connections)
	if err != nil {
		return fmt.Errorf("over mutual TLS: %w", err)
	}
	report.Figures["tls_bytes_per_connection"] = round3(cost)
	tell("%.0f bytes a terminal over mutual TLS", cost)
	ours, err := openOurs(ctx, false)
	if err != nil {
		return err
	}
	defer ours.close()
	before, err := resident(ours.cmd.Process.Pid)
	if err != nil {
		return err
	}
	if err := ours.connect(ctx, connections); err != nil {
		return err
	}
	time.Sleep(2 * time.Second) // the collector has been by
	after, err := resident(ours.cmd.Process.Pid)
	if err != nil {
		return err
	}
	report.Figures["connections"] = float64(connections)
	report.Figures["bytes_per_connection"] = round3(float64(after-before) / float64(connections))
	tell("%d terminals connected, %.0f bytes each in the hub's process", connections, report.Figures["bytes_per_connection"])

	peer, err := openPeer()
	if err != nil {
		return err
	}
	defer peer.close()
	peerBefore, err := resident(peer.nats.PID(0))
	if err != nil {
		return err
	}
	if err := peer.connect(ctx, connections); err != nil {
		return err
	}
	time.Sleep(time.Second)
	peerAfter, err := resident(peer.nats.PID(0))
	if err != nil {
		return err
	}
	report.Figures["peer_bytes_per_connection"] = round3(float64(peerAfter-peerBefore) / float64(connections))

	disk, err := openDiskWait(ours.dir)
	if err != nil {
		return err
	}
	defer disk.close()
	var mine, theirs, bare rounds
	draw, some := rand.New(rand.NewPCG(1, 2)), len(ours.crowd.conns)
	for i := range requests + 20 { // in turns; the first twenty warm both up
		if ctx.Err() != nil {
			return errors.New("it took too long and was ended")
		}
		a, err := ours.press(ctx, draw.IntN(some))
		if err != nil {
			return fmt.Errorf("press %d: %w", i, err)
		}
		b, err := peer.press(ctx, draw.IntN(some))
		if err != nil {
			return fmt.Errorf("peer, press %d: %w", i, err)
		}
		c, err := disk.wait()
		if err != nil {
			return fmt.Errorf("disk: %w", err)
		}
		if i >= 20 {
			mine, theirs, bare = append(mine, milliseconds(a)), append(theirs, milliseconds(b)), append(bare, milliseconds(c))
		}
	}
	f := report.Figures
	f["requests"] = float64(requests)
	for name, r := range map[string]rounds{"": mine, "peer_": theirs, "disk_": bare} {
		f[name+"p50_ms"], f[name+"p99_ms"] = round3(r.quantile(.5)), round3(r.quantile(.99))
	}
	f["all_p99_ms"], f["peer_all_p99_ms"] = round3(quantile(mine, .99)), round3(quantile(theirs, .99))
	f["p99_ratio"] = round3(f["p99_ms"] / f["peer_p99_ms"])
	f["p99_ratio_with_disk"] = round3(f["p99_ms"] / (f["peer_p99_ms"] + f["disk_p99_ms"]))
	report.Rows = append(report.Rows, benchRow{Name: "help-to-ring-p99", Ours: f["p99_ms"], Peer: f["peer_p99_ms"], PeerName: "nats-server websocket, nothing kept", Unit: "ms",
		Ratio: f["p99_ratio"], Goal: 2, Holds: f["p99_ratio"] <= 2})
	report.Rows = append(report.Rows, benchRow{Name: "idle-connection", Ours: f["bytes_per_connection"], Peer: f["peer_bytes_per_connection"], PeerName: "nats-server websocket", Unit: "bytes",
		Ratio: round3(f["bytes_per_connection"] / f["peer_bytes_per_connection"]), Goal: 1, Holds: f["bytes_per_connection"] <= 10<<10})
	if f["p99_ratio"] > 2 {
		report.Notes = append(report.Notes, fmt.Sprintf("The 99th percentile is %.2f times the peer's; at most 2 is wanted.", f["p99_ratio"]))
	}
	if f["disk_p99_ms"] > f["peer_p99_ms"] {
		report.Notes = append(report.Notes, fmt.Sprintf("In one of a hundred waits this disk alone took longer than the peer, which does not wait for it; beside both together ours is %.2f.", f["p99_ratio_with_disk"]))
	}
	if f["bytes_per_connection"] > 10<<10 {
		report.Notes = append(report.Notes, "An idle connection costs more than 10 KB.")
	}
	return nil
}

// rounds are measurements in the order in which they were taken.
type rounds []float64

// quantile is the median of those of five rounds: what hits one of them, from outside, does not make the figure.
func (r rounds) quantile(q float64) float64 {
	const n = 5
	var of []float64
	for part := range slices.Chunk(r, (len(r)+n-1)/n) {
		of = append(of, quantile(part, q))
	}
	return median(of)
}

func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// resident is the memory of a process in bytes (proc(5), VmRSS).
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// ourHub is a hub of its own process with a crowd of terminals and volunteers who ring and do not answer.
type ourHub struct {
	cmd     *exec.Cmd
	dir     string
	address string
	lines   string // for terminals over mutual TLS
	crowd   crowd
	rest    *queue
	desks   []*websocket.Conn
	all     sync.WaitGroup

	mu   sync.Mutex
	rang map[string]chan time.Time
	over map[string]chan struct{}
}

// openOurs starts a hub with four volunteers; secure: with an address for terminals over mutual TLS.
func openOurs(ctx context.Context, secure bool) (o *ourHub, err error) {
	o = &ourHub{rang: map[string]chan time.Time{}, over: map[string]chan struct{}{}}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.dir, err = os.MkdirTemp("", "handrail-bench-hub-"); err != nil {
		return o, err
	}
	if o.address, err = freeAddress(); err != nil {
		return o, err
	}
	self, err := os.Executable()
	if err != nil {
		return o, err
	}
	folder := filepath.Join(o.dir, "hub")
	args := []string{"bench", "hub-process", folder, "", o.address, ""}
	if secure {
		if o.lines, err = freeAddress(); err != nil {
			return o, err
		}
		args = append(args, o.lines)
	}
	o.cmd = exec.Command(self, args...)
	o.cmd.Env = append(os.Environ(), benchHubEnv+"=1")
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := o.cmd.Start(); err != nil {
		o.cmd = nil
		return o, err
	}
	if err := waitFor(o.address); err != nil {
		return o, err
	}
	for i := range 4 {
		path, _, err := hub.Invite(folder, "", hub.Person{Name: fmt.Sprint("Volunteer ", i), Role: hub.Volunteer, Languages: []helpdesk.Skill{{Code: "en", Speak: true}}})
		if err != nil {
			return o, err
		}
		if err := o.desk(ctx, path); err != nil {
			return o, err
		}
	}
	return o, nil
}

// desk opens a volunteer's desk.
func (o *ourHub) desk(ctx context.Context, path string) error {
	origin := "http://" + o.address
	req, err := http.NewRequestWithContext(ctx, "GET", origin+path, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if len(resp.Cookies()) != 1 {
		return fmt.Errorf("signing in: %s", resp.Status)
	}
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+o.address+"/desk/ws", http.Header{"Origin": {origin}, "Cookie": {resp.Cookies()[0].String()}})
	if err != nil {
		return err
	}
	o.desks = append(o.desks, conn)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`)); err != nil {
		return err
	}
	o.all.Go(func() {
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			at := time.Now()
			if !bytes.HasPrefix(data, []byte(`{"type":"ring"`)) {
				continue
			}
			if m, err := helpdesk.Decode(helpdesk.HubToVolunteer, data); err == nil {
				id := m.(*helpdesk.Ring).Request.ID
				o.mu.Lock()
				if c := o.rang[id]; c != nil {
					c <- at
					delete(o.rang, id)
				}
				o.mu.Unlock()
			}
		}
	})
	return nil
}

func (o *ourHub) connect(ctx context.Context, n int) error {
	rest, err := startQueue(ctx, "ws://"+o.address+"/terminal/ws?id=q", "", n-pressers(n))
	if err != nil {
		return err
	}
	o.rest = rest
	return o.crowd.join(ctx, pressers(n), func(i int) string { return fmt.Sprintf("ws://%s/terminal/ws?id=t%d", o.address, i) }, nil,
		func(_ int, data []byte) {
			if !bytes.HasPrefix(data, []byte(`{"type":"state"`)) {
				return
			}
			if m, err := helpdesk.Decode(helpdesk.HubToTerminal, data); err == nil {
				if s := m.(*helpdesk.CallState); s.State == helpdesk.Over {
					o.mu.Lock()
					if c := o.over[s.ID]; c != nil {
						close(c)
						delete(o.over, s.ID)
					}
					o.mu.Unlock()
				}
			}
		})
}

// press asks for help at one terminal, waits for a console to ring and takes the request back.
func (o *ourHub) press(ctx context.Context, i int) (time.Duration, error) {
	key, err := helpdesk.NewKey()
	if err != nil {
		return 0, err
	}
	r := helpdesk.Request{ID: helpdesk.NewID(), Languages: []string{"en"}, Mode: helpdesk.Voice, Guide: "new-address", PublicKey: key.PublicKey().Bytes(), Signature: []byte{1}, CreatedAt: helpdesk.Now()}
	ask, err := helpdesk.Encode(&helpdesk.AskHelp{Request: r})
	if err != nil {
		return 0, err
	}
	cancel, err := helpdesk.Encode(&helpdesk.Cancel{ID: r.ID})
	if err != nil {
		return 0, err
	}
	rang, over := make(chan time.Time, 1), make(chan struct{})
	o.mu.Lock()
	o.rang[r.ID], o.over[r.ID] = rang, over
	o.mu.Unlock()
	began := time.Now()
	if err := o.crowd.write(i, websocket.TextMessage, ask); err != nil {
		return 0, err
	}
	var at time.Time
	select {
	case at = <-rang:
	case <-ctx.Done():
		return 0, errors.New("nobody was rung")
	case <-time.After(30 * time.Second):
		return 0, errors.New("nobody was rung within 30 s")
	}
	if err := o.crowd.write(i, websocket.TextMessage, cancel); err != nil {
		return 0, err
	}
	select {
	case <-over:
	case <-time.After(30 * time.Second):
		return 0, errors.New("a request was not taken back within 30 s")
	}
	return at.Sub(began), nil
}

func (o *ourHub) close() {
	o.crowd.close()
	o.rest.close()
	for _, d := range o.desks {
		d.Close()
	}
	o.all.Wait()
	if o.cmd != nil {
		o.cmd.Process.Kill()
		o.cmd.Wait()
	}
	os.RemoveAll(o.dir)
}

// peerHub is a nats-server with as many websockets, spoken to in its own protocol.
type peerHub struct {
	nats    *lab.NATS
	crowd   crowd
	rest    *queue
	console *websocket.Conn
	all     sync.WaitGroup
	rang    chan time.Time
	size    int
}

const natsHello = "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"bench\",\"version\":\"1\",\"protocol\":1}\r\n"

func openPeer() (p *peerHub, err error) {
	p = &peerHub{rang: make(chan time.Time, 1), size: 700}
	if p.nats, err = lab.StartNATS(1); err != nil {
		return nil, err
	}
	u, err := url.Parse(p.nats.Websocket(0))
	if err != nil {
		p.close()
		return nil, err
	}
	if p.console, _, err = websocket.DefaultDialer.Dial(u.String(), nil); err != nil {
		p.close()
		return nil, err
	}
	if err = p.console.WriteMessage(websocket.BinaryMessage, []byte(natsHello+"SUB help 1\r\nPING\r\n")); err != nil {
		p.close()
		return nil, err
	}
	ready := make(chan struct{})
	p.all.Go(func() {
		var once sync.Once
		for {
			_, data, err := p.console.ReadMessage()
			if err != nil {
				return
			}
			at := time.Now()
			lines := bufio.NewScanner(bytes.NewReader(data))
			for lines.Scan() {
				switch text := lines.Text(); {
				case text == "PING":
					p.console.WriteMessage(websocket.BinaryMessage, []byte("PONG\r\n"))
				case text == "PONG":
					once.Do(func() { close(ready) })
				case strings.HasPrefix(text, "MSG help "):
					p.rang <- at
				}
			}
		}
	})
	select {
	case <-ready:
		return p, nil
	case <-time.After(20 * time.Second):
		p.close()
		return nil, errors.New("the nats-server does not answer")
	}
}

func (p *peerHub) connect(ctx context.Context, n int) error {
	rest, err := startQueue(ctx, p.nats.Websocket(0), natsHello, n-pressers(n))
	if err != nil {
		return err
	}
	p.rest = rest
	return p.crowd.join(ctx, pressers(n), func(int) string { return p.nats.Websocket(0) }, []byte(natsHello), p.crowd.pong)
}

// press publishes as many bytes as a request has and waits until the console has them.
func (p *peerHub) press(ctx context.Context, i int) (time.Duration, error) {
	message := fmt.Appendf(nil, "PUB help %d\r\n%s\r\n", p.size, bytes.Repeat([]byte{'x'}, p.size))
	began := time.Now()
	if err := p.crowd.write(i, websocket.BinaryMessage, message); err != nil {
		return 0, err
	}
	select {
	case at := <-p.rang:
		return at.Sub(began), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(30 * time.Second):
		return 0, errors.New("nothing came within 30 s")
	}
}

func (p *peerHub) close() {
	p.crowd.close()
	p.rest.close()
	if p.console != nil {
		p.console.Close()
	}
	p.all.Wait()
	p.nats.Close()
}
