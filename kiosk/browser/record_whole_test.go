// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/kiosk"
)

// everything is a service with every kind of control: in the page, in open and closed shadow roots, in frames of its own origin
// and of another; three boxes of a date and the browser's own date, a list of suggestions, a file, a link to another window.
func everything(t *testing.T) (origin string) {
	t.Helper()
	var port string
	mux := http.NewServeMux()
	page := func(w http.ResponseWriter, heading, body string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>%s - Permit</title><main><h1>%s</h1>%s</main>`, heading, heading, body)
	}
	mux.HandleFunc("GET /start", func(w http.ResponseWriter, _ *http.Request) {
		page(w, "Start", `<a href="/leaflet" target="_blank">Read the leaflet</a> <button onclick="window.open('http://advice.localhost:`+port+`/ask?who=canary')">Ask somebody</button> <button onclick="window.open('/you')">Begin</button>`)
	})
	mux.HandleFunc("GET /leaflet", func(w http.ResponseWriter, _ *http.Request) { page(w, "Leaflet", "") })
	mux.HandleFunc("GET /you", func(w http.ResponseWriter, _ *http.Request) {
		page(w, "About you", `<form action="/more" onsubmit="event.preventDefault(); location = '/more'">
			<label for="story">Your story</label><textarea id="story"></textarea>
			<fieldset><legend>Date of birth</legend><label for="dd">Day</label><input id="dd" size="2"><label for="dm">Month</label><input id="dm" size="2"><label for="dy">Year</label><input id="dy" size="4"></fieldset>
			<label for="since">Resident since</label><input id="since" type="date">
			<label for="kind">Kind of permit</label><select id="kind"><option value="">-</option><option value="w">Work</option><option value="s">Study</option></select>
			<label for="land">Country</label><input id="land" role="combobox" aria-controls="list" autocomplete="off"><ul id="list" role="listbox" hidden></ul>
			<label for="proof">Proof of address</label><input id="proof" type="file" accept=".pdf">
			<open-box></open-box><closed-box></closed-box>
			<iframe src="/inner" width="300" height="60"></iframe><iframe src="http://bank.localhost:`+port+`/account" width="300" height="60"></iframe>
			<button>Next</button></form>
			<script>
			const box = (root, id, name) => root.innerHTML = '<label for="' + id + '">' + name + '</label><input id="' + id + '">';
			customElements.define("open-box", class extends HTMLElement { connectedCallback() { box(this.attachShadow({mode: "open"}), "o", "Open code"); } });
			customElements.define("closed-box", class extends HTMLElement { connectedCallback() { box(this.attachShadow({mode: "closed"}), "c", "Closed code"); } });
			const all = ["Latveria", "Lutha", "Ruritania"];
			land.oninput = () => { list.hidden = false; list.innerHTML = all.filter(c => c.toLowerCase().includes(land.value.toLowerCase())).map(c => '<li role="option">' + c + '</li>').join(""); };
			list.onmousedown = (e) => e.preventDefault();
			list.onclick = (e) => { land.value = e.target.textContent; list.hidden = true; };
			</script>`)
	})
	mux.HandleFunc("GET /inner", func(w http.ResponseWriter, _ *http.Request) {
		page(w, "Inner", `<label for="i">Inner code</label><input id="i">`)
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, _ *http.Request) {
		page(w, "Account", `<label for="a">Account number</label><input id="a" aria-describedby="refused" onblur="a.setAttribute('aria-invalid', 'true'); refused.textContent = 'Letters are no account number'"><p id="refused" role="alert"></p>`)
	})
	mux.HandleFunc("GET /more", func(w http.ResponseWriter, _ *http.Request) {
		page(w, "More", `<form action="/done"><fieldset><legend>Is this all?</legend><label><input type="radio" name="r" value="y">Yes</label><label><input type="radio" name="r" value="n">No</label></fieldset><button>Send</button></form>`)
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) { page(w, "Received", "") })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(server.Listener.Addr().String())
	return "http://office.localhost:" + port
}

// wholeScript goes through all of it, once back, and types canaries.
var wholeScript = []kiosk.ScriptLine{
	{Press: "Read the leaflet"},
	{Go: "back"},
	{Press: "Ask somebody"},
	{Press: "Begin"},
	{Fill: "Your story", With: "Canary Vogelsang wrote this"},
	{Fill: "Day", With: "14"}, {Fill: "Month", With: "3"}, {Fill: "Year", With: "1951"},
	{Fill: "Resident since", With: "2001-12-31"},
	{Choose: "Kind of permit", With: "Study"},
	{Choose: "Country", With: "Ruritania"},
	{Upload: "Proof of address"},
	{Fill: "Open code", With: "canary-open"},
	{Fill: "Closed code", With: "canary-closed"},
	{Fill: "Inner code", With: "canary-inner"},
	{Fill: "Account number", With: "canary-account"},
	{Press: "Next"},
	{Go: "back"},
	{Fill: "Your story", With: "Canary Vogelsang wrote that"},
	{Press: "Next"},
	{Choose: "Is this all?", With: "Yes"},
	{Declare: "Send"},
}

func TestRecordEverything(t *testing.T) {
	authoring(t)
	origin := everything(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	v, err := OpenVisitor(ctx, VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r, err := v.OpenRecorder(RecordOptions{URL: origin + "/start"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range wholeScript {
		if err = r.Do(ctx, line); err != nil {
			break
		}
		if line.Fill == "Account number" { // an author reads what the frame says to it
			eventually(t, "the frame's refusal to be noted", func() bool {
				return slices.ContainsFunc(r.Recording().Pages, func(p kiosk.RecordedPage) bool { return len(p.Errors) > 0 })
			})
		}
	}
	recording := r.Recording()
	r.Close() // a tab behind another is slow
	if err != nil {
		t.Fatal(err)
	}
	if len(recording.Pages) != 4 || !slices.Equal(recording.Way, []int{0, 1, 2, 1, 2, 3}) {
		t.Errorf("%d pages, on the way %v", len(recording.Pages), recording.Way)
	}
	// The leaflet was only looked at; the form itself is in a window of its own; and what is elsewhere is said, without what was asked there.
	if len(recording.Notes) != 2 || !strings.Contains(recording.Notes[0], "/start opens a window of its own; there is one") ||
		!strings.Contains(recording.Notes[1], "/start opens a window of its own, http://advice.localhost:") || !strings.Contains(recording.Notes[1], "/ask, which is no page of the service") {
		t.Errorf("notes %q", recording.Notes)
	}
	got := map[string]string{}
	for _, a := range recording.Pages[1].Acts {
		frame := a.Target.Frame
		if frame != "" {
			frame = " in " + frame[:strings.LastIndex(frame, ":")]
		}
		got[string(a.Kind)+" "+a.Target.Name.In("en")+frame] = a.Value
	}
	want := map[string]string{"fill Your story": "Canary Vogelsang wrote that", "fill Day": "14", "fill Month": "3", "fill Year": "1951", "fill Resident since": "2001-12-31",
		"choose Kind of permit": "s", "fill Country": "Ruritania", "upload Proof of address": "", "fill Open code": "canary-open", "fill Closed code": "canary-closed",
		"fill Inner code": "canary-inner", "fill Account number in http://bank.localhost": "canary-account", "press Next": ""}
	for what, value := range want {
		if had, ok := got[what]; !ok || had != value {
			t.Errorf("%s: recorded %v with %q, want %q", what, ok, had, value)
		}
	}
	for what := range got {
		if _, ok := want[what]; !ok {
			t.Errorf("recorded also %s", what)
		}
	}

	// What a frame of another origin refuses is noted, with its field.
	if errors := recording.Pages[1].Errors; len(errors) == 0 || errors[0].Words != "Letters are no account number" || errors[0].Target == nil || !strings.HasPrefix(errors[0].Target.Frame, "http://bank.localhost:") {
		t.Errorf("errors %+v", errors)
	}

	// As by an author's hand: what was typed is nowhere in the guide, and another's answers are.
	for i := range recording.Pages {
		for j := range recording.Pages[i].Acts {
			recording.Pages[i].Acts[j].Given = false
		}
	}
	g, notes := kiosk.Draft(recording, kiosk.DraftOptions{ID: "permit", Day: "2026-11-21"})
	text := strings.ToLower(string(kiosk.FormatGuide(g, "")) + strings.Join(notes, "\n"))
	if !strings.Contains(text, "letters are no account number") {
		t.Errorf("the draft does not ask to explain what the frame refuses:\n%s", text)
	}
	for _, canary := range []string{"canary", "vogelsang", "ruritania", "2001-12-31", "1951"} {
		if strings.Contains(text, canary) {
			t.Errorf("the draft holds %q", canary)
		}
	}
	// The draft is found again on the service, whatever its controls lie in.
	v2, err := OpenVisitor(ctx, VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v2.Close()
	w, err := v2.OpenWalker(g, WalkOptions{Origin: origin, Submit: true, Authoring: true, PageLimit: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	checked := w.Check(ctx)
	w.Close()
	if checked.Ended != nil || !slices.Equal(checked.Pages, []string{"start", "you", "more", "done"}) {
		t.Errorf("walked %v and ended: %v", checked.Pages, checked.Ended)
	}
	if len(checked.Targets) != 16 {
		t.Errorf("%d targets", len(checked.Targets))
	}
	for _, found := range checked.Targets {
		if found.Sight != kiosk.Sure {
			data, _ := json.Marshal(found)
			t.Errorf("%s", data)
		}
	}
}
