// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/OpenPrinting/goipp"

	"handrail/peripherals"
)

// IPP prints PDF files on an office printer, through CUPS or on the printer itself
// (RFC 8011). The job's name says nothing about what is printed.
type IPP struct {
	uri  string
	http string
	// every is how often a job is asked how far it is.
	every time.Duration
	// Stopped, when set, is told when the printer has stopped in the middle and waits for a person, and with a state that can
	// print when it goes on.
	Stopped func(peripherals.State)
}

// OpenIPP makes one for an address such as ipp://localhost:631/printers/A4. It does not
// connect.
func OpenIPP(address string) (*IPP, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "ipp" && u.Scheme != "ipps" {
		return nil, fmt.Errorf("printer: %q is not the address of a printer; one is ipp://localhost:631/printers/A4", address)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), "631")
	}
	web := *u
	web.Scheme = map[string]string{"ipp": "http", "ipps": "https"}[u.Scheme]
	return &IPP{uri: u.String(), http: web.String(), every: 300 * time.Millisecond}, nil
}

// Job is what became of a print.
type Job struct {
	ID    int
	State peripherals.State
	// Pages is how many pages the printer says it has printed.
	Pages int
	// Reasons are the printer's and the job's own (RFC 8011, 5.3.8 and 5.4.12).
	Reasons []string
}

// States of a job (RFC 8011, 5.3.7) that are its last.
const (
	jobCanceled  = 7
	jobAborted   = 8
	jobCompleted = 9
)

// PrintPDF prints and waits until the printer says that the job is complete. An error
// with PrinterUncertain says that some of it may be on paper. When ctx ends, the job is
// called back.
func (p *IPP) PrintPDF(ctx context.Context, pdf []byte) (Job, error) {
	job := Job{State: peripherals.PrinterUnknown}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return job, errors.New("printer: this is not a PDF file")
	}
	state, reasons, err := p.status(ctx)
	job.State, job.Reasons = state, reasons
	if err != nil {
		return job, fmt.Errorf("printer: %w: %w", errNotReady, err)
	}
	if !state.CanPrint() {
		return job, fmt.Errorf("printer: %w: %s", errNotReady, state.Sentence())
	}
	ask := p.request(goipp.OpPrintJob)
	ask.Operation.Add(goipp.MakeAttribute("job-name", goipp.TagName, goipp.String("Handrail")))
	ask.Operation.Add(goipp.MakeAttribute("document-format", goipp.TagMimeType, goipp.String("application/pdf")))
	answer, err := p.send(ctx, ask, pdf)
	if err != nil {
		// The printer may have taken it, and its answer got lost.
		job.State = peripherals.PrinterUncertain
		var refused *refusal
		if errors.As(err, &refused) {
			job.State = peripherals.PrinterFault
		}
		return job, fmt.Errorf("printer: %w", err)
	}
	job.ID = number(answer.Job, "job-id")
	if job.ID == 0 {
		job.State = peripherals.PrinterUncertain
		return job, errors.New("printer: the job has no number, so that nobody can ask how far it is")
	}
	job, err = p.follow(ctx, job)
	p.forget(job.ID)
	return job, err
}

// forget has a print server erase a job that is over, with its file: CUPS keeps both for a day otherwise. A printer that knows no
// such thing keeps nothing that could be asked for.
func (p *IPP) forget(id int) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ask := p.request(goipp.OpCancelJob)
	ask.Operation.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	ask.Operation.Add(goipp.MakeAttribute("purge-job", goipp.TagBoolean, goipp.Boolean(true)))
	_, _ = p.send(ctx, ask, nil)
}

// follow asks how a job is until it is over.
func (p *IPP) follow(ctx context.Context, job Job) (Job, error) {
	silentSince := time.Time{}
	for {
		ask := p.request(goipp.OpGetJobAttributes)
		ask.Operation.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(job.ID)))
		answer, err := p.send(ctx, ask, nil)
		switch {
		case err == nil:
			silentSince = time.Time{}
			job.Pages = max(job.Pages, number(answer.Job, "job-impressions-completed"), number(answer.Job, "job-media-sheets-completed"))
			jobReasons := words(answer.Job, "job-state-reasons")
			switch number(answer.Job, "job-state") {
			case jobCompleted:
				job.State, job.Reasons = peripherals.PrinterReady, jobReasons
				return job, nil
			case jobCanceled, jobAborted:
				job.State, job.Reasons = peripherals.PrinterUncertain, jobReasons
				return job, fmt.Errorf("printer: %w: the job was broken off (%s)", errStopped, strings.Join(jobReasons, ", "))
			}
			if state, reasons, err := p.status(ctx); err == nil && !state.CanPrint() {
				job.State, job.Reasons = state, append(reasons, jobReasons...)
				if p.Stopped != nil {
					p.Stopped(state)
				}
			} else if err == nil && p.Stopped != nil {
				p.Stopped(state)
			}
		case ctx.Err() == nil && silentSince.IsZero():
			silentSince = time.Now()
		case ctx.Err() == nil && time.Since(silentSince) > 10*time.Second:
			job.State = peripherals.PrinterUncertain
			return job, fmt.Errorf("printer: %w: %w", errUncertain, err)
		}
		select {
		case <-ctx.Done():
			state := job.State
			if !stopped(state) {
				state = peripherals.PrinterUncertain
			}
			job.State = state
			return job, errors.Join(fmt.Errorf("printer: %w: %w", errUncertain, ctx.Err()), p.callBack(job.ID))
		case <-time.After(p.every):
		}
	}
}

// callBack takes a job back, so that it does not come out for whoever is there then.
func (p *IPP) callBack(id int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ask := p.request(goipp.OpCancelJob)
	ask.Operation.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	if _, err := p.send(ctx, ask, nil); err != nil {
		return fmt.Errorf("the job could not be called back: %w", err)
	}
	return nil
}

// Status asks the printer how it is.
func (p *IPP) Status(ctx context.Context) peripherals.State {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	state, _, _ := p.status(ctx)
	return state
}

func (p *IPP) status(ctx context.Context) (peripherals.State, []string, error) {
	answer, err := p.send(ctx, p.request(goipp.OpGetPrinterAttributes), nil)
	if err != nil {
		var refused *refusal
		if errors.As(err, &refused) {
			return peripherals.PrinterUnknown, nil, err
		}
		return peripherals.PrinterAbsent, nil, err
	}
	reasons := words(answer.Printer, "printer-state-reasons")
	return reasonState(reasons, number(answer.Printer, "printer-state")), reasons, nil
}

// reasonState maps a printer's reasons to a state. What needs a person most comes first;
// a reason that only warns stops nothing.
func reasonState(reasons []string, printerState int) peripherals.State {
	low, out, cover, fault, absent := false, false, false, false, false
	for _, reason := range reasons {
		name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(reason, "-error"), "-report"), "-warning")
		warns := strings.HasSuffix(reason, "-warning") || strings.HasSuffix(reason, "-report")
		switch {
		case name == "none" || name == "":
		case strings.HasSuffix(name, "-low"):
			low = low || name == "media-low"
		case name == "media-empty" || name == "media-needed" || name == "input-tray-missing":
			if warns {
				low = true
			} else {
				out = true
			}
		case strings.HasPrefix(name, "cover-open") || strings.HasPrefix(name, "door-open") || name == "interlock-open":
			cover = cover || !warns
		case name == "offline" || name == "shutdown" || name == "connecting-to-device" || name == "timed-out":
			absent = absent || !warns
		case strings.HasPrefix(name, "media-jam") || name == "paused" || name == "marker-supply-empty" || name == "toner-empty" || name == "fuser-over-temp" ||
			name == "output-area-full" || name == "marker-waste-full" || strings.HasSuffix(reason, "-error"):
			fault = fault || !warns
		}
	}
	const stoppedState = 5
	switch {
	case absent:
		return peripherals.PrinterAbsent
	case cover:
		return peripherals.PrinterCoverOpen
	case out:
		return peripherals.PrinterPaperOut
	case fault || printerState == stoppedState:
		return peripherals.PrinterFault
	case low:
		return peripherals.PrinterPaperLow
	}
	return peripherals.PrinterReady
}

func (p *IPP) request(op goipp.Op) *goipp.Message {
	m := goipp.NewRequest(goipp.DefaultVersion, op, 1)
	m.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
	m.Operation.Add(goipp.MakeAttribute("printer-uri", goipp.TagURI, goipp.String(p.uri)))
	m.Operation.Add(goipp.MakeAttribute("requesting-user-name", goipp.TagName, goipp.String("handrail")))
	return m
}

// refusal is an answer that says no.
type refusal struct{ status goipp.Status }

func (r *refusal) Error() string { return "the printer refuses: " + r.status.String() }

// maxAnswer bounds what a printer may answer.
const maxAnswer = 1 << 20

func (p *IPP) send(ctx context.Context, m *goipp.Message, document []byte) (*goipp.Message, error) {
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, fmt.Errorf("ipp request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.http, io.MultiReader(bytes.NewReader(head), bytes.NewReader(document)))
	if err != nil {
		return nil, fmt.Errorf("ipp request: %w", err)
	}
	request.ContentLength = int64(len(head) + len(document))
	request.Header.Set("Content-Type", goipp.ContentType)
	// No connection stays open between two papers.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ipp: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ipp: the printer answers %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("ipp: %w", err)
	}
	var answer goipp.Message
	if err := answer.DecodeBytes(body); err != nil {
		return nil, fmt.Errorf("ipp: the answer makes no sense: %w", err)
	}
	if status := goipp.Status(answer.Code); status >= 0x100 {
		return nil, &refusal{status}
	}
	return &answer, nil
}

// number gives the first integer of an attribute, 0 without one.
func number(all goipp.Attributes, name string) int {
	for _, a := range all {
		if a.Name != name {
			continue
		}
		for _, v := range a.Values {
			if n, ok := v.V.(goipp.Integer); ok {
				return int(n)
			}
		}
	}
	return 0
}

// words gives the keywords of an attribute.
func words(all goipp.Attributes, name string) []string {
	var out []string
	for _, a := range all {
		if a.Name != name {
			continue
		}
		for _, v := range a.Values {
			if s, ok := v.V.(goipp.String); ok {
				out = append(out, string(s))
			}
		}
	}
	return out
}
