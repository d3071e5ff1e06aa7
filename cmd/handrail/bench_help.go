// SPDX-License-Identifier: Apache-2.0

package main

func (b *benchRun) help(bytes, latency bool) error { return nil }
