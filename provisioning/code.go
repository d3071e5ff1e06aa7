// SPDX-License-Identifier: Apache-2.0

package provisioning

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"errors"
	"strings"
)

// alphabet is Crockford's base 32: no I, L, O or U, so that nobody has to ask "one or ell?".
var alphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

const (
	// SecretLength characters of 5 bits each: 40 bits, single use, fifteen minutes, rate-limited.
	SecretLength = 8
	// fingerprintLength characters: 80 bits, so that no other CA can be made to fit.
	fingerprintLength = 16
)

// Code is a one-time enrolment code.
type Code struct {
	// Secret is what the hub checks, eight characters without dashes.
	Secret string
	// Fingerprint is the beginning of the CA's, sixteen characters without dashes.
	Fingerprint string
}

// ErrCode is returned for text that is not a code at all.
var ErrCode = errors.New("this is not an enrolment code: it looks like XXXX-XXXX@XXXX-XXXX-XXXX-XXXX")

// NewCode makes a code for an office.
func NewCode(ca *x509.Certificate) Code {
	var b [5]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return Code{Secret: alphabet.EncodeToString(b[:]), Fingerprint: Fingerprint(ca)}
}

// Fingerprint names a CA: the first 80 bits of the SHA-256 of its public key (SubjectPublicKeyInfo).
func Fingerprint(ca *x509.Certificate) string {
	sum := sha256.Sum256(ca.RawSubjectPublicKeyInfo)
	return alphabet.EncodeToString(sum[:fingerprintLength*5/8])
}

// String is the code as people read and type it.
func (c Code) String() string { return dashed(c.Secret) + "@" + dashed(c.Fingerprint) }

func dashed(s string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), "-")
}

// ParseCode reads a code as people type it: case, dashes and spaces do not matter, O is 0, I and L are 1.
func ParseCode(text string) (Code, error) {
	if len(text) > 100 {
		return Code{}, ErrCode
	}
	secret, fingerprint, ok := strings.Cut(text, "@")
	if !ok {
		return Code{}, ErrCode
	}
	c := Code{Secret: plain(secret), Fingerprint: plain(fingerprint)}
	if len(c.Secret) != SecretLength || len(c.Fingerprint) != fingerprintLength {
		return Code{}, ErrCode
	}
	for _, s := range []string{c.Secret, c.Fingerprint} {
		if _, err := alphabet.DecodeString(s); err != nil {
			return Code{}, ErrCode
		}
	}
	return c, nil
}

func plain(s string) string {
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(s)))
}

// CheckWords are the four words that both screens show: made from the terminal's public key (SubjectPublicKeyInfo), the
// CA and the code's secret, so that whoever stands in between would have to find a key with the same words while the code lives.
func CheckWords(spki []byte, ca *x509.Certificate, secret string) [4]string {
	h := sha256.New()
	h.Write([]byte("handrail check words v1\x00" + secret + "\x00"))
	own, office := sha256.Sum256(spki), sha256.Sum256(ca.RawSubjectPublicKeyInfo)
	h.Write(own[:])
	h.Write(office[:])
	sum := h.Sum(nil)
	var words [4]string
	for i := range words {
		words[i] = checkWords[sum[i]]
	}
	return words
}
