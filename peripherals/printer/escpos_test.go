// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func receipt() peripherals.Document {
	k := func(kind peripherals.BlockKind, text string) peripherals.Block {
		return peripherals.Block{Kind: kind, Text: text}
	}
	return peripherals.Document{Lang: "en", Blocks: []peripherals.Block{
		k(peripherals.Title, "Help with rent"),
		k(peripherals.Term, "Housing allowance (HB-2), Linden Town Hall"),
		k(peripherals.Section, "You did today"),
		{Kind: peripherals.StepLine, Text: "Open the form", Done: true},
		{Kind: peripherals.StepLine, Text: "Your name and address", Done: true},
		{Kind: peripherals.StepLine, Text: "Your income, and that of everybody who lives with you", Done: true},
		k(peripherals.Section, "Still to do"),
		{Kind: peripherals.StepLine, Text: "Your bank number"},
		{Kind: peripherals.StepLine, Text: "Check and send"},
		k(peripherals.Boxed, "Bring with you\nYour bank number (IBAN). It is on your bank card or bank letter."),
		k(peripherals.Section, "Words on the page"),
		{Kind: peripherals.Words, Rows: [][2]string{{"Net rent", "rent without heating"}, {"Landlord", "owner of your home"}}},
		k(peripherals.Section, "Where"),
		k(peripherals.Text, "Café Müller, desk 2\nMonday to Friday, 8 to 17"),
		{Kind: peripherals.QR, QR: "https://help.linden.example/practise/housing", Text: "Practise this at home or here."},
		k(peripherals.Small, "This paper has no name and no number of yours."),
		{Kind: peripherals.Cut},
	}}
}

func arabicReceipt() peripherals.Document {
	k := func(kind peripherals.BlockKind, text string) peripherals.Block {
		return peripherals.Block{Kind: kind, Text: text}
	}
	return peripherals.Document{Lang: "ar", RTL: true, Blocks: []peripherals.Block{
		k(peripherals.Title, "مساعدة في الإيجار"),
		k(peripherals.Term, "Housing allowance (HB-2)"),
		k(peripherals.Section, "ما فعلته اليوم"),
		{Kind: peripherals.StepLine, Text: "فتح الاستمارة", Done: true},
		{Kind: peripherals.StepLine, Text: "اسمك وعنوانك", Done: true},
		k(peripherals.Section, "ما بقي عليك"),
		{Kind: peripherals.StepLine, Text: "رقم حسابك البنكي"},
		k(peripherals.Boxed, "أحضِر معك\nرقم حسابك البنكي (IBAN). تجده على بطاقة البنك أو في رسالة من البنك."),
		{Kind: peripherals.Words, Rows: [][2]string{{"Net rent", "الإيجار بدون التدفئة"}, {"Landlord", "مالك بيتك"}}},
		{Kind: peripherals.QR, QR: "https://help.linden.example/practise/housing", Text: "تدرّب على هذا في البيت أو هنا."},
		k(peripherals.Small, "ليس في هذه الورقة اسمك ولا أي رقم يخصّك."),
		{Kind: peripherals.Cut},
	}}
}

// setUp makes a printer of software and opens it.
func setUp(t *testing.T, o emulator.PrinterOptions) (*emulator.Printer, *escpos, context.Context) {
	t.Helper()
	o.Link = filepath.Join(t.TempDir(), "printer")
	device, err := emulator.NewPrinter(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { device.Close() })
	model, err := loadProfile(o.Profile)
	if err != nil {
		t.Fatal(err)
	}
	model.Baud = 115200 // a slow line tells nothing new
	p := newEscpos(peripherals.Config{Driver: "escpos", Port: o.Link, Profile: o.Profile}, model)
	p.waits.stall, p.waits.done = time.Second, 3*time.Second
	t.Cleanup(func() { p.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return device, p, ctx
}

func keepPicture(t *testing.T, s emulator.Slip, name string) {
	t.Helper()
	dir := os.Getenv("HANDRAIL_PAPER")
	if dir == "" {
		return
	}
	b, err := s.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReceiptOnPaper(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm"})
	if s := p.Status(ctx); s != peripherals.PrinterReady {
		t.Fatalf("status %s", s)
	}
	state, err := p.Print(ctx, receipt())
	if err != nil || state != peripherals.PrinterReady {
		t.Fatalf("print: %s, %v", state, err)
	}
	slips := device.Slips()
	if len(slips) != 1 || !slips[0].Cut {
		t.Fatalf("%d slips: %+v", len(slips), slips)
	}
	s := slips[0]
	keepPicture(t, s, "receipt-en")
	want := strings.Join([]string{
		"Help with rent",
		"Housing allowance (HB-2), Linden Town", "Hall",
		"You did today",
		"Open the form", "Your name and address",
		"Your income, and that of everybody", "who lives with you",
		"Still to do",
		"Your bank number", "Check and send",
		"Bring with you",
		"Your bank number (IBAN). It is on", "your bank card or bank letter.",
		"Words on the page",
		"Net rent  rent without heating",
		"Landlord  owner of your home",
		"Where", "Café Müller, desk 2", "Monday to Friday, 8 to 17",
		"Practise this at home or here.",
		"This paper has no name and no number", "of yours.",
	}, "\n")
	if got := s.Text(); got != want {
		t.Errorf("paper says\n%s\nwant\n%s", got, want)
	}
	if len(s.Odd) > 0 || s.RealTime != 0 {
		t.Errorf("odd %q, %d real-time commands in data", s.Odd, s.RealTime)
	}
}

func TestArabicOnPaper(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm"})
	state, err := p.Print(ctx, arabicReceipt())
	if errors.Is(err, errNoFont) {
		t.Skip("no Arabic type face on this machine")
	}
	if err != nil || state != peripherals.PrinterReady {
		t.Fatalf("print: %s, %v", state, err)
	}
	s := device.Slips()[0]
	keepPicture(t, s, "receipt-ar")
	lines := strings.Split(s.Text(), "\n")
	for i := range lines {
		lines[i] = spoken(lines[i])
	}
	for _, want := range []string{"Housing allowance (HB-2)", "ما فعلته اليوم", "رقم حسابك البنكي", "رقم حسابك البنكي (IBAN). تجده على", "Landlord"} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is not on paper as text:\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if len(s.Odd) > 0 || s.RealTime != 0 {
		t.Errorf("odd %q, %d real-time commands in data", s.Odd, s.RealTime)
	}
}

func TestNarrowPaper(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "generic-58"})
	state, err := p.Print(ctx, receipt())
	if err != nil || state != peripherals.PrinterReady {
		t.Fatalf("print: %s, %v", state, err)
	}
	s := device.Slips()[0]
	keepPicture(t, s, "receipt-58")
	if !strings.Contains(s.Text(), "You did today") || len(s.Odd) > 0 {
		t.Errorf("paper says\n%s\nodd %q", s.Text(), s.Odd)
	}
}
