// SPDX-License-Identifier: Apache-2.0

//go:build race

package printer

// underRace says that the race detector is on, which makes arithmetic ten times slower.
const underRace = true
