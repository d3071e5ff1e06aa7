// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	cdpio "github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/runtime"
)

// givesByUs tells our script of each document that a page's script makes, and when it lets go of it: by its address alone nobody could read
// it, where the page's own rules forbid that.
const givesByUs = `{
	const make = URL.createObjectURL, drop = URL.revokeObjectURL;
	const tell = (...detail) => { try { window.dispatchEvent(new CustomEvent("handrail-blob", { detail })); } catch { } };
	URL.createObjectURL = function createObjectURL(of) {
		const address = make.apply(this, arguments);
		if (of instanceof Blob) tell(address, of);
		return address;
	};
	URL.revokeObjectURL = function revokeObjectURL(address) { tell(address, null); return drop.apply(this, arguments); };
}`

// givenFile is what the script says of a file that the page gives: where it is, or "" when the script has it.
type givenFile struct {
	Address string `json:"address"`
}

// takeGiven reads a file that the page, or a frame in it, gives, into memory: what the script has, or what stands at an address.
func (s *Service) takeGiven(from *frame, address string) {
	if address != "" {
		s.askFile(address)
		return
	}
	h, world := s.home, runtime.ExecutionContextID(0)
	if from != nil {
		h, world = from.home, from.contextID
	} else {
		s.mu.Lock()
		world = s.contextID
		s.mu.Unlock()
	}
	ctx, cancel := context.WithTimeout(h.ctx, 3*callTimeout)
	defer cancel()
	var file []byte
	handle, err := heldBlob(ctx, h, world)
	if err == nil {
		file, err = readStream(ctx, h, handle)
	}
	s.tellFile(file, err)
}

// askFile asks for what stands at an address, as a link would, and has the answer taken for a file, whatever it is (see takeSheets): the window stays
// where it is. To load it in the page's name is no way: the page's own rules may forbid that.
func (s *Service) askFile(address string) {
	s.mu.Lock()
	s.given = placeAndQuery(address)
	s.mu.Unlock()
	if err := s.Open(address); err != nil && s.isGiven(address, 0, "") {
		s.tellFile(nil, err)
	}
}

// isGiven tells whether an answer to a request for a page is the file that was asked for last, and no page. Where it leads on, what comes there is.
func (s *Service) isGiven(address string, status int64, to string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.given == "" || placeAndQuery(address) != s.given {
		return false
	}
	if status/100 == 3 && to != "" {
		if base, err := url.Parse(address); err == nil {
			if next, err := base.Parse(to); err == nil {
				s.given = placeAndQuery(next.String())
				return false
			}
		}
	}
	s.given = ""
	return true
}

// placeAndQuery is an address without its fragment.
func placeAndQuery(address string) string {
	address, _, _ = strings.Cut(address, "#")
	return address
}

// askMade has the document that made what is at an address give it, when it can be printed.
func (s *Service) askMade(address string) {
	s.mu.Lock()
	frames := slices.Collect(maps.Values(s.frames))
	s.mu.Unlock()
	call := "takeMade(" + quote(address) + ")"
	_, _ = in[any](s, call)
	for _, f := range frames {
		_, _ = inFrame[any](f, call)
	}
}

// tellFile tells of a file that the page gave: one that can be printed, or one that cannot be kept.
func (s *Service) tellFile(file []byte, err error) {
	if err != nil || !bytes.HasPrefix(file, pdfBegins) {
		clear(file)
		s.tell(Seen{Kind: SeenFile})
		return
	}
	s.tell(Seen{Kind: SeenSheets, Sheets: file})
}

// resolveBlob is a command of the browser that the library leaves out: IO.resolveBlob.
var resolveBlob = cdp.Command[resolveBlobParams, resolvedBlob]{Method: "IO.resolveBlob"}

type (
	resolveBlobParams struct {
		ObjectID runtime.RemoteObjectID `json:"objectId"`
	}
	resolvedBlob struct {
		UUID string `json:"uuid"`
	}
)

// heldBlob is the file that the script has in a document.
func heldBlob(ctx context.Context, h *home, world runtime.ExecutionContextID) (cdpio.StreamHandle, error) {
	held, err := cdp.Call(ctx, h.target, runtime.Evaluate, runtime.EvaluateParams{Expression: "globalThis.handrail.givenFile()", ContextID: world})
	if err != nil || held.Result == nil || held.Result.ObjectID == "" {
		return "", fmt.Errorf("service: the page has no file to give: %w", err)
	}
	blob, err := cdp.Call(ctx, h.target, resolveBlob, resolveBlobParams{held.Result.ObjectID})
	if err != nil {
		return "", fmt.Errorf("service: %w", err)
	}
	return cdpio.StreamHandle("blob:" + blob.UUID), nil
}
