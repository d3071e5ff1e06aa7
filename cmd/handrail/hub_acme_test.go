// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/letsencrypt/challtestsrv"
	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
)

// A hub with nothing but a name gets a certificate from a real authority (RFC 8555), which proves the name at the people's own port
// (RFC 8737), and has it still when the authority is gone.
func TestHubGetsItsCertificate(t *testing.T) {
	const name = "desk.test"
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	quiet := log.New(io.Discard, "", 0)

	// Every name leads to this machine.
	dns, at := loopbackPort(t)
	names, err := challtestsrv.New(challtestsrv.Config{DNSAddrs: []string{at}, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	names.SetDefaultDNSIPv4("127.0.0.1")
	names.SetDefaultDNSIPv6("")
	dns()
	go names.Run()
	t.Cleanup(names.Shutdown)

	// The authority must know the port to ask at, and the hub the authority: whoever asks before it is there waits.
	var directory http.Handler
	ready := make(chan struct{})
	authority := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-ready:
			directory.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	defer authority.Close()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{"-voice", "off", "-acme", name, "-acme-authority", authority.URL + wfe.DirectoryPath, "-acme-roots", roots}
	trust := x509.NewCertPool()

	var first *x509.Certificate
	t.Run("from the authority", func(t *testing.T) {
		port := peoplePort(t, inProcess(t, dir, args...))
		store := db.NewMemoryStore()
		issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "of the test"}})
		for i := range issuer.GetNumberOfRootCerts() {
			trust.AddCert(issuer.GetRootCert(i).Cert)
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		front := wfe.New(quiet, store, va.New(quiet, 0, number, false, at, store), issuer, []string{"authority.test"}, false, false, 1, 1)
		directory = front.Handler()
		close(ready)
		first = served(t, port, name, trust)
	})
	if first == nil {
		return
	}
	authority.Close()
	t.Run("from its folder", func(t *testing.T) {
		again := served(t, peoplePort(t, inProcess(t, dir, args...)), name, trust)
		if again != nil && again.SerialNumber.Cmp(first.SerialNumber) != 0 {
			t.Error("another certificate is served")
		}
	})
}

// loopbackPort gives an address that is free, and what frees it.
func loopbackPort(t *testing.T) (free func(), address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return func() { l.Close() }, l.Addr().String()
}

func peoplePort(t *testing.T, a hubAddresses) string {
	t.Helper()
	u, err := url.Parse(a.People)
	if err != nil || u.Scheme != "https" || u.Hostname() != "desk.test" {
		t.Fatalf("people are told %q, %v", a.People, err)
	}
	return u.Port()
}

// served waits until the hub's page is there under its name, with a certificate that is trusted, and gives that.
func served(t *testing.T, port, name string, trust *x509.CertPool) *x509.Certificate {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: trust, ServerName: name, MinVersion: tls.VersionTLS12}}}
	var last error
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		answer, err := client.Get("https://127.0.0.1:" + port + "/")
		if last = err; err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode >= 500 {
			t.Errorf("the page answers %d", answer.StatusCode)
		}
		return answer.TLS.PeerCertificates[0]
	}
	t.Errorf("no certificate for %s: %v", name, last)
	return nil
}
