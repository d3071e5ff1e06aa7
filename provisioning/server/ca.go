// SPDX-License-Identifier: Apache-2.0

package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"handrail/provisioning"
)

const (
	caLife      = 20 * 365 * 24 * time.Hour
	hubCertLife = 90 * 24 * time.Hour
	// early lets a machine whose clock is a little behind accept a fresh certificate.
	early = time.Hour
)

// authority is the office's CA: one P-256 key in the hub's folder. Losing it means enrolling every terminal again.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	now         func() time.Time

	mu  sync.Mutex
	hub *tls.Certificate
}

// openAuthority reads ca.pem and ca.key in dir, or makes them.
func openAuthority(dir, office string, now func() time.Time) (*authority, error) {
	a := &authority{now: now}
	keyPath, certPath := filepath.Join(dir, "ca.key"), filepath.Join(dir, "ca.pem")
	text, err := os.ReadFile(certPath)
	if errors.Is(err, fs.ErrNotExist) {
		return a, a.create(office, keyPath, certPath)
	}
	if err != nil {
		return nil, fmt.Errorf("office's CA: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("office's CA: %s is not a PEM file", certPath)
	}
	if a.certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nil, fmt.Errorf("office's CA: %w", err)
	}
	if text, err = os.ReadFile(keyPath); err != nil {
		return nil, fmt.Errorf("office's CA: %w", err)
	}
	if block, _ = pem.Decode(text); block == nil {
		return nil, fmt.Errorf("office's CA: %s is not a PEM file", keyPath)
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("office's CA: %w", err)
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(a.certificate.PublicKey) {
		return nil, errors.New("office's CA: ca.key does not belong to ca.pem")
	}
	a.key = key
	return a, nil
}

func (a *authority) create(office, keyPath, certPath string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("office's CA: %w", err)
		}
	}()
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Handrail office CA", Organization: []string{office}},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(caLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return err
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	// The key first: a folder with ca.pem is complete.
	if err = writeNew(keyPath, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}, 0o600); err != nil {
		return err
	}
	return writeNew(certPath, &pem.Block{Type: "CERTIFICATE", Bytes: der}, 0o644)
}

func writeNew(path string, block *pem.Block, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if err := pem.Encode(f, block); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// issue checks a certificate request, which proves that whoever asks holds the key, and signs a terminal's certificate.
// Nothing but the public key is taken from the request.
func (a *authority) issue(request []byte, life time.Duration) (*x509.Certificate, error) {
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, errors.New("the certificate request is malformed")
	}
	key, ok := csr.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("a terminal's key is a P-256 key")
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, errors.New("the certificate request is not signed with its own key")
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: provisioning.ID(csr.RawSubjectPublicKeyInfo)},
		NotBefore:    now.Add(-early), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("terminal's certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// hubCertificate is the hub's own for its terminals. Its key lives in memory and it is renewed before it runs out.
func (a *authority) hubCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	if a.hub != nil && now.Before(a.hub.Leaf.NotAfter.Add(-hubCertLife/3)) {
		return a.hub, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Handrail hub"}, DNSNames: []string{provisioning.HubServerName},
		NotBefore: now.Add(-early), NotAfter: now.Add(hubCertLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	// The CA goes along so that a terminal that enrols can recognise it by its fingerprint.
	a.hub = &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key, Leaf: leaf}
	return a.hub, nil
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return n.Add(n, big.NewInt(1))
}
