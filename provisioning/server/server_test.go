// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/provisioning"
)

// office is a fleet on a real TLS listener.
type office struct {
	*Server
	url string

	mu      sync.Mutex
	now     time.Time
	revoked []string
}

func (o *office) later(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{now: time.Now()}
	// Certificates of an hour: the office's clock can then pass their end while the hub's own stays good for the terminal's.
	s, err := New(Options{Dir: t.TempDir(), DB: newDatabase(t), Office: "Library", CertLife: time.Hour, Now: func() time.Time {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.now
	}, OnRevoked: func(id string) { o.revoked = append(o.revoked, id) }})
	if err != nil {
		t.Fatal(err)
	}
	o.Server = s
	mux := http.NewServeMux()
	mux.Handle("/", s.Terminals())
	mux.HandleFunc("GET /terminal/who", func(w http.ResponseWriter, r *http.Request) {
		who, err := s.Identify(r)
		if err != nil {
			refuse(w, http.StatusForbidden, err.Error())
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"id": who.ID, "name": who.Name})
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux, TLSConfig: s.TLS()}
	done := make(chan struct{})
	go func() { defer close(done); server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { server.Close(); <-done; s.Close() })
	o.url = "https://" + l.Addr().String()
	return o
}

func (o *office) code(t *testing.T, trusted bool) string {
	t.Helper()
	code, err := o.Code("Terminal 1", "Town hall", trusted, "Nadia")
	if err != nil {
		t.Fatal(err)
	}
	return code.Code
}

func (o *office) enrol(t *testing.T, dir, code string) (*provisioning.Identity, error) {
	t.Helper()
	return provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: dir, Hub: o.url, Code: code, Every: 10 * time.Millisecond})
}

// who asks as a terminal and gives back the status and body of the answer.
func who(t *testing.T, url string, c *tls.Config) (int, string) {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: c}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: 20 * time.Second}).Get(url + "/terminal/who")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	body.ReadFrom(resp.Body)
	return resp.StatusCode, body.String()
}

// The whole of it: code typed, key born, same words on both screens, trusted, let in, renewed, revoked.
func TestEnrol(t *testing.T) {
	o := newOffice(t)
	dir := filepath.Join(t.TempDir(), "identity")
	shown := make(chan [4]string, 1)
	result := make(chan error, 1)
	code := o.code(t, false)
	go func() {
		_, err := provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: dir, Hub: o.url, Code: code, Every: 10 * time.Millisecond,
			OnWords: func(w [4]string) { shown <- w }})
		result <- err
	}()
	var words [4]string
	select {
	case words = <-shown:
	case err := <-result:
		t.Fatalf("no words: %v", err)
	}
	e, err := o.Enrolments()
	if err != nil || len(e.Enrolments) != 1 {
		t.Fatalf("%v, %v", e, err)
	}
	asked := e.Enrolments[0]
	if asked.State != "pending" || strings.Join(asked.Words, " ") != strings.Join(words[:], " ") {
		t.Errorf("the admin sees %s %v, the terminal shows %v", asked.State, asked.Words, words)
	}
	if e.Codes[0].State != "used" || e.Codes[0].Terminal != asked.ID {
		t.Errorf("the code is %+v", e.Codes[0])
	}
	// Not trusted yet: the certificate opens nothing.
	id, err := provisioning.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := who(t, o.url, id.TLS()); status != http.StatusForbidden || !strings.Contains(body, ErrPending.Error()) {
		t.Errorf("before the words were compared: %d %s", status, body)
	}
	if done, err := o.Confirm(asked.ID, "Nadia"); !done || err != nil {
		t.Fatalf("confirm: %v, %v", done, err)
	}
	if done, _ := o.Confirm(asked.ID, "Nadia"); done {
		t.Error("confirmed twice")
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if id, err = provisioning.Load(dir); err != nil {
		t.Fatal(err)
	}
	if id.ID != asked.ID || id.Name != "Terminal 1" || id.Place != "Town hall" || id.Office != "Library" || id.Hub != o.url {
		t.Errorf("loaded %+v", id)
	}
	if status, body := who(t, o.url, id.TLS()); status != http.StatusOK || !strings.Contains(body, id.ID) {
		t.Errorf("trusted: %d %s", status, body)
	}
	for _, name := range []string{"key.pem", "certificate.pem"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := o.enrol(t, dir, o.code(t, true)); !errors.Is(err, provisioning.ErrEnrolled) {
		t.Errorf("enrolled twice: %v", err)
	}

	signature, err := id.Sign([]byte("handrail test"))
	if err != nil || !provisioning.Verify(id.Certificate(), []byte("handrail test"), signature) || provisioning.Verify(id.Certificate(), []byte("handrail tess"), signature) {
		t.Errorf("signature: %v", err)
	}
	if _, err := id.Sign([]byte("tls 1.3, client")); err == nil {
		t.Error("signed what is not ours")
	}

	// On a shelf: the certificate has run out, renewing still works, then it is let in again.
	if id.Due(time.Now()) || !id.Due(time.Now().Add(50*time.Minute)) {
		t.Error("it does not know when to renew")
	}
	o.later(2 * time.Hour)
	if status, body := who(t, o.url, id.TLS()); status != http.StatusForbidden || !strings.Contains(body, ErrOutOfDate.Error()) {
		t.Errorf("out of date: %d %s", status, body)
	}
	if err := id.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, err := provisioning.Load(dir); err != nil || !again.Certificate().Equal(id.Certificate()) || again.ID != id.ID {
		t.Errorf("the renewed certificate is not kept: %v", err)
	}
	if status, body := who(t, o.url, id.TLS()); status != http.StatusOK {
		t.Errorf("renewed: %d %s", status, body)
	}

	if done, err := o.Revoke(id.ID, "Nadia"); !done || err != nil {
		t.Fatalf("revoke: %v, %v", done, err)
	}
	if len(o.revoked) != 1 || o.revoked[0] != id.ID {
		t.Errorf("told of %v", o.revoked)
	}
	if status, body := who(t, o.url, id.TLS()); status != http.StatusForbidden {
		t.Errorf("revoked: %d %s", status, body)
	}
	if err := id.Renew(t.Context()); err == nil || !strings.Contains(err.Error(), ErrRevoked.Error()) {
		t.Errorf("renewed after it was revoked: %v", err)
	}
	// The same key never comes back, a new one may.
	os.Remove(filepath.Join(dir, "certificate.pem"))
	if _, err := o.enrol(t, dir, o.code(t, true)); err == nil || !strings.Contains(err.Error(), "refused or revoked before") {
		t.Errorf("enrolled again with a revoked key: %v", err)
	}
	if _, err := o.enrol(t, filepath.Join(t.TempDir(), "new"), o.code(t, true)); err != nil {
		t.Errorf("enrolled anew: %v", err)
	}
	entries, err := o.store.entries(200)
	if err != nil || len(entries) < 6 || entries[len(entries)-1].Did != "made an enrolment code" {
		t.Errorf("log: %+v, %v", entries, err)
	}
}

// Words that differ: the machine is refused, forgets what it had, and may begin again with a new key.
func TestEnrolRefused(t *testing.T) {
	o := newOffice(t)
	dir := t.TempDir()
	code := o.code(t, false)
	result := make(chan error, 1)
	shown := make(chan struct{})
	go func() {
		_, err := provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: dir, Hub: o.url, Code: code, Every: 10 * time.Millisecond,
			OnWords: func([4]string) { close(shown) }})
		result <- err
	}()
	<-shown
	e, err := o.Enrolments()
	if err != nil {
		t.Fatal(err)
	}
	if done, err := o.Refuse(e.Enrolments[0].ID, "Nadia"); !done || err != nil {
		t.Fatal(done, err)
	}
	if err := <-result; !errors.Is(err, provisioning.ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	if _, err := provisioning.Load(dir); !errors.Is(err, provisioning.ErrNotEnrolled) {
		t.Errorf("it still has an identity: %v", err)
	}
	if _, err := o.enrol(t, dir, o.code(t, true)); err != nil {
		t.Errorf("with a new key: %v", err)
	}
}

// An interrupted enrolment goes on where it was, with a code that is used up.
func TestEnrolInterrupted(t *testing.T) {
	o := newOffice(t)
	dir := t.TempDir()
	code := o.code(t, false)
	var first, second [4]string
	ctx, cancel := context.WithCancel(t.Context())
	_, err := provisioning.Enrol(ctx, provisioning.EnrolOptions{Dir: dir, Hub: o.url, Code: code, OnWords: func(w [4]string) { first = w; cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	if _, err := provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: dir, Hub: o.url, Code: code, NoWait: true, OnWords: func(w [4]string) { second = w }}); err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("words %v, then %v", first, second)
	}
}

func TestEnrolCodes(t *testing.T) {
	o := newOffice(t)
	used := o.code(t, true)
	if _, err := o.enrol(t, t.TempDir(), used); err != nil {
		t.Fatal(err)
	}
	old := o.code(t, true)
	o.later(16 * time.Minute)
	fresh := o.code(t, true)
	other := newOffice(t)
	secret, fingerprint, _ := strings.Cut(fresh, "@")
	for name, c := range map[string]struct {
		code, says string
	}{
		"used twice": {used, "used already"},
		"expired":    {old, "used already"},
		"unknown":    {"0000-0000@" + fingerprint, "used already"},
	} {
		if _, err := o.enrol(t, t.TempDir(), c.code); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A hub that is not the code's is not told the secret: it stays good at the right one.
	_, err := provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: t.TempDir(), Hub: other.url, Code: fresh})
	if !errors.Is(err, provisioning.ErrOtherHub) {
		t.Errorf("another office's hub: %v", err)
	}
	changed := secret + "@" + strings.Repeat("0", 16)
	if _, err := o.enrol(t, t.TempDir(), changed); !errors.Is(err, provisioning.ErrOtherHub) {
		t.Errorf("another fingerprint: %v", err)
	}
	if _, err := o.enrol(t, t.TempDir(), "not a code"); !errors.Is(err, provisioning.ErrCode) {
		t.Errorf("no code: %v", err)
	}
	if _, err := o.enrol(t, t.TempDir(), fresh); err != nil {
		t.Errorf("the right one: %v", err)
	}
	// Guessing stops after ten.
	for range failsFromOne {
		o.enrol(t, t.TempDir(), "0000-0000@"+fingerprint)
	}
	good := o.code(t, true)
	if _, err := o.enrol(t, t.TempDir(), good); err == nil || !strings.Contains(err.Error(), "wait a minute") {
		t.Errorf("after ten wrong codes: %v", err)
	}
	o.later(2 * time.Minute)
	if _, err := o.enrol(t, t.TempDir(), good); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// One code, many who use it at the same moment: one terminal.
func TestEnrolRace(t *testing.T) {
	o := newOffice(t)
	code := o.code(t, true)
	var wg sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 8 {
		dir := t.TempDir()
		wg.Go(func() {
			if _, err := o.enrol(t, dir, code); err == nil {
				mu.Lock()
				in++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if in != 1 {
		t.Errorf("%d terminals came in with one code", in)
	}
}

// post sends an enrolment as somebody else might.
func (o *office) post(t *testing.T, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	o.Terminals().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/enrol", strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestEnrolRequests(t *testing.T) {
	o := newOffice(t)
	code, err := provisioning.ParseCode(o.code(t, true))
	if err != nil {
		t.Fatal(err)
	}
	mine, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, mine)
	if err != nil {
		t.Fatal(err)
	}
	// Another's public key under my signature: replace the point in the request.
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	myPoint, err := mine.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	otherPoint, err := other.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	stolen := bytes.Replace(csr, myPoint, otherPoint, 1)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bigger, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, p384)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(request []byte) string {
		text, err := json.Marshal(provisioning.Ask{Secret: code.Secret, Request: request})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, body := range map[string]string{
		"key of another": ask(stolen), "other curve": ask(bigger), "garbage": ask([]byte("x")), "not JSON": "{", "unknown field": `{"secret":"x","admin":true}`,
	} {
		if status, words := o.post(t, body); status != http.StatusBadRequest || !strings.Contains(words, `"error"`) {
			t.Errorf("%s: %d %s", name, status, words)
		}
	}
	// None of it used the code up.
	if status, words := o.post(t, ask(csr)); status != http.StatusOK {
		t.Errorf("the right request: %d %s", status, words)
	}
}

// Who is not on the list is not let in, and is told why.
func TestIdentify(t *testing.T) {
	o := newOffice(t)
	id, err := o.enrol(t, t.TempDir(), o.code(t, true))
	if err != nil {
		t.Fatal(err)
	}
	bare := id.TLS()
	bare.GetClientCertificate = nil
	if status, body := who(t, o.url, bare); status != http.StatusForbidden || !strings.Contains(body, ErrNoCertificate.Error()) {
		t.Errorf("no certificate: %d %s", status, body)
	}
	other := newOffice(t)
	stranger, err := other.enrol(t, t.TempDir(), other.code(t, true))
	if err != nil {
		t.Fatal(err)
	}
	mixed := id.TLS()
	mixed.GetClientCertificate = stranger.TLS().GetClientCertificate
	if status, body := who(t, o.url, mixed); status != http.StatusForbidden || !strings.Contains(body, ErrUnknown.Error()) {
		t.Errorf("another office's terminal: %d %s", status, body)
	}
	if _, err := o.store.db.Exec(`DELETE FROM terminals`); err != nil {
		t.Fatal(err)
	}
	if status, body := who(t, o.url, id.TLS()); status != http.StatusForbidden || !strings.Contains(body, ErrUnknown.Error()) {
		t.Errorf("off the list: %d %s", status, body)
	}
	// And a terminal does not talk to another office's hub.
	tr := &http.Transport{TLSClientConfig: id.TLS()}
	defer tr.CloseIdleConnections()
	if resp, err := (&http.Client{Transport: tr, Timeout: 20 * time.Second}).Get(other.url + "/terminal/who"); err == nil {
		resp.Body.Close()
		t.Error("a terminal spoke to another office's hub")
	}
}

// The office is the same after a restart, and its files are its own.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	a, err := New(Options{Dir: dir, Office: "Library"})
	if err != nil {
		t.Fatal(err)
	}
	ca := a.CA()
	a.Close()
	b, err := New(Options{Dir: dir, Office: "Library"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !b.CA().Equal(ca) {
		t.Error("another CA after a restart")
	}
	for _, name := range []string{"ca.key", "fleet.db"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.key"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "ca.key") {
		t.Errorf("a broken key: %v", err)
	}
}
