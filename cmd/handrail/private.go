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
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A rehearsal runs in a machine of its own, as far as the kernel gives us one: processes, network, shared memory and mounts
// are private, every folder that can be written is in memory, and all else is read-only. What it starts cannot outlive it.

const (
	privateCommandName = "private"
	// privateEnv tells a program that it is inside.
	privateEnv = "HANDRAIL_PRIVATE"
	// privateFailed is the exit status of a private machine that could not be made; nothing has been run then.
	privateFailed = 97
)

// privateFolders are in memory and empty at the start.
var privateFolders = []string{"/tmp", "/var/tmp", "/dev/shm", "/run"}

var errNotPrivate = errors.New("this kernel or container gives no private machine")

// isPrivate tells whether this process is inside.
func isPrivate() bool { return os.Getenv(privateEnv) != "" }

// privately runs a command of ours inside. It returns errNotPrivate, with the kernel's reason, when nothing was run.
func privately(ctx context.Context, args []string, stdout, stderr io.Writer) (status int, err error) {
	command := append(self(), append([]string{privateCommandName}, args...)...)
	var said strings.Builder
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) // killed, it takes all that is inside along
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, io.MultiWriter(stderr, &said)
	cmd.Env = append(os.Environ(), privateEnv+"=1", "HOME=/tmp/home", "TMPDIR=/tmp")
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC}
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN}
	}
	cmd.SysProcAttr = attr
	runtime.LockOSThread() // the death signal follows the thread
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w (%w)", errNotPrivate, err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case ctx.Err() != nil:
		return 1, ctx.Err()
	case errors.As(err, &exit) && exit.ExitCode() == privateFailed:
		return 0, fmt.Errorf("%w (%s)", errNotPrivate, strings.TrimSpace(said.String()))
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	}
	return 1, err
}

// privateCommand is the first process inside. It furnishes the machine and then is the command it was given.
func privateCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if !isPrivate() || len(args) == 0 {
		fmt.Fprintln(stderr, "handrail private: this command is started by others, not by hand")
		return 2
	}
	if err := furnishPrivate(); err != nil {
		fmt.Fprintln(stderr, err)
		return privateFailed
	}
	return run(ctx, args, stdout, stderr)
}

func furnishPrivate() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	fd, err := unix.Open(program, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	readOnly := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &readOnly); err != nil {
		return fmt.Errorf("read-only mounts: %w", err)
	}
	for _, dir := range privateFolders {
		if st, err := os.Lstat(dir); err != nil || !st.IsDir() {
			continue // not there, or a link to one of the others
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=50%,mode=1777"); err != nil {
			return fmt.Errorf("memory over %s: %w", dir, err)
		}
	}
	if err := unix.Mount("devpts", "/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0600"); err != nil {
		return fmt.Errorf("private terminals: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("private processes: %w", err)
	}
	for _, dir := range []string{"/tmp/home", "/tmp/.X11-unix"} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
			return err
		}
	}
	// This program may have been under one of the folders.
	if _, err := os.Stat(program); err != nil {
		if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(program, nil, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(fmt.Sprintf("/proc/self/fd/%d", fd), program, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("this program: %w", err)
		}
	}
	return loopback()
}

// loopback starts the loopback interface of a private network.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("private network: %w", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return fmt.Errorf("private network: %w", err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("private network: %w", err)
	}
	return nil
}
