// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"handrail/agent/journal"
	"handrail/agent/store"
	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// The journal's test kills processes: this program is also the agent that keeps the journal and the worker that prints.
const (
	roleVar   = "HANDRAIL_TEST_PRINTS_AS"
	portVar   = "HANDRAIL_TEST_PORT"
	folderVar = "HANDRAIL_TEST_FOLDER"
	firstVar  = "HANDRAIL_TEST_FIRST"
	manyVar   = "HANDRAIL_TEST_MANY"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "agent":
		pretendAgent()
	case "worker":
		pretendWorker()
	default:
		os.Exit(m.Run())
	}
}

func leaflet(i int) peripherals.Document {
	return peripherals.Document{Plain: true, Lang: "en", Blocks: []peripherals.Block{
		{Kind: peripherals.Section, Text: "Leaflet"},
		{Kind: peripherals.Text, Text: "number " + strconv.Itoa(i)},
		{Kind: peripherals.Text, Text: strings.Repeat("words that make it longer\n", 6)},
	}}
}

// pretendAgent keeps the journal for a worker until that is gone: what is left first, then new papers.
func pretendAgent() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	s, err := store.Open(filepath.Join(os.Getenv(folderVar), "terminal.db"))
	fail(err)
	fail(s.BreakOff("the terminal went off while it was printed"))
	left, err := s.Unfinished(time.Hour)
	fail(err)
	worker := exec.Command(os.Args[0])
	worker.Env = append(os.Environ(), roleVar+"=worker")
	worker.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	worker.Stderr = os.Stderr
	in, err := worker.StdinPipe()
	fail(err)
	out, err := worker.StdoutPipe()
	fail(err)
	fail(worker.Start())
	fmt.Println("worker", worker.Process.Pid)
	wire := NewWire(out, in)
	fail(wire.Send(Line{T: "again", Papers: left}))
	for {
		l, err := wire.Receive()
		if err != nil {
			break
		}
		switch l.T {
		case "paper":
			KeepPaper(wire, l, s)
		case "done":
			fmt.Println("done")
		}
	}
	_ = worker.Wait()
}

// pretendWorker prints what it is told to, and then new papers.
func pretendWorker() {
	wire := NewWire(os.Stdin, os.Stdout)
	kept := newWireJournal(wire.Send)
	again := make(chan []journal.Paper, 1)
	go func() {
		for {
			l, err := wire.Receive()
			if err != nil {
				os.Exit(0)
			}
			switch l.T {
			case "papered":
				kept.answered(l)
			case "again":
				again <- l.Papers
			}
		}
	}()
	p := newPapers(peripherals.Config{Driver: "escpos", Port: os.Getenv(portVar), Profile: "epson-tm"}, kept, func(string) string { return "COPY" })
	p.again(<-again)
	first, _ := strconv.Atoi(os.Getenv(firstVar))
	many, _ := strconv.Atoi(os.Getenv(manyVar))
	for i := range many {
		_ = p.print(leaflet(first + i))
	}
	_ = wire.Send(Line{T: "done"})
}

// terminal is the pretended terminal: a printer that stays, processes that do not.
type terminal struct {
	t      *testing.T
	device *emulator.Printer
	port   string
	folder string
	papers map[string]journal.Paper // as the journal had them last
}

// collect reads the journal, which nobody has open.
func (m *terminal) collect() {
	m.t.Helper()
	s, err := store.Open(filepath.Join(m.folder, "terminal.db"))
	if err != nil {
		m.t.Fatal(err)
	}
	defer s.Close()
	all, err := s.Papers()
	if err != nil {
		m.t.Fatal(err)
	}
	for _, p := range all {
		p.Document = peripherals.Document{}
		m.papers[p.ID] = p
	}
}

// start runs agent and worker, and gives a way to kill either, and a channel closed when the papers are done.
func (m *terminal) start(first, many int) (agent *exec.Cmd, worker int, done, gone chan struct{}) {
	m.t.Helper()
	agent = exec.Command(os.Args[0])
	agent.Env = append(os.Environ(), roleVar+"=agent", portVar+"="+m.port, folderVar+"="+m.folder,
		firstVar+"="+strconv.Itoa(first), manyVar+"="+strconv.Itoa(many))
	var complaint bytes.Buffer
	agent.Stderr = &complaint
	out, err := agent.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := agent.Start(); err != nil {
		m.t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		m.t.Fatalf("the agent says nothing: %v, %s", err, complaint.String())
	}
	worker, err = strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "worker ")))
	if err != nil {
		m.t.Fatal(err)
	}
	done, gone = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				break
			}
			if strings.TrimSpace(line) == "done" {
				close(done)
			}
		}
		_, _ = io.Copy(io.Discard, out)
		_ = agent.Wait()
	}()
	return agent, worker, done, gone
}

// isGone waits until a process is no more.
func isGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		if state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err != nil || bytes.Contains(state, []byte(") Z ")) {
			return
		}
	}
	t.Fatalf("process %d does not go", pid)
}

// TestKilledWhilePrinting kills the agent or the worker at random points of printing, and reads all the paper afterwards:
// nothing accepted is lost, nothing is there twice without a mark, nothing torn is said to be whole.
func TestKilledWhilePrinting(t *testing.T) {
	kills := 150 // make soak does a thousand
	if testing.Short() {
		kills = 8
	}
	if n, err := strconv.Atoi(os.Getenv("HANDRAIL_TEST_KILLS")); err == nil {
		kills = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	m := &terminal{t: t, port: filepath.Join(t.TempDir(), "printer"), folder: t.TempDir(), papers: map[string]journal.Paper{}}
	var err error
	if m.device, err = emulator.NewPrinter(emulator.PrinterOptions{Link: m.port, Profile: "epson-tm", KeepSlips: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	defer m.device.Close()
	printed, inTime := 0, 0
	for n := range kills {
		agent, worker, done, gone := m.start(printed, 50)
		printed += 50
		if rng.IntN(2) == 0 {
			// After so many changes of the paper: in the middle of a print.
			limit, stop := context.WithTimeout(t.Context(), time.Duration(50+rng.IntN(100))*time.Millisecond)
			for range 1 + rng.IntN(40) {
				select {
				case <-m.device.Changed():
				case <-limit.Done():
				}
			}
			stop()
		} else {
			time.Sleep(time.Duration(rng.IntN(120_000)) * time.Microsecond) // anywhere
		}
		select {
		case <-done:
		default:
			inTime++
		}
		if n%2 == 0 {
			_ = agent.Process.Kill()
		} else {
			_ = syscall.Kill(worker, syscall.SIGKILL)
		}
		select {
		case <-gone:
		case <-time.After(30 * time.Second):
			t.Fatal("the agent does not end")
		}
		isGone(t, worker) // it dies with its agent
		if n%20 == 19 {
			m.collect() // the journal does not remember papers for ever
		}
	}
	// A last run to its end.
	agent, _, done, gone := m.start(printed, 0)
	select {
	case <-done:
	case <-gone:
		t.Fatal("the agent ended by itself")
	case <-time.After(60 * time.Second):
		t.Fatal("the last run does not end")
	}
	<-gone
	_ = agent
	m.read(kills, inTime)
}

var (
	idLine   = regexp.MustCompile(`^[ACDEFGHJKLMNPQRTUVWXY34679]{4}-[ACDEFGHJKLMNPQRTUVWXY34679]{4}$`)
	copyLine = regexp.MustCompile(`^COPY \d+$`)
)

// read holds the journal against the paper.
func (m *terminal) read(kills, inTime int) {
	t := m.t
	m.collect()
	type found struct{ whole, torn, unmarked, marked int }
	paper := map[string]*found{}
	for _, slip := range m.device.Slips() {
		lines := strings.Split(slip.Text(), "\n")
		var id string
		marked := false
		ids := 0
		for _, line := range lines {
			switch {
			case copyLine.MatchString(line):
				marked = true
			case idLine.MatchString(line):
				if id != "" && id != line {
					t.Errorf("two papers in one:\n%s", slip.Text())
				}
				id = line
				ids++
			}
		}
		if id == "" {
			continue // torn above its id, or the end of a torn one
		}
		f := paper[id]
		if f == nil {
			f = &found{}
			paper[id] = f
		}
		if ids == 2 && slip.Cut {
			f.whole++
		} else {
			f.torn++
		}
		if marked {
			f.marked++
		} else {
			f.unmarked++
		}
	}
	all := m.papers
	for id := range paper {
		if _, ok := all[id]; !ok {
			t.Errorf("%s is on paper and was never accepted", id)
		}
	}
	lost, twice, false_, copies := 0, 0, 0, 0
	byState := map[journal.State]int{}
	for _, p := range all {
		byState[p.State]++
		f := paper[p.ID]
		if f == nil {
			f = &found{}
		}
		switch {
		case p.State != journal.Confirmed && p.State != journal.Abandoned:
			lost++
			t.Errorf("%s is still %s (%s)", p.ID, p.State, p.Reason)
		case p.State == journal.Abandoned && (p.Reason == "" || !strings.HasPrefix(p.Reason, "nothing was sent")):
			lost++
			t.Errorf("%s was abandoned: %q", p.ID, p.Reason)
		case p.State == journal.Confirmed && f.whole == 0:
			false_++
			t.Errorf("%s is confirmed and nowhere whole: %+v", p.ID, *f)
		}
		if f.unmarked > 1 {
			twice++
			t.Errorf("%s is on paper %d times without a mark", p.ID, f.unmarked)
		}
		copies += f.marked
	}
	t.Logf("fault row 12: %d kills (%d before the papers were done): %d papers accepted, %v, %d marked copies; lost %d, unmarked duplicates %d, torn and confirmed %d",
		kills, inTime, len(all), byState, copies, lost, twice, false_)
	if len(all) == 0 || kills >= 100 && copies == 0 {
		t.Error("the kills hit nothing")
	}
}

// A paper in a running worker: uncertain, pressed again, a copy.
func TestPressedAgain(t *testing.T) {
	link := filepath.Join(t.TempDir(), "printer")
	device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "epson-tm"})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	s, err := store.Open(filepath.Join(t.TempDir(), "terminal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := newPapers(peripherals.Config{Driver: "escpos", Port: link, Profile: "epson-tm"}, s, func(string) string { return "KOPIE" })
	doc := leaflet(1)
	if got := p.print(doc); !got.OK {
		t.Fatalf("%+v", got)
	}
	// The cable is pulled while the next one comes out.
	long := doc
	long.Blocks = append(append([]peripherals.Block(nil), doc.Blocks...), peripherals.Block{Kind: peripherals.Text, Text: strings.Repeat("and some more of it\n", 300)})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			changed := device.Changed()
			if strings.Contains(device.Current().Text(), "some more") {
				device.Unplug()
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}()
	if got := p.print(long); got.OK || got.State != string(peripherals.PrinterUncertain) {
		t.Fatalf("%+v", got)
	}
	if err := device.Plug(); err != nil {
		t.Fatal(err)
	}
	if got := p.print(long); !got.OK {
		t.Fatalf("%+v", got)
	}
	slips := device.Slips()
	last := strings.Split(slips[len(slips)-1].Text(), "\n")
	if last[0] != "KOPIE 2" || !idLine.MatchString(last[1]) || last[1] != last[len(last)-1] {
		t.Errorf("the copy begins %q and ends %q", last[:2], last[len(last)-1])
	}
	all, err := s.Papers()
	if err != nil || len(all) != 2 || all[1].State != journal.Confirmed || all[1].Generation != 2 {
		t.Errorf("%+v, %v", all, err)
	}
}
