// SPDX-License-Identifier: Apache-2.0

package session

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/peripherals"
)

// The people of the office: the bell in the room, the hours of their desk, and the ticket to come back with.

// ticketNumber is six digits that say nothing: a number can be said and read in every language.
func ticketNumber() string {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000))
	if err != nil {
		return ""
	}
	return fmt.Sprint(100_000 + n.Int64())
}

// ringBell, sendBellAway and askBack go to the agent, which keeps them until the hub has them; a number also after this session.
func (w *Worker) ringBell(e kiosk.RingBell) error {
	return w.toHub(&helpdesk.Bell{ID: e.ID, Language: w.session.Lang})
}

func (w *Worker) sendBellAway(e kiosk.SendBellAway) error {
	return w.toHub(&helpdesk.Cancel{ID: e.ID})
}

func (w *Worker) askBack(e kiosk.AskBack) error {
	return w.toHub(&helpdesk.Bell{ID: e.ID, Language: w.session.Lang, Later: true, Number: e.Number, Team: w.forTeam(e.ID, w.standing())})
}

// printTicket prints the ticket; the session is told by kiosk.TicketPrinted.
func (w *Worker) printTicket(number string) {
	doc := w.ticket(number)
	d := w.devices
	if d.papers == nil {
		w.later = append(w.later, kiosk.TicketPrinted{State: string(peripherals.PrinterAbsent)})
		return
	}
	d.tasks.Go(func() {
		p := d.papers.print(doc)
		d.post(kiosk.TicketPrinted{OK: p.OK, State: p.State})
	})
}

// ticket is the paper to come back with: the number, what to say, when the desk is there. Nothing on it says who somebody is
// or what they came for.
func (w *Worker) ticket(number string) peripherals.Document {
	lang := w.session.Lang
	doc := peripherals.Document{Lang: lang, RTL: direction(lang) == "rtl", Plain: true}
	add := func(kind peripherals.BlockKind, text string) {
		doc.Blocks = append(doc.Blocks, peripherals.Block{Kind: kind, Text: text})
	}
	add(peripherals.Small, w.session.Office)
	add(peripherals.Text, w.t("ticket.title"))
	add(peripherals.Title, grouped(number))
	said := grouped(number)
	if doc.RTL { // beside letters that run to the left a hyphen would turn the two halves round (UAX #9, W2 and W4)
		said = number
	}
	add(peripherals.Boxed, w.t("ticket.say")+"\n"+w.words.T(lang, "ticket.words", map[string]any{"number": said}))
	add(peripherals.Section, w.t("ticket.when"))
	for _, line := range w.hourLines() {
		add(peripherals.Text, line)
	}
	add(peripherals.Feed, "")
	add(peripherals.Small, w.t("ticket.private"))
	add(peripherals.Cut, "")
	return doc
}

// grouped writes a number as it stands on paper and screen: "417-203".
func grouped(number string) string {
	if len(number) != 6 {
		return number
	}
	return number[:3] + "-" + number[3:]
}

// isolated keeps the order of what is written beside letters that run to the left (UAX #9, 2.4), on a screen.
func isolated(text string) string { return "\u2066" + text + "\u2069" }

// hourLines are the hours of the desk in the citizen's language, one line a span; without known hours a sentence.
func (w *Worker) hourLines() []string {
	if len(w.setup.Hours) == 0 {
		return []string{w.t("ticket.open")}
	}
	var lines []string
	for _, s := range w.setup.Hours {
		words := map[string]any{"first": w.weekday(s.First), "last": w.weekday(s.Last), "from": kiosk.Clock(s.From), "to": kiosk.Clock(s.To)}
		key := "hours.days"
		if s.First == s.Last {
			key = "hours.day"
		}
		lines = append(lines, w.words.T(w.session.Lang, key, words))
	}
	return lines
}

func (w *Worker) weekday(d time.Weekday) string { return w.t(fmt.Sprintf("weekday.%d", d)) }

// deskView is whether somebody is at the desk now, and until or from when; nil when no hours are known.
func (w *Worker) deskView(now time.Time) *deskHours {
	open, minute, days, ok := w.setup.Hours.At(now)
	if !ok {
		return nil
	}
	at := kiosk.Clock(minute)
	if days > 0 {
		at = w.weekday(now.AddDate(0, 0, days).Weekday()) + " " + at
	}
	return &deskHours{Open: open, Time: at}
}

// ticketView is the ticket on the screen.
func (w *Worker) ticketView() *ticketPanel {
	t := w.session.Ticket
	return &ticketPanel{Number: grouped(t.Number), Say: w.words.T(w.session.Lang, "ticket.words", map[string]any{"number": isolated(grouped(t.Number))}),
		Hours: w.hourLines(), Paper: t.Paper, Known: t.Known, Asked: w.session.Help.Asked}
}

// bellView is the bell on the screen; nil before it was rung.
func (w *Worker) bellView() *bellPanel {
	if b := w.session.Bell; b.State != "" {
		return &bellPanel{State: string(b.State), By: b.By}
	}
	return nil
}
