// SPDX-License-Identifier: Apache-2.0

package database

// SQLite waits for the disk with fdatasync(2) where it was told, when it was compiled, that the system has it: what was written is on
// the disk, and the file's new size with it. The package that brings it here does not tell it so, and it waits with fsync(2), for the time
// of the file's last change too: then the file system closes its journal with what everybody else has in it, at each commit. Nothing
// else of this program that is written in C waits for the disk.

// #cgo linux LDFLAGS: -Wl,--wrap=fsync
// #include <unistd.h>
// #ifdef __linux__
// int __wrap_fsync(int file) { return fdatasync(file); }
// #endif
import "C"
