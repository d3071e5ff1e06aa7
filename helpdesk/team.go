// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
)

// A language's team is the volunteers of that language. It has a key, P-256, to which a terminal seals what waits for whoever of
// them comes first. The page of the first volunteer makes it; its private half is sealed to the key of every member (OwnKey), and
// lies at the hub as ciphertext. When somebody leaves the team, the page of the next member makes a new one. ui/parts/team-key.ts
// is the twin of what follows.

// ForTeam is a Situation that is sealed to a team's key.
type ForTeam struct {
	// Key is the team's, as the terminal had it.
	Key  []byte `json:"key"`
	Data []byte `json:"data"`
}

// SealForTeam seals a situation to a team's key, for one request or ticket; OpenSituation opens it.
func SealForTeam(team []byte, id string, s Situation) (*ForTeam, error) {
	data, err := SealSituation(team, id, s)
	if err != nil {
		return nil, err
	}
	return &ForTeam{Key: team, Data: data}, nil
}

func (f *ForTeam) check() error {
	if f == nil {
		return nil
	}
	if len(f.Data) == 0 || len(f.Data) > maxSituation {
		return errors.New("team: empty or too large")
	}
	return checkKey(f.Key)
}

func teamInfo(language string, team, holder []byte) []byte {
	text := base64.StdEncoding.EncodeToString
	return []byte("handrail team key v1\x00" + language + "\x00" + text(team) + "\x00" + text(holder))
}

// SealTeamKey seals a team's private key (PKCS #8) to a member's public key.
func SealTeamKey(team *ecdh.PrivateKey, language string, holder []byte) ([]byte, error) {
	point, err := ecdh.P256().NewPublicKey(holder)
	if err != nil {
		return nil, errors.New("the member's key is not a point of P-256")
	}
	to, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("sealing a team's key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(team)
	if err != nil {
		return nil, fmt.Errorf("sealing a team's key: %w", err)
	}
	return hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), teamInfo(language, team.PublicKey().Bytes(), holder), der)
}

// OpenTeamKey opens a copy that was sealed to this member. It refuses one of another team, or whose halves do not fit; its error
// wraps ErrSeal.
func OpenTeamKey(holder *ecdh.PrivateKey, language string, team, data []byte) (*ecdh.PrivateKey, error) {
	mine, err := hpke.NewDHKEMPrivateKey(holder)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	der, err := hpke.Open(mine, hpke.HKDFSHA256(), hpke.AES256GCM(), teamInfo(language, team, holder.PublicKey().Bytes()), data)
	if err != nil {
		return nil, fmt.Errorf("%w: it was not sealed to this member for this team", ErrSeal)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%w: it holds no key", ErrSeal)
	}
	// The parser takes an ECDH key of P-256 for one that signs: the two have the same form.
	e, ok := parsed.(interface {
		ECDH() (*ecdh.PrivateKey, error)
	})
	if !ok {
		return nil, fmt.Errorf("%w: it holds a key of another kind", ErrSeal)
	}
	key, err := e.ECDH()
	if err != nil || sha256.Sum256(key.PublicKey().Bytes()) != sha256.Sum256(team) {
		return nil, fmt.Errorf("%w: it holds the key of another team", ErrSeal)
	}
	return key, nil
}
