// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"handrail/agent/outline"
	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// helperEnd is a page that is looked at as in a call, and the volunteer's end of that call: what leaves the page goes the way
// of a session's, through its outline, its changes, its pace and its seal, and what is kept is what the volunteer could open.
type helperEnd struct {
	guide *kiosk.Guide
	id    string // of the call
	tab   *browser.Onlooker
	ours  *helpdesk.Seal // the terminal's
	there *helpdesk.Seal // the volunteer's
	wake  chan struct{}
	relay *relayLine // between the two, if there is one
	// onMessage hears of each message as the volunteer opens it; it must not ask anything back.
	onMessage func(helperMessage)

	mu       sync.Mutex
	page     *kiosk.Page
	seen     browser.Outline
	sieve    outline.Sieve
	stream   outline.Stream
	pace     outline.Pace
	waits    *time.Timer
	messages []helperMessage
	now      *helpdesk.Outline // as the volunteer has it drawn
	looks    int
	failed   error
	over     bool
}

// helperMessage is one that the volunteer opened.
type helperMessage struct {
	At      time.Time
	Content helpdesk.Content
	Plain   []byte
	Bytes   int // on the line, sealed
}

// openHelperEnd opens a page's tab in a size, with a guide or with none.
func openHelperEnd(v *browser.Visitor, g *kiosk.Guide, width, height int) (*helperEnd, error) {
	d := &helperEnd{guide: g, wake: make(chan struct{}, 1)}
	terminal, err := helpdesk.NewKey()
	if err != nil {
		return nil, err
	}
	volunteer, err := helpdesk.NewKey()
	if err != nil {
		return nil, err
	}
	d.id = helpdesk.NewID()
	if d.ours, err = helpdesk.NewSeal(helpdesk.TerminalSide, d.id, terminal, volunteer.PublicKey().Bytes()); err != nil {
		return nil, err
	}
	if d.there, err = helpdesk.NewSeal(helpdesk.VolunteerSide, d.id, volunteer, terminal.PublicKey().Bytes()); err != nil {
		return nil, err
	}
	d.tab, err = v.OpenOnlooker(g, width, height, d.see)
	return d, err
}

func (d *helperEnd) close() {
	d.mu.Lock()
	d.over = true
	if d.waits != nil {
		d.waits.Stop()
	}
	relay := d.relay
	d.mu.Unlock()
	d.tab.Close()
	if relay != nil {
		relay.close()
	}
}

// see takes what the page tells, as a session's worker does.
func (d *helperEnd) see(seen browser.Seen) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch seen.Kind {
	case browser.SeenPage:
		d.page = nil
		if d.guide != nil {
			d.page = pageOf(d.guide, seen.Page.Page)
		}
	case browser.SeenOutline:
		d.seen = seen.Outline
		d.looks++
		d.send()
	case browser.SeenDown:
		d.failed = errors.New("the page does not answer")
	case browser.SeenCrash:
		d.failed = errors.New("the page's process died")
	default:
		return
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// send sends what is new, when the line has room; the lock is held.
func (d *helperEnd) send() {
	if d.waits != nil || d.over {
		return
	}
	if wait := d.pace.Wait(time.Now()); wait > 0 {
		d.waits = time.AfterFunc(wait, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.waits = nil
			d.send()
		})
		return
	}
	content := d.stream.Next(d.sieve.Of(d.guide, d.page, d.seen, nil))
	if content == nil {
		return
	}
	if err := d.deliver(content); err != nil {
		d.failed = err
	}
}

// viaRelay has what follows go through a relay, as through a hub.
func (d *helperEnd) viaRelay(ctx context.Context) error {
	relay, err := openRelay(ctx, func(line []byte) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if err := d.arrive(line); err != nil {
			d.failed = err
		}
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.relay = relay
	return err
}

// deliver seals what is to be sent and sends it; the lock is held.
func (d *helperEnd) deliver(content helpdesk.Content) error {
	sealed, err := d.ours.SealContent(content)
	if err != nil {
		return err
	}
	line, err := helpdesk.Encode(&helpdesk.Frame{ID: d.id, Data: sealed})
	if err != nil {
		return err
	}
	d.pace.Sent(d.stream.Sent(), base64.StdEncoding.EncodedLen(len(sealed))+90, time.Now())
	if d.relay != nil {
		return d.relay.send(line)
	}
	return d.arrive(line)
}

// arrive is the volunteer's end; the lock is held.
func (d *helperEnd) arrive(line []byte) error {
	m, err := helpdesk.Decode(helpdesk.HubToVolunteer, line)
	if err != nil {
		return err
	}
	frame, ok := m.(*helpdesk.Frame)
	if !ok {
		return fmt.Errorf("a %s came where a frame was sent", m.Kind())
	}
	plain, err := d.there.Open(frame.Data)
	if err != nil {
		return err
	}
	opened, err := helpdesk.DecodeContent(helpdesk.TerminalSide, plain)
	if err != nil {
		return err
	}
	switch c := opened.(type) {
	case *helpdesk.Outline:
		d.now = c
	case *helpdesk.Changed:
		next, ok := d.now.Apply(c)
		if !ok {
			return errors.New("a change of another outline came")
		}
		d.now = next
	}
	message := helperMessage{time.Now(), opened, plain, len(line)}
	d.messages = append(d.messages, message)
	if d.onMessage != nil {
		d.onMessage(message)
	}
	if d.now != nil {
		d.pace.Drawn(d.now.N, time.Now())
	}
	select {
	case d.wake <- struct{}{}:
	default:
	}
	if d.relay != nil { // what has waited for this
		if d.waits != nil {
			d.waits.Stop()
			d.waits = nil
		}
		d.send()
	}
	return nil
}

// errUnsettled: the page does not come to rest. Some never do.
var errUnsettled = errors.New("the page does not come to rest")

// settle waits until nothing came for a while, and nothing waits to be sent.
func (d *helperEnd) settle(ctx context.Context, limit time.Duration) error {
	const rest = 350 * time.Millisecond
	over := time.NewTimer(limit)
	defer over.Stop()
	quiet := time.NewTimer(rest)
	defer quiet.Stop()
	for {
		select {
		case <-d.wake:
			quiet.Reset(rest)
		case <-quiet.C:
			d.mu.Lock()
			done, err := d.waits == nil, d.failed
			d.mu.Unlock()
			if err != nil || done {
				return err
			}
			quiet.Reset(rest)
		case <-over.C:
			return errUnsettled
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// visit opens an address and waits for the first outline.
func (d *helperEnd) visit(ctx context.Context, address string) error {
	d.mu.Lock()
	before := d.looks
	d.mu.Unlock()
	if err := d.tab.Open(address); err != nil {
		return err
	}
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for {
		d.mu.Lock()
		looks, err := d.looks, d.failed
		d.mu.Unlock()
		if err != nil {
			return err
		}
		if looks > before {
			break
		}
		select {
		case <-d.wake:
		case <-limit.C:
			return fmt.Errorf("no outline of %s came", address)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := d.settle(ctx, 10*time.Second); err != nil && !errors.Is(err, errUnsettled) {
		return err
	}
	return nil
}

// visitWhole opens an address and waits until the page has told of all these words, wherever in it they stand. On a busy machine a
// frame may come so late that the page is opened again.
func (d *helperEnd) visitWhole(ctx context.Context, address string, words []string) error {
	var missing []string
	for range 3 {
		if err := d.visit(ctx, address); err != nil {
			return err
		}
		for limit := time.Now().Add(15 * time.Second); time.Now().Before(limit) && ctx.Err() == nil; {
			missing = slices.DeleteFunc(slices.Clone(words), func(w string) bool {
				return slices.ContainsFunc(d.raw().Nodes, func(n browser.OutlineNode) bool { return n.Text == w })
			})
			if len(missing) == 0 {
				return nil
			}
			select {
			case <-d.wake:
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
	return fmt.Errorf("the page does not tell of %q", missing)
}

// typeInto clicks a field and types.
func (d *helperEnd) typeInto(ctx context.Context, selector, text string) error {
	if err := d.tab.Click(ctx, selector); err != nil {
		return err
	}
	return d.tab.Type(ctx, text)
}

func (d *helperEnd) raw() browser.Outline {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen
}

func (d *helperEnd) opened() []helperMessage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.messages)
}

// received tells whether something can be found in what was opened: in one message, in the words of one put together, or
// in those of all that came.
func (d *helperEnd) received(canary string) bool {
	all := ""
	for _, m := range d.opened() {
		words := strings.Join(textsOf(m.Content), "")
		if containsCanary(string(m.Plain), canary) || containsCanary(strings.ReplaceAll(words, " ", ""), canary) {
			return true
		}
		all += words
	}
	return containsCanary(strings.ReplaceAll(all, " ", ""), canary)
}

func (d *helperEnd) receivedPlain(words string) bool {
	return slices.ContainsFunc(d.opened(), func(m helperMessage) bool { return slices.Contains(textsOf(m.Content), words) })
}

// texts counts the different texts that were received.
func (d *helperEnd) texts() int {
	set := map[string]bool{}
	for _, m := range d.opened() {
		for _, text := range textsOf(m.Content) {
			set[text] = true
		}
	}
	return len(set)
}

func textsOf(c helpdesk.Content) (texts []string) {
	var nodes []helpdesk.Node
	switch c := c.(type) {
	case *helpdesk.Outline:
		nodes = c.Nodes
	case *helpdesk.Changed:
		nodes = c.Nodes
	}
	for _, n := range nodes {
		if n.Text != "" {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

// picture is the outline as the volunteer has it in the end, without the names of elements and in the order of their places.
func (d *helperEnd) picture() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now == nil {
		return ""
	}
	out := *d.now
	out.N, out.Nodes = 0, slices.Clone(out.Nodes)
	for i := range out.Nodes {
		out.Nodes[i].ID = ""
	}
	slices.SortFunc(out.Nodes, func(a, b helpdesk.Node) int { return strings.Compare(jsonOf(a), jsonOf(b)) })
	return jsonOf(out)
}

// drawn is the outline as the volunteer has it now.
func (d *helperEnd) drawn() *helpdesk.Outline {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}
