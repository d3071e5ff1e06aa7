// SPDX-License-Identifier: Apache-2.0

package provisioning

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// HubServerName is the name every hub's certificate carries, whatever its address: terminals recognise their office by its
// CA, and an office may move its hub to another address.
const HubServerName = "hub.handrail.internal"

// ErrNotEnrolled is returned by Load where there is no identity yet.
var ErrNotEnrolled = errors.New("this terminal is not enrolled")

// Identity is what a terminal is to its office.
type Identity struct {
	// ID is the hex of the first 16 bytes of the SHA-256 of the public key (SubjectPublicKeyInfo).
	ID string
	// Name and Place are the office's words for it: "Terminal 2", "Library Esch-Belval".
	Name, Place, Office string
	// Hub is the https address of the hub's listener for terminals.
	Hub string
	CA  *x509.Certificate

	certificate atomic.Pointer[x509.Certificate] // changes when it is renewed
	key         *ecdsa.PrivateKey
	dir         string
}

// Certificate is the terminal's, for now.
func (id *Identity) Certificate() *x509.Certificate { return id.certificate.Load() }

// Files of an identity's folder. The key is made first and never changes; the certificate comes last, so that a folder
// with a certificate is complete.
const (
	keyFile         = "key.pem"
	certificateFile = "certificate.pem"
	caFile          = "ca.pem"
	aboutFile       = "terminal.json"
)

type about struct {
	Name   string `json:"name"`
	Place  string `json:"place"`
	Office string `json:"office"`
	Hub    string `json:"hub"`
}

// ID is the id of a terminal with this public key (DER SubjectPublicKeyInfo).
func ID(spki []byte) string {
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:16])
}

// Load reads the identity that Enrol left in dir.
func Load(dir string) (*Identity, error) {
	certificate, err := readCertificate(filepath.Join(dir, certificateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotEnrolled
	}
	if err != nil {
		return nil, fmt.Errorf("terminal's identity: %w", err)
	}
	id := &Identity{dir: dir, ID: ID(certificate.RawSubjectPublicKeyInfo)}
	id.certificate.Store(certificate)
	if id.CA, err = readCertificate(filepath.Join(dir, caFile)); err != nil {
		return nil, fmt.Errorf("terminal's identity: %w", err)
	}
	if id.key, err = readKey(filepath.Join(dir, keyFile)); err != nil {
		return nil, fmt.Errorf("terminal's identity: %w", err)
	}
	if !id.key.PublicKey.Equal(certificate.PublicKey) {
		return nil, errors.New("terminal's identity: the certificate belongs to another key")
	}
	text, err := os.ReadFile(filepath.Join(dir, aboutFile))
	if err != nil {
		return nil, fmt.Errorf("terminal's identity: %w", err)
	}
	var a about
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("terminal's identity: %s: %w", aboutFile, err)
	}
	id.Name, id.Place, id.Office, id.Hub = a.Name, a.Place, a.Office, a.Hub
	return id, nil
}

// TLS is how the terminal meets its hub: mutual, TLS 1.3, trusting its own office's CA and nobody else.
func (id *Identity) TLS() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(id.CA)
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		RootCAs:    roots,
		ServerName: HubServerName,
		// GetClientCertificate instead of Certificates: a listener that names no CA must get the certificate as well.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			own := id.Certificate()
			return &tls.Certificate{Certificate: [][]byte{own.Raw}, PrivateKey: id.key, Leaf: own}, nil
		},
	}
}

// SocketURL is the address of the hub's websocket for terminals.
func (id *Identity) SocketURL() string {
	u, err := url.Parse(id.Hub)
	if err != nil {
		return ""
	}
	u.Scheme = "wss"
	return u.JoinPath("/terminal/ws").String()
}

// Sign signs a message that begins with "handrail ", which nothing in TLS or X.509 does: ECDSA P-256 over its SHA-256,
// ASN.1.
func (id *Identity) Sign(message []byte) ([]byte, error) {
	if !bytes.HasPrefix(message, []byte("handrail ")) {
		return nil, errors.New("a terminal signs nothing but messages of ours")
	}
	sum := sha256.Sum256(message)
	return ecdsa.SignASN1(rand.Reader, id.key, sum[:])
}

// Verify checks a signature made by Sign against a terminal's certificate.
func Verify(certificate *x509.Certificate, message, signature []byte) bool {
	key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	sum := sha256.Sum256(message)
	return ok && ecdsa.VerifyASN1(key, sum[:], signature)
}

// Due tells whether it is time to renew the certificate: less than a third of its life is left.
func (id *Identity) Due(now time.Time) bool {
	own := id.Certificate()
	return now.After(own.NotAfter.Add(-own.NotAfter.Sub(own.NotBefore) / 3))
}

// bornKey reads the key in dir, or makes it.
func bornKey(dir string) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(dir, keyFile)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("terminal's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("terminal's key: %w", err)
	}
	return key, writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("terminal's key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("terminal's key: %s is not a PEM file", path)
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("terminal's key: %w", err)
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("terminal's key: %s is not a P-256 key", path)
	}
	return key, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not a PEM file", path)
	}
	return x509.ParseCertificate(block.Bytes)
}

func pemCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// writeFile puts a file in place in one step, on disk, for its owner only.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
