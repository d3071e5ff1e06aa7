// SPDX-License-Identifier: Apache-2.0

//go:build !race

package main

// raced tells that the tests look for data races: the program that they start then does so too.
const raced = false
