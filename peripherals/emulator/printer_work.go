// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"os"
	"time"
)

// printChunk is how many bytes are printed before others may look at the paper.
const printChunk = 512

// receive takes bytes from the line into the buffer, and answers real-time
// commands at once, wherever they stand, as printers do.
func (p *Printer) receive(line *os.File, answers chan<- []byte) {
	buf := make([]byte, 1024)
	if p.o.Baud > 0 {
		// A hundredth of a second's bytes, so that what is first arrives first.
		buf = buf[:min(len(buf), max(1, p.o.Baud/10/100))]
	}
	var free time.Time // when the line has carried all that it was given
	for {
		asked := time.Now()
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		if p.o.Baud > 0 {
			// Bytes that were waiting have been on the line since it was free.
			if now := time.Now(); free.Before(now) && now.Sub(asked) > 5*time.Millisecond || now.Sub(free) > 200*time.Millisecond {
				free = now
			}
			// Ten bits on the line make a byte.
			free = free.Add(time.Duration(n) * 10 * time.Second / time.Duration(p.o.Baud))
			time.Sleep(time.Until(free))
		}
		for _, c := range buf[:n] {
			if reply := p.realTime(c); reply != nil && !p.o.Mute {
				select {
				case answers <- reply:
				default:
				}
			}
		}
		if !p.enqueue(buf[:n]) {
			return
		}
	}
}

// enqueue adds to the buffer, waiting while it is full; false when unplugged.
func (p *Printer) enqueue(b []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 && len(p.queue)+len(b) > p.o.Buffer && p.plugged {
		p.awake.Wait()
	}
	if !p.plugged {
		return false
	}
	p.queue = append(p.queue, b...)
	p.awake.Broadcast()
	return true
}

// work prints what is in the buffer while there is paper and the cover is closed.
func (p *Printer) work(gone <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		select {
		case <-gone:
			return
		default:
		}
		if len(p.queue) == 0 || p.paperOut || p.cover || p.fault {
			p.awake.Wait()
			continue
		}
		n := min(len(p.queue), printChunk)
		chunk := p.queue[:n]
		p.queue = p.queue[n:]
		p.print(chunk)
		p.notify()
		p.mu.Unlock() // let others look
		p.mu.Lock()
	}
}

// print decodes a chunk, and counts real-time commands that stand in the data of
// another command.
func (p *Printer) print(chunk []byte) {
	for i, c := range chunk {
		if b := p.view.buf; len(b) > 1 && b[0] != 0x10 && b[len(b)-1] == 0x10 && realTimeSecond(c) {
			p.view.paper.realTime++
		}
		p.view.write(chunk[i : i+1])
	}
}

func realTimeSecond(c byte) bool { return c == 0x04 || c == 0x05 || c == 0x14 }

// realTime watches the bytes as they arrive for DLE EOT n and DLE ENQ n, and gives
// the answer to send at once, if any.
func (p *Printer) realTime(c byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tail = append(p.tail, c)
	if len(p.tail) > 3 {
		p.tail = p.tail[len(p.tail)-3:]
	}
	if len(p.tail) < 3 || p.tail[0] != 0x10 {
		return nil
	}
	cmd, n := p.tail[1], p.tail[2]
	switch cmd {
	case 0x04:
		if n < 1 || n > 4 {
			return nil
		}
		p.tail = nil
		return []byte{p.status(n)}
	case 0x05:
		p.tail = nil
		if n == 2 && (p.fault || p.paperOut || p.cover) {
			// Recover by forgetting what waits, from the next byte on.
			p.queue, p.view.buf = nil, nil
			p.view.line = lineBuffer{}
			p.notify()
		}
	}
	return nil
}

// status answers DLE EOT n. Bits 1 and 4 are always set, 0 and 7 never.
func (p *Printer) status(n byte) byte {
	s := byte(0x12)
	set := func(on bool, bits byte) {
		if on {
			s |= bits
		}
	}
	switch n {
	case 1:
		set(p.paperOut || p.cover || p.fault, 0x08) // offline
	case 2:
		set(p.cover, 0x04)
		set(p.paperOut, 0x20)
		set(p.fault, 0x40)
	case 3:
		set(p.fault, 0x08) // the cutter
	case 4:
		set(p.paperLow || p.paperOut, 0x0C)
		set(p.paperOut, 0x60)
	}
	return s
}

// inOrderReply answers GS r and GS I, which wait their turn behind the printing.
func (p *Printer) inOrderReply(cmd, n byte) []byte {
	switch {
	case cmd == 'r' && (n == 1 || n == '1'):
		var s byte
		if p.paperLow {
			s |= 0x03
		}
		return []byte{s}
	case cmd == 'r' && (n == 2 || n == '2'):
		return []byte{0}
	case cmd == 'I' && (n == 1 || n == '1'):
		return []byte{0x20}
	case cmd == 'I' && n == 67: // the model's name
		return append(append([]byte{'_'}, "HANDRAIL-TM"...), 0)
	}
	return nil
}
