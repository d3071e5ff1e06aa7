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
func (p *Printer) receive(line *os.File) {
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
			p.realTime(c)
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
	for !p.o.Drops && len(p.queue) > 0 && len(p.queue)+len(b) > p.o.Buffer && p.plugged && !p.off {
		p.awake.Wait()
	}
	switch {
	case !p.plugged:
		return false
	case p.off:
		return true
	case p.o.Drops && len(p.queue)+len(b) > p.o.Buffer:
		room := max(0, p.o.Buffer-len(p.queue))
		p.dropped += len(b) - room
		b = b[:room]
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
		if len(p.queue) == 0 || p.paperOut || p.cover || p.fault || p.halted || p.off || p.stuck {
			p.awake.Wait()
			continue
		}
		n := min(len(p.queue), printChunk)
		if p.o.Faults != nil {
			n = 1 // they come at the byte
		}
		chunk := p.queue[:n]
		p.queue = p.queue[n:]
		p.print(chunk)
		if p.o.Faults != nil {
			p.taken += n
			p.o.Faults.look(p)
		}
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

// realTime watches the bytes as they arrive for DLE EOT n and DLE ENQ n, and answers at
// once.
func (p *Printer) realTime(c byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return
	}
	p.tail = append(p.tail, c)
	if len(p.tail) > 3 {
		p.tail = p.tail[len(p.tail)-3:]
	}
	if len(p.tail) < 3 || p.tail[0] != 0x10 {
		return
	}
	cmd, n := p.tail[1], p.tail[2]
	switch cmd {
	case 0x04:
		if n < 1 || n > 5 {
			return
		}
		p.tail = nil
		p.reply([]byte{p.status(n)})
	case 0x05:
		p.tail = nil
		switch {
		case n == 1 && p.halted && !p.fault && !p.cover:
			// On, from where it stopped.
			p.halted = false
			p.notify()
		case n == 2 && (p.fault || p.paperOut || p.cover || p.halted):
			// Recover by forgetting what waits, from the next byte on.
			p.forget()
			p.halted = false
			p.notify()
		}
	}
}

// reply sends b; p.mu is held.
func (p *Printer) reply(b []byte) {
	if len(b) == 0 || p.o.Mute || p.answers == nil {
		return
	}
	select {
	case p.answers <- b:
	default: // nobody reads answers
	}
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
		set(p.paperOut || p.cover || p.fault || p.halted, 0x08) // offline
	case 2:
		set(p.cover, 0x04)
		set(p.paperOut, 0x20)
		set(p.fault || p.halted, 0x40)
	case 3:
		set(p.halted, 0x04)
		set(p.fault, 0x08) // the cutter
	case 4:
		set(p.paperLow || p.paperOut, 0x0C)
		set(p.paperOut, 0x60)
	case 5:
		set(p.held, 0x04) // the presenter's mouth
	}
	return s
}

// tellUnasked sends the four bytes of the automatic status when they have changed, or now
// that it has been asked for; p.mu is held.
func (p *Printer) tellUnasked(now bool) {
	if p.unasked == 0 || p.off {
		return
	}
	b := [4]byte{0x10, 0, 0, 0x0F}
	set := func(on bool, i int, bits byte) {
		if on {
			b[i] |= bits
		}
	}
	set(p.paperOut || p.cover || p.fault || p.halted, 0, 0x08)
	set(p.cover, 0, 0x20)
	set(p.fault, 1, 0x08)
	set(p.halted, 1, 0x04)
	set(p.paperLow || p.paperOut, 2, 0x03)
	set(p.paperOut, 2, 0x0C)
	if now || b != p.told {
		p.told = b
		p.reply(b[:])
	}
}

// inOrderReply answers GS r, GS I and GS a, which wait their turn behind the printing.
func (p *Printer) inOrderReply(cmd, n byte) []byte {
	switch {
	case cmd == '@':
		p.unasked = 0
	case cmd == 'a':
		p.unasked = n
		p.tellUnasked(true)
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
	case cmd == 'I' && n == 68: // its serial number
		number := p.o.Number
		if number == "" {
			number = "1"
		}
		return append(append([]byte{'_'}, number...), 0)
	}
	return nil
}
