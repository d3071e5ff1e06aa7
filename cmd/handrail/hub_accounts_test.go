// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/kiosk/browser"
	"handrail/ui"
)

// A volunteer opens their invitation, adds a passkey and codes, signs out, and comes back with each: the real page in a real
// browser with an authenticator.
func TestPasskey(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath(browser.Binary); err != nil {
		t.Skip("Chromium is not installed")
	}
	dir := t.TempDir()
	at := inProcess(t, dir)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(at.People, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	people := at.People // passkeys have names, not numbers
	if people != "http://localhost:"+port {
		t.Fatalf("people are told to go to %s, where passkeys do not work", people)
	}
	path, _, err := hub.Invite(dir, "", hub.Person{Name: "Amina", Role: hub.Volunteer, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 900, Height: 900})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if err := v.PlainAuthenticator(); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			said, _ := browser.VisitorEval[string](v, `location.href + " " + document.body.innerText`)
			t.Fatalf("%v; the page shows: %s", err, said)
		}
	}
	picture := func(name string) {
		if folder := os.Getenv("HANDRAIL_TEST_PICTURES"); folder != "" {
			data, err := v.Screenshot()
			must(err)
			must(os.WriteFile(filepath.Join(folder, name), data, 0o600))
		}
	}
	signOut := func() {
		t.Helper()
		_, err := browser.VisitorEval[bool](v, `(() => { const x = new XMLHttpRequest(); x.open("POST", "/api/desk/sign-out", false); x.send(); return x.status === 204; })()`)
		must(err)
		must(v.Open(people + "/sign-in/"))
		must(v.Wait(`!document.getElementById("out").hidden`, patience))
	}
	must(v.Open(people + path))
	must(v.Open(people + "/sign-in/"))
	must(v.Wait(`!document.getElementById("in").hidden && document.getElementById("who").textContent.includes("Amina")`, patience))
	picture("account.png")
	must(v.Click("#add"))
	must(v.Wait(`document.getElementById("says").textContent.includes("added") && document.querySelectorAll("#keys li").length === 1`, patience))

	// It gets a name, which is there when the page is opened again. As long as there are no codes it cannot be taken away.
	must(v.Click("#keys .name"))
	must(v.Type("My laptop"))
	must(v.Click("#who"))
	must(v.Wait(`document.getElementById("says").textContent.includes("name is kept")`, patience))
	must(v.Open(people + "/sign-in/"))
	must(v.Wait(`document.querySelector("#keys .name")?.value === "My laptop" && document.querySelector("#keys .more").textContent.includes("not used yet")`, patience))
	must(v.Click("#keys .remove"))
	must(v.Click("#keys .yes"))
	must(v.Wait(`document.getElementById("says").textContent.includes("your last passkey") && document.querySelectorAll("#keys li").length === 1`, patience))
	picture("passkeys.png")
	must(v.Click("#codes"))
	must(v.Wait(`document.querySelectorAll("#list li").length === 8`, patience))
	picture("codes.png")
	code, err := browser.VisitorEval[string](v, `document.querySelector("#list li").textContent`)
	must(err)

	signOut()
	picture("sign-in.png")
	must(v.Click("#passkey"))
	must(v.Wait(`location.pathname === "/desk/"`, patience))
	if ui.Built() { // this passkey cannot keep a volunteer's key, and their page says so; a browser whose database does not answer knows of none
		must(v.Wait(`document.querySelector("[data-name=own-key]:is([data-kept=unable], [data-kept=browser])")`, patience))
	}
	me, err := browser.VisitorEval[string](v, `(() => { const x = new XMLHttpRequest(); x.open("GET", "/api/desk/me", false); x.send(); return x.responseText; })()`)
	must(err)
	if !strings.Contains(me, `"Amina"`) {
		t.Errorf("signed in as %s", me)
	}

	signOut()
	must(v.Click("#code"))
	must(v.Type(strings.ToLower(code)))
	must(v.Click("#use"))
	must(v.Wait(`location.pathname === "/desk/"`, patience))
	// With codes it can: then it opens nothing any more.
	must(v.Open(people + "/sign-in/"))
	must(v.Wait(`document.querySelector("#keys .more")?.textContent.includes("last used on")`, patience))
	must(v.Click("#keys .remove"))
	must(v.Click("#keys .yes"))
	must(v.Wait(`document.getElementById("says").textContent.includes("removed") && document.querySelectorAll("#keys li").length === 0`, patience))
	signOut()
	must(v.Click("#passkey"))
	must(v.Wait(`document.getElementById("says").textContent.includes("not known")`, patience))

	signOut() // each code works once
	must(v.Click("#code"))
	must(v.Type(code))
	must(v.Click("#use"))
	must(v.Wait(`document.getElementById("says").textContent.includes("not known")`, patience))

	// Somebody without an account gets nowhere, nor does a ceremony that nobody began, and guessing is slow.
	for _, c := range []struct {
		path, body string
		want       int
	}{
		{"/api/account", "", http.StatusUnauthorized}, {"/api/account/codes", "{}", http.StatusUnauthorized}, {"/api/account/passkey/begin", "{}", http.StatusUnauthorized},
		{"/api/sign-in/finish?ceremony=x", "{}", http.StatusBadRequest}, {"/api/sign-in/code", `{"code":"AAAA"}`, http.StatusUnauthorized}, {"/api/sign-in/code", `{`, http.StatusUnauthorized},
	} {
		method := http.MethodPost
		if c.body == "" {
			method = http.MethodGet
		}
		if status, body := ask(t, method, people+c.path, "", c.body); status != c.want {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
	if status, body := ask(t, "POST", "http://127.0.0.1:"+port+"/api/sign-in/begin", "", "{}"); status != http.StatusBadRequest || !strings.Contains(body, "localhost") {
		t.Errorf("passkeys of a number: %d %s", status, body)
	}
	status := 0
	for range 40 {
		if status, _ = ask(t, "POST", people+"/api/sign-in/code", "", `{"code":"AAAA-BBBB-CCCC-DDDD"}`); status == http.StatusTooManyRequests {
			break
		}
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("after forty guesses: %d", status)
	}
}

// writeCert makes a certificate for localhost and gives its file, its key's and a pool with it.
func writeCert(t *testing.T, dir string, serial int64) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

// With files the hub speaks HTTPS to people: cookies are for HTTPS only, the desk's websocket opens, and figures are served.
func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	cert, key, pool := writeCert(t, t.TempDir(), 1)
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs syncBuffer
	done := make(chan int, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	figures := l.Addr().String()
	l.Close()
	go func() {
		done <- hubCommand(ctx, []string{"-dir", dir, "-people", "127.0.0.1:0", "-terminals", "127.0.0.1:0", "-voice", "off", "-cert", cert, "-key", key, "-metrics", figures}, &out, &errs)
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("the hub ended with %d: %s", code, errs.String())
		}
	})
	eventually(t, "the hub listens", func() bool { return strings.Contains(out.String(), "terminals") })
	at := readAddresses(dir)
	if !strings.HasPrefix(at.People, "https://") {
		t.Fatal(at.People)
	}
	path, _, err := hub.Invite(dir, "", hub.Person{Name: "Amina", Role: hub.Volunteer, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}})
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer tr.CloseIdleConnections()
	get := func(url string) *http.Response {
		t.Helper()
		req, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	resp := get(at.People + path)
	if len(resp.Cookies()) != 1 || !resp.Cookies()[0].Secure || !resp.Cookies()[0].HttpOnly || resp.Cookies()[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("%s: %v", resp.Status, resp.Cookies())
	}
	for _, page := range []string{"/sign-in/", "/sign-in/sign-in.js", "/desk/"} {
		resp := get(at.People + page)
		if resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") && page != "/desk/" ||
			resp.Header.Get("Content-Security-Policy") == "" || resp.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %s %v", page, resp.Status, resp.Header)
		}
	}
	if resp := get(at.People + "/sign-in/../hub.go"); resp.StatusCode == http.StatusOK {
		t.Error("a file that is none of the page's")
	}
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: pool}}
	cookie := resp.Cookies()[0].Name + "=" + resp.Cookies()[0].Value
	conn, _, err := dialer.Dial("wss"+strings.TrimPrefix(at.People, "https")+"/desk/ws", http.Header{"Origin": {at.People}, "Cookie": {cookie}})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	for page, want := range map[string]string{"/metrics": "handrail_terminals_connected 0", "/healthz": "ok"} {
		body, err := io.ReadAll(get("http://" + figures + page).Body)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s %v", page, body, err)
		}
	}
}

// Renewed files are served without a restart, half-written ones are not.
func TestCertFiles(t *testing.T) {
	dir := t.TempDir()
	cert, key, _ := writeCert(t, dir, 1)
	f := &certFiles{cert: cert, key: key, log: slog.New(slog.DiscardHandler)}
	serial := func() int64 {
		t.Helper()
		pair, err := f.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if serial() != 1 {
		t.Error("not the certificate of the files")
	}
	writeCert(t, dir, 2)
	later := time.Now().Add(3 * time.Second)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	f.next = time.Time{} // a minute later
	if serial() != 2 {
		t.Error("the renewed certificate is not served")
	}
	if err := os.WriteFile(cert, []byte("-----BEGIN"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.next = time.Time{}
	if serial() != 2 {
		t.Error("a half-written file is served")
	}
}

func TestHTTPSRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no such file":   {[]string{"-cert", "/nowhere", "-key", "/nowhere"}, "certificate for people"},
		"both":           {[]string{"-acme", "desk.example", "-cert", "x"}, "instead of"},
		"proxy and cert": {[]string{"-proxy", "https://desk.example", "-cert", "x"}, "instead of"},
		"proxy by http":  {[]string{"-proxy", "http://desk.example"}, "https://"},
		"no root":        {[]string{"-acme", "desk.example", "-acme-roots", "/nowhere"}, "acme-roots"},
	} {
		var out, errs bytes.Buffer
		code := hubCommand(t.Context(), append([]string{"-dir", dir, "-people", "127.0.0.1:0", "-terminals", "127.0.0.1:0", "-voice", "off"}, c.args...), &out, &errs)
		if code != 1 || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s: %d %s", name, code, errs.String())
		}
	}
}

// The journal's command prints a call by the number of the slip, and ends with 1 when somebody wrote in the journal.
func TestHubJournalCommand(t *testing.T) {
	dir := t.TempDir()
	inProcess(t, dir)
	var out, errs bytes.Buffer
	if code := hubCommand(t.Context(), []string{"journal", "-dir", dir, "-json"}, &out, &errs); code != 0 {
		t.Fatalf("%d %s", code, errs.String())
	}
	var r journalReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || !r.OK || len(r.Rows) != 0 {
		t.Errorf("%v %s", err, out.String())
	}
	out.Reset()
	if code := hubCommand(t.Context(), []string{"journal", "-dir", dir, "-head", "00ff"}, &out, &errs); code != 1 || !strings.Contains(out.String(), "was changed") {
		t.Errorf("a head that is not there: %d %s", code, out.String())
	}
}
