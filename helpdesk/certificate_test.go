// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"
)

// office is a CA and one terminal of it, as provisioning makes them.
type office struct {
	t        *testing.T
	ca       *x509.Certificate
	caKey    *ecdsa.PrivateKey
	terminal *ecdsa.PrivateKey
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, caKey: ecKey(t), terminal: ecKey(t)}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Handrail office CA", Organization: []string{"Lindenberg ü"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(20 * 365 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, o.caKey.Public(), o.caKey)
	if err == nil {
		o.ca, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// certify makes a certificate with a name; empty: the one that a terminal with this key has.
func (o *office) certify(key *ecdsa.PrivateKey, name string, life time.Duration) []byte {
	o.t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		o.t.Fatal(err)
	}
	if name == "" {
		sum := sha256.Sum256(spki)
		name = hex.EncodeToString(sum[:16])
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, o.ca, key.Public(), o.caKey)
	if err != nil {
		o.t.Fatal(err)
	}
	return der
}

// asks is a request that is signed by a key.
func (o *office) asks(key *ecdsa.PrivateKey, certificate []byte) Request {
	o.t.Helper()
	r := request(o.t)
	sum := sha256.Sum256(r.SignedBytes())
	var err error
	if r.Signature, err = ecdsa.SignASN1(rand.Reader, key, sum[:]); err != nil {
		o.t.Fatal(err)
	}
	r.Certificate = certificate
	return r
}

// The volunteer's page (ui/parts/certificate.ts) takes a terminal of its office, and nothing that a hub could put in its place.
func TestPageChecksTheTerminal(t *testing.T) {
	o, other := newOffice(t), newOffice(t)
	type question struct {
		Request Request `json:"request"`
		CA      []byte  `json:"ca"`
		Now     int64   `json:"now,omitempty"`
	}
	cases := map[string]question{}
	var fine []string
	ca := o.ca.RawSubjectPublicKeyInfo
	ask := func(name string, r Request) { cases[name] = question{Request: r, CA: ca} }
	for i := range 40 { // signatures and serial numbers are of different lengths
		name := "fine " + string(rune('a'+i))
		ask(name, o.asks(o.terminal, o.certify(o.terminal, "", 90*24*time.Hour)))
		fine = append(fine, name)
	}
	good := o.certify(o.terminal, "", 90*24*time.Hour)
	swapped := o.asks(o.terminal, good)
	swapped.PublicKey = point(t)
	ask("the hub's key in place of the terminal's", swapped)
	moved := o.asks(o.terminal, good)
	moved.ID = NewID()
	ask("a signature of another request", moved)
	evil := ecKey(t)
	ask("signed by somebody else", o.asks(evil, good))
	ask("certified by another office", o.asks(other.terminal, other.certify(other.terminal, "", time.Hour)))
	self := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: o.ca.Subject, NotBefore: o.ca.NotBefore, NotAfter: o.ca.NotAfter}
	own, err := x509.CreateCertificate(rand.Reader, self, self, evil.Public(), evil)
	if err != nil {
		t.Fatal(err)
	}
	ask("certified by itself", o.asks(evil, own))
	ask("a certificate of the office that is no terminal's", o.asks(evil, o.certify(evil, "Handrail hub", time.Hour)))
	ask("none at all", o.asks(o.terminal, nil))
	for n := range 24 {
		ask("cut off "+string(rune('a'+n)), o.asks(o.terminal, good[:n*len(good)/24]))
		broken := bytes.Clone(good)
		broken[n*len(good)/24] ^= 0x55
		ask("broken "+string(rune('a'+n)), o.asks(o.terminal, broken))
	}
	late := question{Request: o.asks(o.terminal, good), CA: ca, Now: time.Now().Add(91 * 24 * time.Hour).UnixMilli()}
	cases["run out"] = late
	early := late
	early.Now = time.Now().Add(-48 * time.Hour).UnixMilli()
	cases["not valid yet"] = early

	var answer struct {
		Said        map[string]string `json:"said"`
		Fingerprint string            `json:"fingerprint"`
	}
	askTwin(t, "certificate", []string{"seal", "certificate"}, map[string]any{"cases": cases, "ca": ca}, &answer)
	for name := range cases {
		why, ok := answer.Said[name]
		if isFine := strings.HasPrefix(name, "fine "); !ok || isFine != (why == "") {
			t.Errorf("%s: the page said %q", name, why)
		}
	}
	if len(answer.Said) != len(cases) || len(fine) != 40 {
		t.Errorf("%d cases, %d answers", len(cases), len(answer.Said))
	}
	sum := sha256.Sum256(ca)
	want := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").EncodeToString(sum[:10])
	if got := strings.ReplaceAll(answer.Fingerprint, "-", ""); got != want {
		t.Errorf("the office's name is %s, want %s", got, want)
	}
}
