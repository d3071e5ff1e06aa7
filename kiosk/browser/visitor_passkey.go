// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
)

// Authenticator gives the visitor's browser an authenticator of its own, which says yes to whatever a page asks of it: what
// a person's phone or computer is for passkeys. It has the extension prf.
func (v *Visitor) Authenticator() error { return v.authenticator(true) }

// PlainAuthenticator gives it one without the extension prf.
func (v *Visitor) PlainAuthenticator() error { return v.authenticator(false) }

func (v *Visitor) authenticator(prf bool) error {
	ctx, cancel := context.WithTimeout(v.ctx, callTimeout)
	defer cancel()
	if _, err := cdp.Call(ctx, v.target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		return err
	}
	_, err := cdp.Call(ctx, v.target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true, HasPrf: prf}})
	return err
}
