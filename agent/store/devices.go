// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"time"

	"handrail/peripherals"
)

// Device is how a device was when it was last heard of.
type Device struct {
	Name  string
	State peripherals.State
	Since time.Time
	// Fault is what was last wrong with it; empty if nothing ever was.
	Fault   peripherals.State
	FaultAt time.Time
}

// NoteDevice takes down that a device has come to a state.
func (s *Store) NoteDevice(name string, state peripherals.State, at time.Time) error {
	if !state.Valid() || !counterName.MatchString(name) {
		return errors.New("devices: not a device in a state that there is")
	}
	fault := ""
	if state.Attend() {
		fault = string(state)
	}
	_, err := s.db.Exec(`INSERT INTO devices (name, state, since, fault, fault_at) VALUES (?1, ?2, ?3, ?4, iif(?4 = '', 0, ?3))
		ON CONFLICT (name) DO UPDATE SET since = iif(state = ?2, since, ?3), state = ?2,
			fault = iif(?4 = '', fault, ?4), fault_at = iif(?4 = '', fault_at, ?3)`,
		name, string(state), at.UnixMilli(), fault)
	return wrap("devices", err)
}

// Devices lists the devices that were ever heard of.
func (s *Store) Devices() ([]Device, error) {
	rows, err := s.db.Query(`SELECT name, state, since, fault, fault_at FROM devices ORDER BY name`)
	if err != nil {
		return nil, wrap("devices", err)
	}
	defer rows.Close()
	var all []Device
	for rows.Next() {
		var d Device
		var since, faultAt int64
		if err := rows.Scan(&d.Name, &d.State, &since, &d.Fault, &faultAt); err != nil {
			return nil, wrap("devices", err)
		}
		d.Since, d.FaultAt = time.UnixMilli(since), time.UnixMilli(faultAt)
		all = append(all, d)
	}
	return all, wrap("devices", rows.Err())
}
