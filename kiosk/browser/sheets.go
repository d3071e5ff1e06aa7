// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	cdpio "github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// What the service wants on paper never reaches a printer by itself: printing by the browser is off, and what a page or a
// file would be on sheets comes here as a PDF, in memory.

// MaxSheetsSize bounds a PDF of the service, in bytes.
const MaxSheetsSize = 16 << 20

// MaxSheets bounds how many sheets can be shown and printed.
const MaxSheets = 40

// ErrSheetsTooLarge is told of a PDF that is larger than MaxSheetsSize.
var ErrSheetsTooLarge = errors.New("service: what is to be printed is too large")

// printsByUs makes the page's own ways to print a word to our script: the browser would open a box of its own, or do nothing. The event
// crosses from the page's world to ours and says no more than that somebody called for it.
const printsByUs = `{
	const call = () => { try { window.top.dispatchEvent(new Event("handrail-print")); } catch { window.dispatchEvent(new Event("handrail-print")); } };
	Object.defineProperty(window, "print", { value: function print() { call(); }, writable: true, configurable: true, enumerable: true });
	const run = Document.prototype.execCommand;
	if (run) Document.prototype.execCommand = function execCommand(name, ...rest) {
		return String(name).toLowerCase() === "print" ? (call(), true) : run.call(this, name, ...rest);
	};
}`

// ownWays run in a page's own world before any script of it.
const ownWays = withoutQuestions + printsByUs + givesByUs

// Sheets are the page as it would be printed: A4, a PDF. It may have one sheet more than MaxSheets, when there are more.
func (s *Service) Sheets() ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, 3*callTimeout)
	defer cancel()
	const inch = 25.4 // mm
	made, err := cdp.Call(ctx, s.target, page.PrintToPDF, page.PrintToPDFParams{
		PaperWidth: 210 / inch, PaperHeight: 297 / inch, MarginTop: new(12 / inch), MarginBottom: new(12 / inch), MarginLeft: new(12 / inch), MarginRight: new(12 / inch),
		PageRanges: fmt.Sprintf("1-%d", MaxSheets+1), TransferMode: page.PrintToPDFTransferModeReturnAsStream,
	})
	if err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	return readStream(ctx, s.home, made.Stream)
}

// pdfBegins is how a PDF begins.
var pdfBegins = []byte("%PDF-")

var errNoPDF = errors.New("service: it is no PDF")

// readStream takes a PDF that the browser holds ready, as far as it is one and not too large.
func readStream(ctx context.Context, h *home, handle cdpio.StreamHandle) ([]byte, error) {
	defer func() { _, _ = cdp.Call(h.ctx, h.target, cdpio.Close, cdpio.CloseParams{Handle: handle}) }()
	var out bytes.Buffer
	for {
		part, err := cdp.Call(ctx, h.target, cdpio.Read, cdpio.ReadParams{Handle: handle, Size: 256 << 10})
		if err != nil {
			return nil, fmt.Errorf("service: %w", err)
		}
		if n := out.Len(); n < len(pdfBegins) {
			if begin := append(bytes.Clone(out.Bytes()), part.Data...); !bytes.HasPrefix(pdfBegins, begin) && !bytes.HasPrefix(begin, pdfBegins) {
				return nil, errNoPDF
			}
		}
		if out.Len()+len(part.Data) > MaxSheetsSize {
			clear(out.Bytes())
			return nil, ErrSheetsTooLarge
		}
		out.Write(part.Data)
		if part.EOF {
			return out.Bytes(), nil
		}
	}
}

// takeSheets looks at every document of a process before the window shows it, and takes those that are PDF files or are given as files: they
// would become a download, which is refused. The window stays where it is.
func (s *Service) takeSheets(h *home) error {
	each(&s.browser.tasks, cdp.Events(h.ctx, h.target, fetch.RequestPaused), func(e fetch.EventRequestPaused) {
		inFrame := string(e.FrameID) != s.home.root
		if !inFrame && s.isGiven(e.Request.URL, e.ResponseStatusCode, headerOf(e.ResponseHeaders, "Location")) {
			s.browser.tasks.Go(func() { s.takeFile(h, e) })
			return
		}
		if e.ResponseStatusCode != 200 || !isAttachment(e.ResponseHeaders) && (inFrame || !isPDF(e.ResponseHeaders)) {
			_, _ = cdp.Call(h.ctx, h.target, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
			return
		}
		s.browser.tasks.Go(func() { s.takeFile(h, e) })
	})
	_, err := cdp.Call(h.ctx, h.target, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{
		{URLPattern: "*", ResourceType: network.ResourceTypeDocument, RequestStage: fetch.RequestStageResponse}}})
	return err
}

func (s *Service) takeFile(h *home, e fetch.EventRequestPaused) {
	ctx, cancel := context.WithTimeout(h.ctx, 3*callTimeout)
	defer cancel()
	var file []byte
	err := fmt.Errorf("service: a file did not come: %d %s", e.ResponseStatusCode, e.ResponseErrorReason)
	if e.ResponseStatusCode == 200 {
		var body fetch.TakeResponseBodyAsStreamResult
		if body, err = cdp.Call(ctx, h.target, fetch.TakeResponseBodyAsStream, fetch.TakeResponseBodyAsStreamParams{RequestID: e.RequestID}); err == nil {
			file, err = readStream(ctx, h, body.Stream)
		}
	}
	// A navigation that is broken off leaves the window as it is.
	_, _ = cdp.Call(h.ctx, h.target, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonAborted})
	s.tellFile(file, err)
}

func isPDF(headers []*fetch.HeaderEntry) bool {
	kind, _, _ := strings.Cut(headerOf(headers, "Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/pdf")
}

func isAttachment(headers []*fetch.HeaderEntry) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(headerOf(headers, "Content-Disposition"))), "attachment")
}

func headerOf(headers []*fetch.HeaderEntry, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}
