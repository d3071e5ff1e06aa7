// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// apartEnv marks a process that runs in a file tree and a network of its own.
const apartEnv = "HANDRAIL_APART"

// apart runs this command again in a file tree and a network of its own, where it may change what it likes, and gives its exit status.
// An ordinary user needs user namespaces for it.
func apart(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := self()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], args...)...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Env = append(os.Environ(), apartEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN, unix.CAP_NET_BIND_SERVICE}
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	}
	fmt.Fprintf(stderr, "handrail %s: it cannot have a network of its own here, without which nothing is tried (as root it can, or where user namespaces are allowed): %v\n", args[0], err)
	return 1
}

// isApart tells whether this process is the one that apart started.
func isApart() bool { return os.Getenv(apartEnv) != "" }

// coverEtc puts files of ours over those of the machine, for this file tree only: the resolver's address, and browsers' managed policy.
func coverEtc(dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("a file tree of its own: %w", err)
	}
	resolver := filepath.Join(dir, "resolv.conf")
	if err := os.WriteFile(resolver, []byte("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"), 0o644); err != nil {
		return err
	}
	over, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil {
		return fmt.Errorf("this machine has no /etc/resolv.conf that could be covered: %w", err)
	}
	if err := unix.Mount(resolver, over, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("covering %s: %w", over, err)
	}
	if err := unix.Mount("tmpfs", "/etc/chromium", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=0755"); err != nil {
		return fmt.Errorf("covering /etc/chromium: %w", err)
	}
	return os.MkdirAll("/etc/chromium/policies/managed", 0o755)
}
