// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// tlsLines is how many lines over mutual TLS are measured at most: their handshakes take both sides half a millisecond each.
const tlsLines = 3000

// lineCost is what an idle terminal's line costs a hub in memory, over mutual TLS as terminals come. The hub is a new one.
func lineCost(ctx context.Context, connections int) (bytes float64, err error) {
	o, err := openOurs(ctx, true)
	if err != nil {
		return 0, err
	}
	defer o.close()
	n := min(connections, tlsLines)
	first, err := startQueue(ctx, "wss://"+o.lines+"/terminal/ws?id=f", "", min(n, 50)) // what the first take is everybody's
	if err != nil {
		return 0, err
	}
	defer first.close()
	before, err := settledMemory(ctx, o.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	rest, err := startQueue(ctx, "wss://"+o.lines+"/terminal/ws?id=q", "", n)
	if err != nil {
		return 0, err
	}
	defer rest.close()
	after, err := settledMemory(ctx, o.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(n), nil
}

// settledMemory is a process's memory once the collector has been by.
func settledMemory(ctx context.Context, pid int) (int64, error) {
	select {
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return resident(pid)
}

// lineKey is the certificate of a terminal that nobody has enrolled: as large as an enrolled one's, and another for each.
func lineKey(i int) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(i) + 1<<60), Subject: pkix.Name{CommonName: fmt.Sprintf("terminal %032d", i)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	// Who the hub is makes no difference to what a line costs it.
	return &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}

// diskWait writes as much as a request takes of a database's log, over what was written before, and waits for the disk: what no
// hub that keeps what it was told can be faster than.
type diskWait struct {
	file *os.File
	data []byte
	n    int64
}

// diskPages is how many pages of 4 KiB, with their headers, the hub's database writes for a request.
const diskPages = 6

func openDiskWait(folder string) (*diskWait, error) {
	f, err := os.Create(filepath.Join(folder, "disk"))
	if err != nil {
		return nil, err
	}
	d := &diskWait{file: f, data: make([]byte, diskPages*(4096+24))}
	for range 100 {
		if _, err := f.Write(d.data); err != nil {
			f.Close()
			return nil, err
		}
	}
	return d, f.Sync()
}

func (d *diskWait) wait() (time.Duration, error) {
	d.n = (d.n + 1) % 100
	began := time.Now()
	if _, err := d.file.WriteAt(d.data, d.n*int64(len(d.data))); err != nil {
		return 0, err
	}
	err := syscall.Fdatasync(int(d.file.Fd()))
	return time.Since(began), err
}

func (d *diskWait) close() { d.file.Close() }
