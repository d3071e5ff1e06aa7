// SPDX-License-Identifier: Apache-2.0

package kiosk

// State is the typed state of the page that the companion explains now; "" for an ordinary one.
func (s *Session) State() string { return "" }

// waiting tells whether the present step is one to wait for.
func (s *Session) waiting() bool { return false }
