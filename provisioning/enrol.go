// SPDX-License-Identifier: Apache-2.0

package provisioning

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// EnrolOptions say where to enrol, with which code.
type EnrolOptions struct {
	// Dir is the identity's folder; made if it is not there.
	Dir string
	// Hub is the https address of the hub's listener for terminals.
	Hub string
	// Code is the one-time code as it was typed.
	Code string
	// Name is used if the admin gave none with the code.
	Name string
	// OnWords is told the four words to show as soon as they are known.
	OnWords func(words [4]string)
	// NoWait returns as soon as the certificate is there, without waiting for the admin to compare the words. Until they
	// do, the hub lets the terminal do nothing.
	NoWait bool
	// Every is the pause between two questions whether the admin has decided; 0: one second.
	Every time.Duration
}

// What can go wrong in a way that the person at the terminal can do something about.
var (
	ErrEnrolled  = errors.New("this terminal is enrolled already")
	ErrOtherHub  = errors.New("the hub at this address is not the office's that made the code")
	ErrRefused   = errors.New("the office refused this terminal: the four words were not the same. Ask for a new code")
	ErrBadAnswer = errors.New("the hub's answer makes no sense")
)

// Ask is the body of POST /enrol and, with an empty Secret, of POST /terminal/renew.
type Ask struct {
	Secret string `json:"secret,omitempty"`
	// Request is a PKCS #10 certificate request, DER.
	Request []byte `json:"request"`
	Name    string `json:"name,omitempty"`
}

// Answer is what the hub gives back.
type Answer struct {
	// Certificate is the terminal's, DER.
	Certificate []byte `json:"certificate"`
	Name        string `json:"name"`
	Place       string `json:"place"`
	Office      string `json:"office"`
}

// Standing of a terminal with its office, the answer of GET /terminal/standing.
type Standing struct {
	// State is "pending", "trusted", "refused" or "revoked".
	State string `json:"state"`
}

// Enrol makes this machine a terminal of the office that made the code. It recognises the hub by the code before it tells
// the secret, makes the key if there is none, and returns when the admin has said that the words are the same. Called
// again after an interruption it goes on with the same key.
func Enrol(ctx context.Context, o EnrolOptions) (*Identity, error) {
	code, err := ParseCode(o.Code)
	if err != nil {
		return nil, err
	}
	hub, err := url.Parse(o.Hub)
	if err != nil || hub.Scheme != "https" || hub.Host == "" {
		return nil, fmt.Errorf("the hub's address must look like https://host:port")
	}
	if id, err := Load(o.Dir); err == nil {
		return id, id.resume(ctx, o, code)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	key, err := bornKey(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}

	var ca *x509.Certificate
	client, done := httpClient(pinned(code.Fingerprint, &ca))
	var answer Answer
	err = call(ctx, client, http.MethodPost, hub.JoinPath("/enrol").String(), Ask{Secret: code.Secret, Request: csr, Name: o.Name}, &answer)
	done()
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	certificate, err := own(answer.Certificate, ca, key)
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	id := &Identity{
		ID: ID(certificate.RawSubjectPublicKeyInfo), Name: answer.Name, Place: answer.Place, Office: answer.Office,
		Hub: hub.Scheme + "://" + hub.Host, CA: ca, key: key, dir: o.Dir,
	}
	id.certificate.Store(certificate)
	// The code is used up now: what it gave is kept before anything else can go wrong.
	if err := id.save(); err != nil {
		return nil, err
	}
	return id, id.decide(ctx, o, code)
}

// resume goes on with an enrolment that was interrupted while the words were compared.
func (id *Identity) resume(ctx context.Context, o EnrolOptions, code Code) error {
	client, done := httpClient(id.TLS())
	defer done()
	var s Standing
	if err := call(ctx, client, http.MethodGet, id.Hub+"/terminal/standing", nil, &s); err != nil || s.State != "pending" {
		return ErrEnrolled
	}
	return id.decide(ctx, o, code)
}

func (id *Identity) decide(ctx context.Context, o EnrolOptions, code Code) error {
	if o.OnWords != nil {
		o.OnWords(CheckWords(id.Certificate().RawSubjectPublicKeyInfo, id.CA, code.Secret))
	}
	if o.NoWait {
		return nil
	}
	return id.await(ctx, o.Every)
}

// await asks the hub until the admin has decided.
func (id *Identity) await(ctx context.Context, every time.Duration) error {
	if every == 0 {
		every = time.Second
	}
	client, done := httpClient(id.TLS())
	defer done()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		var s Standing
		err := call(ctx, client, http.MethodGet, id.Hub+"/terminal/standing", nil, &s)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("enrolment: %w", ctx.Err())
		case err == nil && s.State == "trusted":
			return nil
		case err == nil && s.State != "pending":
			// The key is known as refused; the next attempt starts with a new one.
			for _, name := range []string{certificateFile, caFile, aboutFile, keyFile} {
				os.Remove(filepath.Join(id.dir, name))
			}
			return ErrRefused
		}
		// Any other error: the line is down for a moment. The code is used up, so giving up would help nobody.
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// Renew gets a new certificate for the same key and keeps it. The hub renews for months after the old one ran out.
func (id *Identity) Renew(ctx context.Context) error {
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, id.key)
	if err != nil {
		return fmt.Errorf("renewal: %w", err)
	}
	client, done := httpClient(id.TLS())
	defer done()
	var answer Answer
	if err := call(ctx, client, http.MethodPost, id.Hub+"/terminal/renew", Ask{Request: csr}, &answer); err != nil {
		return fmt.Errorf("renewal: %w", err)
	}
	certificate, err := own(answer.Certificate, id.CA, id.key)
	if err != nil {
		return fmt.Errorf("renewal: %w", err)
	}
	if err := writeFile(filepath.Join(id.dir, certificateFile), pemCertificate(certificate.Raw)); err != nil {
		return fmt.Errorf("renewal: %w", err)
	}
	id.certificate.Store(certificate)
	return nil
}

func (id *Identity) save() error {
	text, err := json.MarshalIndent(about{Name: id.Name, Place: id.Place, Office: id.Office, Hub: id.Hub}, "", "  ")
	if err != nil {
		return fmt.Errorf("enrolment: %w", err)
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{aboutFile, text}, {caFile, pemCertificate(id.CA.Raw)}, {certificateFile, pemCertificate(id.Certificate().Raw)}} {
		if err := writeFile(filepath.Join(id.dir, f.name), f.data); err != nil {
			return fmt.Errorf("enrolment: %w", err)
		}
	}
	return nil
}

// own checks that a certificate is this key's and this CA's.
func own(der []byte, ca *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, ErrBadAnswer
	}
	if err := certificate.CheckSignatureFrom(ca); err != nil {
		return nil, fmt.Errorf("%w: the certificate is not the office's", ErrBadAnswer)
	}
	if !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, fmt.Errorf("%w: the certificate belongs to another terminal", ErrBadAnswer)
	}
	return certificate, nil
}

// pinned accepts exactly the hub whose CA has the fingerprint, and says which CA that was.
func pinned(fingerprint string, found **x509.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: HubServerName,
		// There is no root to check against yet; VerifyConnection finds it by its fingerprint and then checks in full.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			for _, ca := range s.PeerCertificates[1:] {
				if !ca.IsCA || Fingerprint(ca) != fingerprint {
					continue
				}
				roots := x509.NewCertPool()
				roots.AddCert(ca)
				if _, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: HubServerName}); err != nil {
					return fmt.Errorf("%w: %w", ErrOtherHub, err)
				}
				*found = ca
				return nil
			}
			return ErrOtherHub
		},
	}
}

func httpClient(c *tls.Config) (*http.Client, func()) {
	t := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: false}
	return &http.Client{Transport: t, Timeout: 20 * time.Second}, t.CloseIdleConnections
}

// call makes one exchange of JSON. An answer that is not 2xx becomes an error in the hub's own words.
func call(ctx context.Context, client *http.Client, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		var refused struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(data, &refused) == nil && refused.Error != "" {
			return errors.New(refused.Error)
		}
		return fmt.Errorf("the hub answered %s", resp.Status)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return ErrBadAnswer
	}
	return nil
}
