// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Side is one end of a sealed call.
type Side int

const (
	TerminalSide Side = iota
	VolunteerSide
)

// Frame format: one byte of form, an 8-byte big-endian counter, then AES-256-GCM ciphertext with its 16-byte tag. The
// first nine bytes are the additional data, so neither form nor order can be changed. The nonce is four zero bytes and
// the counter; each direction has its own key, so a nonce never repeats under a key.
const (
	formPlain    = 1 // the sealed bytes are the content
	formDeflated = 2 // the sealed bytes are the content in DEFLATE (RFC 1951)

	frameHead = 9
	// deflateFrom is the size from which deflating pays; below it the length tells more than it saves.
	deflateFrom = 256
	// maxContent bounds what a frame may unpack to.
	maxContent = 1 << 20
)

// ErrSeal is wrapped by every error of Open: the frame is not one that the other side sealed for now.
var ErrSeal = errors.New("sealed frame refused")

// Seal is one call's sealed channel between a terminal's session and a volunteer's page: ECDH P-256 (NIST SP 800-56A),
// HKDF-SHA256 (RFC 5869) with a salt that binds the request and both keys, AES-256-GCM with counters. ui/parts/seal.ts is
// its twin; testdata/seal.json holds vectors for both. Safe for use by several goroutines.
//
// That the same two keys are at both ends is seen in CheckDigits, if somebody compares them; four digits do not stop a hub that
// searches for keys with equal digits. Against that, the volunteer's page checks that a terminal certified by the office's CA
// has signed its key (ui/parts/certificate.ts), and ends the call otherwise. It keeps the CA's key from the first time it was
// opened in a browser. Whoever has the hub's folder has the CA, and can certify what they like. The terminal does not check the
// volunteer's key: who answers, it takes from the hub.
type Seal struct {
	mu         sync.Mutex
	out, in    cipher.AEAD
	sent, seen uint64
	digits     string
	packer     *flate.Writer // nil until it is wanted
	unpacker   io.ReadCloser
}

// NewKey makes a session's or volunteer's ephemeral key.
func NewKey() (*ecdh.PrivateKey, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("ephemeral key: %w", err)
	}
	return key, nil
}

// NewSeal opens the channel of one request from this side's private key and the other side's public point.
func NewSeal(side Side, requestID string, mine *ecdh.PrivateKey, theirs []byte) (*Seal, error) {
	peer, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		return nil, errors.New("the other side's key is not a point of P-256")
	}
	secret, err := mine.ECDH(peer)
	if err != nil {
		return nil, fmt.Errorf("key agreement: %w", err)
	}
	terminal, volunteer := mine.PublicKey().Bytes(), theirs
	if side == VolunteerSide {
		terminal, volunteer = volunteer, terminal
	}
	h := sha256.New()
	h.Write([]byte(requestID))
	h.Write(terminal)
	h.Write(volunteer)
	prk, err := hkdf.Extract(sha256.New, secret, h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("key derivation: %w", err)
	}
	t2v, err := newGCM(prk, "handrail t2v")
	if err != nil {
		return nil, err
	}
	v2t, err := newGCM(prk, "handrail v2t")
	if err != nil {
		return nil, err
	}
	check, err := hkdf.Expand(sha256.New, prk, "handrail check digits", 8)
	if err != nil {
		return nil, fmt.Errorf("key derivation: %w", err)
	}
	s := &Seal{out: t2v, in: v2t, digits: fmt.Sprintf("%04d", binary.BigEndian.Uint64(check)%10000)}
	if side == VolunteerSide {
		s.out, s.in = v2t, t2v
	}
	return s, nil
}

func newGCM(prk []byte, info string) (cipher.AEAD, error) {
	key, err := hkdf.Expand(sha256.New, prk, info, 32)
	if err != nil {
		return nil, fmt.Errorf("key derivation: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key derivation: %w", err)
	}
	return cipher.NewGCM(block)
}

// CheckDigits are four decimal digits that are the same on both sides when nobody put other keys in between by chance.
func (s *Seal) CheckDigits() string { return s.digits }

// Seal makes the next frame from content.
func (s *Seal) Seal(content []byte) ([]byte, error) {
	if len(content) > maxContent {
		return nil, fmt.Errorf("content of %d bytes is too large to seal", len(content))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	form := byte(formPlain)
	if len(content) >= deflateFrom {
		form = formDeflated
		content = s.deflate(content)
	}
	if len(content)+frameHead+16 > MaxFrame {
		return nil, fmt.Errorf("content of %d bytes is too large to seal", len(content))
	}
	s.sent++
	frame := make([]byte, frameHead, frameHead+len(content)+16)
	frame[0] = form
	binary.BigEndian.PutUint64(frame[1:], s.sent)
	return s.out.Seal(frame, nonce(s.sent), content, frame[:frameHead]), nil
}

// Open reads a frame of the other side. Frames may be lost on the way but never come twice or in another order: a
// counter that does not grow is refused.
func (s *Seal) Open(frame []byte) ([]byte, error) {
	if len(frame) < frameHead+16 || len(frame) > MaxFrame {
		return nil, fmt.Errorf("%w: wrong size", ErrSeal)
	}
	form, counter := frame[0], binary.BigEndian.Uint64(frame[1:])
	if form != formPlain && form != formDeflated {
		return nil, fmt.Errorf("%w: unknown form", ErrSeal)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if counter <= s.seen {
		return nil, fmt.Errorf("%w: it came before", ErrSeal)
	}
	content, err := s.in.Open(nil, nonce(counter), frame[frameHead:], frame[:frameHead])
	if err != nil {
		return nil, fmt.Errorf("%w: it was not sealed with this call's key", ErrSeal)
	}
	s.seen = counter
	if form == formDeflated {
		if content, err = s.inflate(content); err != nil {
			return nil, err
		}
	}
	return content, nil
}

func nonce(counter uint64) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint64(n[4:], counter)
	return n
}

// deflate packs content by itself, with nothing of what was packed before. What does it is made once a call: making it takes many times
// as long as packing. The lock is held.
func (s *Seal) deflate(content []byte) []byte {
	var out bytes.Buffer
	if s.packer == nil {
		s.packer, _ = flate.NewWriter(nil, flate.BestCompression) // the level is valid
	}
	s.packer.Reset(&out)
	s.packer.Write(content)
	s.packer.Close()
	return out.Bytes()
}

// inflate unpacks what deflate packed. The lock is held.
func (s *Seal) inflate(data []byte) ([]byte, error) {
	if s.unpacker == nil {
		s.unpacker = flate.NewReader(bytes.NewReader(data))
	} else if err := s.unpacker.(flate.Resetter).Reset(bytes.NewReader(data), nil); err != nil {
		return nil, fmt.Errorf("%w: it does not unpack", ErrSeal)
	}
	content, err := io.ReadAll(io.LimitReader(s.unpacker, maxContent+1))
	if err != nil {
		return nil, fmt.Errorf("%w: it does not unpack", ErrSeal)
	}
	if len(content) > maxContent {
		return nil, fmt.Errorf("%w: it unpacks to too much", ErrSeal)
	}
	return content, nil
}
