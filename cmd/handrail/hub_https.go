// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// hubHTTPS says how people reach the hub, under "https:" in hub.yaml. One of three: files, ACME, a proxy. None of them: plain
// HTTP on this machine.
type hubHTTPS struct {
	// Cert and Key are files in PEM. They are read again when they change.
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
	// ACME is the name that a certificate is got for (RFC 8555, proved by TLS-ALPN: the people's address must be port 443 of
	// it), Email whom the authority may write to, Authority its directory (default: Let's Encrypt), Roots a file with its root.
	ACME      string `yaml:"acme"`
	Email     string `yaml:"email"`
	Authority string `yaml:"authority"`
	Roots     string `yaml:"roots"`
	// Proxy is the address by which people reach the proxy that speaks HTTPS for the hub: "https://desk.example".
	Proxy string `yaml:"proxy"`
}

func (h *hubHTTPS) flags(fs *flag.FlagSet) {
	fs.StringVar(&h.Cert, "cert", "", "`file` of the certificate for people, with -key; read again when it changes")
	fs.StringVar(&h.Key, "key", "", "`file` of its key")
	fs.StringVar(&h.ACME, "acme", "", "`name` that a certificate is got for by ACME; the people's address must be port 443 of it")
	fs.StringVar(&h.Email, "acme-email", "", "`address` that the authority may write to")
	fs.StringVar(&h.Authority, "acme-authority", "", "`address` of the authority's directory (default: Let's Encrypt)")
	fs.StringVar(&h.Roots, "acme-roots", "", "`file` with the authority's own root, if it is the office's")
	fs.StringVar(&h.Proxy, "proxy", "", "`address` of a proxy that speaks HTTPS for the hub, as people have it: https://desk.example")
}

// over gives what was said on the command line before what stands in the file.
func (h hubHTTPS) over(file hubHTTPS) hubHTTPS {
	if h.Cert != "" || h.ACME != "" || h.Proxy != "" {
		return h
	}
	return file
}

// on tells whether the hub itself speaks HTTPS.
func (h hubHTTPS) on() bool { return h.Cert != "" || h.Key != "" || h.ACME != "" }

// open makes what the people's listener needs; nil: plain HTTP.
func (h hubHTTPS) open(ctx context.Context, l net.Listener, dir string, log *slog.Logger) (*tls.Config, error) {
	if h.Proxy != "" {
		u, err := url.Parse(h.Proxy)
		if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.User != nil {
			return nil, errors.New("-proxy: an address like https://desk.example is needed")
		}
		if h.on() {
			return nil, errors.New("-proxy stands instead of -cert and -acme: either the proxy speaks HTTPS or the hub does")
		}
		return nil, nil
	}
	switch {
	case h.ACME != "" && (h.Cert != "" || h.Key != ""):
		return nil, errors.New("-acme stands instead of -cert and -key")
	case h.ACME != "":
		return h.acme(ctx, l, dir, log)
	case h.on():
		f := &certFiles{cert: h.Cert, key: h.Key, log: log}
		if _, err := f.get(nil); err != nil {
			return nil, fmt.Errorf("certificate for people: %w", err)
		}
		return &tls.Config{GetCertificate: f.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
	}
	return nil, nil
}

// origin is the address by which browsers have the people's pages, empty: as they ask for it.
func (h hubHTTPS) origin() string {
	if h.Proxy != "" {
		return strings.TrimRight(h.Proxy, "/")
	}
	return ""
}

// address is what is told to people.
func (h hubHTTPS) address(l net.Listener) string {
	switch {
	case h.Proxy != "":
		return h.origin()
	case h.ACME != "":
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if port == "443" {
			return "https://" + h.ACME
		}
		return "https://" + net.JoinHostPort(h.ACME, port)
	case h.on():
		return "https://" + reachable(l)
	}
	return "http://" + named(reachable(l))
}

// named is an address on this machine under the name that browsers allow passkeys for.
func named(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && (host == "127.0.0.1" || host == "::1") {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// acme gets certificates and renews them, and keeps them in the hub's folder. The authority's questions come to the people's listener.
func (h hubHTTPS) acme(ctx context.Context, l net.Listener, dir string, log *slog.Logger) (*tls.Config, error) {
	host, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("people's address: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("people's address: %w", err)
	}
	var roots *x509.CertPool
	if h.Roots != "" {
		text, err := os.ReadFile(h.Roots)
		if err != nil {
			return nil, fmt.Errorf("-acme-roots: %w", err)
		}
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("-acme-roots: %s has no certificate in it", h.Roots)
		}
	}
	quiet := zap.NewNop()
	var magic *certmagic.Config
	cache := certmagic.NewCache(certmagic.CacheOptions{Logger: quiet, GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return magic, nil }})
	magic = certmagic.New(cache, certmagic.Config{Storage: &certmagic.FileStorage{Path: filepath.Join(dir, "acme")}, Logger: quiet,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			if event == "cert_obtained" || event == "cert_failed" {
				log.Info("certificate for people", "event", event, "why", data["error"])
			}
			return nil
		}})
	magic.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(magic, certmagic.ACMEIssuer{CA: cmp.Or(h.Authority, certmagic.LetsEncryptProductionCA),
		Email: h.Email, Agreed: true, DisableHTTPChallenge: true, ListenHost: host, AltTLSALPNPort: port, TrustedRoots: roots, Logger: quiet})}
	if err := magic.ManageAsync(ctx, []string{h.ACME}); err != nil {
		cache.Stop()
		return nil, fmt.Errorf("certificate for people: %w", err)
	}
	context.AfterFunc(ctx, cache.Stop)
	config := magic.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.NextProtos = append([]string{"http/1.1"}, config.NextProtos...)
	return config, nil
}

// certFiles are a certificate and a key in files that somebody else renews.
type certFiles struct {
	cert, key string
	log       *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	of   time.Time // when the file was changed that pair is from
	next time.Time
}

// get gives the certificate as the files have it, looking at them once a minute. Files that are half written do not count.
func (f *certFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pair != nil && time.Now().Before(f.next) {
		return f.pair, nil
	}
	f.next = time.Now().Add(time.Minute)
	info, err := os.Stat(f.cert)
	if err == nil && f.pair != nil && info.ModTime().Equal(f.of) {
		return f.pair, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(f.cert, f.key)
	}
	if err != nil {
		if f.pair != nil {
			f.log.Warn("the certificate for people was not read again", "why", err)
			return f.pair, nil
		}
		return nil, err
	}
	f.pair, f.of = &pair, info.ModTime()
	return f.pair, nil
}
