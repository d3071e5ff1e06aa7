// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"handrail/agent/egress"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

const guideEgressUsage = `usage: handrail guide egress DIR [-learn [-url ADDRESS | -e-service FOLDER] [-submit]] [-json]

Says which hosts a terminal lets a guide's pages reach, by page and step. With -learn it walks the guide on its service as an
invented person through a proxy that lets everything pass, and proposes the lists: a host that many pages need is the
service's, one that a single page needs is that page's. Look at each before you write it into guide.yaml: what is not needed
for the form, such as measuring visitors, is better left out. Only hosts are kept, never addresses of pages.

options:
`

// egressRow is one host. Where is "service", or the id of the page that needs it, with the step's behind a slash.
type egressRow struct {
	Host  string   `json:"host"`
	Where string   `json:"where"`
	Pages []string `json:"pages,omitempty"` // on which it was asked for
	State string   `json:"state"`           // listed, proposed, or unused: listed, and not asked for in this rehearsal
}

// guideEgress is "handrail guide egress".
func guideEgress(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide egress", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var walk walkFlags
	walk.add(flags)
	learn := flags.Bool("learn", false, "rehearse, and propose the lists")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideEgressUsage); flags.PrintDefaults() }
	dirs, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(dirs) != 1 {
		fmt.Fprint(stderr, "handrail guide egress: name the folder of one guide\n\n"+guideEgressUsage)
		return 2
	}
	report, err := egressOf(ctx, dirs[0], walk, *learn, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide egress: %v\n", err)
		return 1
	}
	return report.print(stdout, walk.json, func() {
		for _, row := range report.Rows {
			row := row.(egressRow)
			fmt.Fprintf(stdout, "%-9s %-40s %s\n", row.State, row.Host, row.Where)
		}
		fmt.Fprintf(stdout, "%s: %.0f hosts listed, %.0f proposed, %.0f unused\n", dirs[0], report.Figures["listed"], report.Figures["proposed"], report.Figures["unused"])
	})
}

func egressOf(ctx context.Context, dir string, walk walkFlags, learn bool, stderr io.Writer) (*guideReport, error) {
	g, _, err := loadDraft(dir)
	if err != nil {
		return nil, err
	}
	report := newGuideReport()
	rows := listedHosts(g)
	if learn {
		origin, end, err := walk.origin(ctx, stderr)
		if err != nil {
			return nil, err
		}
		defer end()
		if origin == "" {
			origin = g.Service.Origin
		}
		asked, ended, err := rehearse(ctx, g, origin, walk.submit)
		if err != nil {
			return nil, err
		}
		if ended != nil && (walk.submit || !atDeclaration(ended)) {
			report.OK = false
			report.note("the rehearsal did not come to its end, and the lists may lack something: %v", ended)
		}
		rows = propose(rows, asked, origin)
	}
	for _, name := range []string{"listed", "proposed", "unused"} {
		report.Figures[name] = 0
	}
	for _, row := range rows {
		report.Figures[row.State]++
		report.Rows = append(report.Rows, row)
	}
	return report, nil
}

// listedHosts are the hosts that the guide lists already.
func listedHosts(g *kiosk.Guide) []egressRow {
	var rows []egressRow
	list := func(where string, hosts []string) {
		for _, h := range hosts {
			rows = append(rows, egressRow{Host: h, Where: where, State: "listed"})
		}
	}
	list("service", g.Service.Hosts)
	for _, p := range g.Pages {
		list(p.ID, p.Hosts)
		for _, s := range p.Steps {
			list(p.ID+"/"+s.ID, s.Hosts)
		}
	}
	return rows
}

// asked is what was asked for in a rehearsal: pages by host, in the order of the walk.
type asked struct {
	mu    sync.Mutex
	page  string
	since []string // hosts since the last page was recognised
	pages map[string][]string
}

func (a *asked) host(to string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since = append(a.since, to)
	a.note(to, a.page)
}

// arrived says that a page was recognised. What was asked for on the way to it was asked for while the page before still counted, and is
// of both.
func (a *asked) arrived(page string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.page = page
	for _, to := range a.since {
		a.note(to, page)
	}
	a.since = nil
}

func (a *asked) note(to, page string) {
	if page != "" && !slices.Contains(a.pages[to], page) {
		a.pages[to] = append(a.pages[to], page)
	}
}

// rehearse walks the guide through a proxy that learns.
func rehearse(ctx context.Context, g *kiosk.Guide, origin string, submit bool) (pages map[string][]string, ended, err error) {
	a := &asked{pages: map[string][]string{}}
	proxy := egress.New(egress.Options{Learn: a.host})
	at, err := proxy.Listen()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var carrying sync.WaitGroup
	carrying.Go(func() { _ = proxy.Run(ctx) })
	defer carrying.Wait()
	defer cancel()
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: 816, Height: 688, Proxy: at})
	if err != nil {
		return nil, nil, err
	}
	defer visitor.Close()
	w, err := visitor.OpenWalker(g, browser.WalkOptions{Origin: origin, Submit: submit, PageLimit: authorLimit,
		OnPage: func(_ context.Context, page *kiosk.Page) error { a.arrived(page.ID); return nil }})
	if err != nil {
		return nil, nil, err
	}
	defer w.Close()
	_, ended = w.Walk(ctx, "")
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pages, ended, nil
}

// browsersOwn are hosts that an unconfigured Chromium asks for by itself. No page needs them.
var browsersOwn = []string{"clients2.google.com", "update.googleapis.com", "optimizationguide-pa.googleapis.com", "accounts.google.com", "redirector.gvt1.com"}

// propose adds what was asked for and is not listed, and marks what is listed and was not asked for. The service's own host is
// always open.
func propose(rows []egressRow, pages map[string][]string, origin string) []egressRow {
	own := ""
	if u, err := url.Parse(origin); err == nil {
		if own = u.Host; u.Port() == "" {
			own = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
		}
	}
	known := map[string]bool{own: true}
	for i, row := range rows {
		known[row.Host] = true
		if rows[i].Pages = pages[row.Host]; len(rows[i].Pages) == 0 {
			rows[i].State = "unused"
		}
	}
	for host, on := range pages {
		if name, _, _ := net.SplitHostPort(host); known[host] || slices.Contains(browsersOwn, name) {
			continue
		}
		row := egressRow{Host: host, Where: "service", Pages: on, State: "proposed"}
		if len(on) == 1 {
			row.Where = on[0]
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b egressRow) int { return strings.Compare(a.Where+" "+a.Host, b.Where+" "+b.Host) })
	return rows
}
