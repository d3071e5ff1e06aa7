// SPDX-License-Identifier: Apache-2.0

// Package provisioning is what a terminal is to its office: an identity born on the machine, its enrolment, and the
// value-free health it reports. The office's side (CA, fleet, admins' desk) is package provisioning/server.
//
// # Identity
//
// A terminal is a P-256 key that was made on it and never leaves it. Its id is the hash of the public key, never a MAC
// address or serial number: those are shared by docks, cloned by refurbishing, or "To be filled by O.E.M.".
//
// # Enrolment
//
// An admin makes a one-time code, somebody at the terminal types it:
//
//	K7QM-4XP2@9F3T-ZK8W-1C5R-XE60
//	secret    fingerprint of the office's CA
//
// What follows the @ lets the terminal recognise the hub (the first 80 bits of the SHA-256 of the CA's public key), so
// the code is never told to anybody else. The terminal sends a certificate request, which proves that it holds the key;
// both screens then show four words made from the terminal's key, the CA and the code, and the admin says whether they
// are the same. Until then the certificate opens nothing.
package provisioning
