// SPDX-License-Identifier: Apache-2.0

// Package lab starts what several hubs share, for tests and benchmarks: a real PostgreSQL and real NATS servers, in a
// folder of their own, on a Unix socket or on loopback only.
package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrMissing is wrapped when a program is not installed here.
var ErrMissing = errors.New("not installed here; `make judges` installs it")

// startTime bounds the start of a server.
const startTime = 60 * time.Second

// server is a process that can be killed and started again.
type server struct {
	args []string
	as   *syscall.Credential
	cmd  *exec.Cmd
	// ended gets the end of cmd.
	ended chan error
	log   *os.File
	up    func() bool
}

func (s *server) start() error {
	if s.cmd != nil {
		return nil
	}
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as}
	s.cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	s.cmd.Dir = "/"
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return err
	}
	cmd, ended := s.cmd, make(chan error, 1)
	s.ended = ended
	go func() { ended <- cmd.Wait() }()
	for limit := time.Now().Add(startTime); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-ended:
			s.cmd = nil
			text, _ := os.ReadFile(s.log.Name())
			return fmt.Errorf("%s ended at once: %v: %s", s.args[0], err, text[max(0, len(text)-600):])
		default:
		}
		if s.up() {
			return nil
		}
	}
	s.stop(syscall.SIGKILL)
	return fmt.Errorf("%s does not answer", s.args[0])
}

// stop ends the process with a signal and waits for it.
func (s *server) stop(sig syscall.Signal) {
	if s.cmd == nil {
		return
	}
	pid := s.cmd.Process.Pid
	syscall.Kill(pid, sig)
	select {
	case <-s.ended:
	case <-time.After(startTime):
		syscall.Kill(-pid, syscall.SIGKILL)
		<-s.ended
	}
	s.cmd = nil
}

// Postgres is a PostgreSQL server with one database.
type Postgres struct {
	server
	dir string
}

// StartPostgres makes a new database cluster in a new folder below /tmp and starts it.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "handrail-pg-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir}
	if err := p.prepare(ctx, bin); err != nil {
		p.Close()
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	return p, nil
}

func postgresFolder() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("pg_isready"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, filepath.Join(filepath.Dir(path), "initdb"))
		}
	}
	found = slices.DeleteFunc(found, func(path string) bool { return !isFile(path) })
	if len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL: %w", ErrMissing)
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func (p *Postgres) prepare(ctx context.Context, bin string) error {
	// PostgreSQL refuses to run as root.
	if os.Getuid() == 0 {
		id, err := unprivileged()
		if err != nil {
			return err
		}
		p.as = id
		if err := os.Chown(p.dir, int(id.Uid), int(id.Gid)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	data := filepath.Join(p.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "handrail", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	initdb.Dir = "/"
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	var err error
	if p.log, err = os.Create(filepath.Join(p.dir, "log")); err != nil {
		return err
	}
	p.args = []string{filepath.Join(bin, "postgres"), "-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "max_connections=60",
		"-c", "shared_buffers=32MB", "-c", "fsync=on"}
	p.up = func() bool {
		if !isFile(filepath.Join(p.dir, ".s.PGSQL.5432")) {
			return false
		}
		ready := exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", p.dir, "-U", "handrail", "-d", "postgres")
		return ready.Run() == nil
	}
	return p.start()
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("there is no unprivileged user to run it as")
}

// DSN is the address of the first database, Database that of another in the same server.
func (p *Postgres) DSN() string { return p.Database("postgres") }

func (p *Postgres) Database(name string) string {
	return "postgres://handrail@/" + name + "?host=" + p.dir
}

// Crash ends the server without letting it write anything more: what it confirmed is in its log or lost.
func (p *Postgres) Crash() { p.stop(syscall.SIGQUIT) }

// Stop ends the server in order.
func (p *Postgres) Stop() { p.stop(syscall.SIGINT) }

// Start starts it again.
func (p *Postgres) Start() error { return p.start() }

// Close ends the server and removes its folder.
func (p *Postgres) Close() {
	p.Crash()
	if p.log != nil {
		p.log.Close()
	}
	os.RemoveAll(p.dir)
}

// NATS are the servers of one cluster.
type NATS struct {
	dir   string
	nodes []*natsNode
}

type natsNode struct {
	server
	client, websocket int
}

// StartNATS starts n servers that know each other. Each also speaks websocket, without encryption.
func StartNATS(n int) (*NATS, error) {
	bin, err := exec.LookPath("nats-server")
	if err != nil {
		if bin = "/usr/sbin/nats-server"; !isFile(bin) {
			return nil, fmt.Errorf("NATS: %w", ErrMissing)
		}
	}
	dir, err := os.MkdirTemp("", "handrail-nats-")
	if err != nil {
		return nil, err
	}
	c := &NATS{dir: dir}
	ports, err := freePorts(3 * n)
	if err != nil {
		c.Close()
		return nil, err
	}
	var routes []string
	for i := range n {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[3*i+1]))
	}
	for i := range n {
		node := &natsNode{client: ports[3*i], websocket: ports[3*i+2]}
		config := fmt.Sprintf("listen: 127.0.0.1:%d\nserver_name: n%d\nmax_connections: 65536\nwebsocket { listen: \"127.0.0.1:%d\", no_tls: true }\n", ports[3*i], i, ports[3*i+2])
		if n > 1 {
			config += fmt.Sprintf("cluster { name: handrail, listen: 127.0.0.1:%d, routes: [%s] }\n", ports[3*i+1], strings.Join(routes, ", "))
		}
		file := filepath.Join(dir, fmt.Sprintf("n%d.conf", i))
		if err = os.WriteFile(file, []byte(config), 0o600); err == nil {
			node.log, err = os.Create(filepath.Join(dir, fmt.Sprintf("n%d.log", i)))
		}
		if err == nil {
			node.args = []string{bin, "-c", file}
			node.up = func() bool { return answers(node.client) && answers(node.websocket) }
			c.nodes = append(c.nodes, node)
			err = node.start()
		}
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("NATS: %w", err)
		}
	}
	return c, nil
}

func isFile(path string) bool { _, err := os.Stat(path); return err == nil }

func answers(port int) bool {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// freePorts finds ports that nobody listens on now.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at the end, so that none comes twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// URL names all servers; the one at index first is first.
func (c *NATS) URL(first int) string {
	var all []string
	for i := range c.nodes {
		all = append(all, fmt.Sprintf("nats://127.0.0.1:%d", c.nodes[(first+i)%len(c.nodes)].client))
	}
	return strings.Join(all, ",")
}

// Websocket is the address of one server for browsers, PID its process.
func (c *NATS) Websocket(i int) string { return fmt.Sprintf("ws://127.0.0.1:%d", c.nodes[i].websocket) }
func (c *NATS) PID(i int) int          { return c.nodes[i].cmd.Process.Pid }

// Kill ends one server with kill -9, Start starts it again.
func (c *NATS) Kill(i int)        { c.nodes[i].stop(syscall.SIGKILL) }
func (c *NATS) Start(i int) error { return c.nodes[i].start() }

// Close ends all servers and removes their folder.
func (c *NATS) Close() {
	for _, n := range c.nodes {
		n.stop(syscall.SIGKILL)
		n.log.Close()
	}
	os.RemoveAll(c.dir)
}
