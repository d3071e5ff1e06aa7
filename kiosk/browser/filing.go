// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// fileBox is a box of a page, or of a frame in it, for files.
type fileBox struct {
	home *home
	node cdp.BackendNodeID
}

// followFileBoxes hears that a box for files was touched in a process of the page: the browser shows no dialog of its own.
func (s *Service) followFileBoxes(h *home) error {
	each(&s.browser.tasks, cdp.Events(h.ctx, h.target, page.FileChooserOpened), func(e page.EventFileChooserOpened) {
		if e.BackendNodeID == 0 {
			return // no box of the page: nothing can be put there
		}
		s.mu.Lock()
		s.fileBox = fileBox{h, e.BackendNodeID}
		s.mu.Unlock()
		s.tell(Seen{Kind: SeenFileBox, Several: e.Mode == page.FileChooserOpenedModeSelectMultiple})
	})
	_, err := cdp.Call(h.ctx, h.target, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: true})
	return err
}

// File is what is put into a box of the page.
type File struct {
	Name string
	Data []byte
}

// GiveFiles puts files into the box that was touched last, and tells whether the box holds as many afterwards. They are on the browser's own
// tmpfs, because a page may read them at any time until they are sent; they go with the browser.
func (s *Service) GiveFiles(files []File) (bool, error) {
	s.mu.Lock()
	box, world := s.fileBox, s.contextID
	if box.home != s.home {
		world = 0
	}
	s.mu.Unlock()
	if box.node == 0 || s.browser.cell == nil || len(files) == 0 {
		return false, errNoBox
	}
	h := box.home
	var paths []string
	for _, f := range files {
		path, err := s.browser.cell.put(f.Name, f.Data)
		if err != nil {
			return false, err
		}
		paths = append(paths, path)
	}
	ctx, cancel := context.WithTimeout(h.ctx, callTimeout)
	defer cancel()
	node, err := cdp.Call(ctx, h.target, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: box.node, ExecutionContextID: world})
	if err != nil { // it is in a frame, which has a world of its own
		node, err = cdp.Call(ctx, h.target, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: box.node})
	}
	if err != nil || node.Object == nil {
		return false, errors.Join(errNoBox, err)
	}
	// What it holds is read when it changes, before the page hears of that: some pages send their form at once.
	change, err := cdp.Call(ctx, h.target, runtime.CallFunctionOn, runtime.CallFunctionOnParams{ObjectID: node.Object.ObjectID, FunctionDeclaration: holdsWhenChanged})
	if err != nil || change.Result == nil {
		return false, errors.Join(errNoBox, err)
	}
	type reading struct {
		held string
		err  error
	}
	read := make(chan reading, 1)
	s.browser.tasks.Go(func() {
		result, err := cdp.Call(ctx, h.target, runtime.AwaitPromise, runtime.AwaitPromiseParams{PromiseObjectID: change.Result.ObjectID, ReturnByValue: new(true)})
		if err != nil || result.Result == nil {
			read <- reading{err: errors.Join(errNoBox, err)}
			return
		}
		read <- reading{held: string(result.Result.Value)}
	})
	if _, err := cdp.Call(ctx, h.target, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, BackendNodeID: box.node}); err != nil {
		return false, fmt.Errorf("service: %w", err)
	}
	r := <-read
	return r.held == strconv.Itoa(len(files)), r.err
}

// holdsWhenChanged is how many files a box holds once it has changed.
const holdsWhenChanged = `function () {
	const world = this.ownerDocument.defaultView;
	return new Promise((held) => world.addEventListener("change", (e) => { if (e.composedPath()[0] === this) held(this.files.length); }, { capture: true }));
}`

var errNoBox = errors.New("service: there is no box for a file, or it is gone")

// put writes a file into the browser's home, and gives its path as the browser sees it.
func (cell *Cell) put(name string, data []byte) (path string, err error) {
	cell.mu.Lock()
	pid := 0
	if cell.pidfd >= 0 && !cell.killed {
		pid = pidOf(cell.pidfd)
	}
	cell.mu.Unlock()
	if pid == 0 {
		return "", errGone
	}
	path = filepath.Join(cell.home, name)
	real := path
	if cell.layers.Mounts {
		real = fmt.Sprintf("/proc/%d/root%s", pid, path)
	}
	if err := os.WriteFile(real, data, 0o600); err != nil {
		return "", fmt.Errorf("a file for the page: %w", err)
	}
	if cell.c.UID != 0 {
		if err := os.Chown(real, cell.c.UID, cell.c.GID); err != nil {
			return "", fmt.Errorf("a file for the page: %w", err)
		}
	}
	return path, nil
}
