// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// pictureOf is a PNG whose dots are as f says.
func pictureOf(t testing.TB, wide, high int, f func(x, y int) color.Color) peripherals.PNG {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, wide, high))
	for y := range high {
		for x := range wide {
			img.Set(x, y, f(x, y))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPictures prints pictures on a ticket and on a receipt and looks for their dots.
func TestPictures(t *testing.T) {
	black, grey := color.Gray{0}, color.Gray{128}
	square := pictureOf(t, 48, 40, func(x, y int) color.Color {
		if x < 24 {
			return black
		}
		return color.Transparent
	})
	halftone := pictureOf(t, 1200, 200, func(int, int) color.Color { return grey })
	for _, plain := range []bool{true, false} {
		doc := peripherals.Document{Plain: plain, Lang: "en", Blocks: []peripherals.Block{
			{Kind: peripherals.Picture, PNG: square, Text: "A square"}, {Kind: peripherals.Picture, PNG: halftone}, {Kind: peripherals.Text, Text: "the end"},
		}}
		made, err := Encode("epson-tm", doc)
		if err != nil {
			t.Fatal(err)
		}
		noRealTime(t, made)
		slips, err := emulator.View(made, 576)
		if err != nil || len(slips) != 1 || len(slips[0].Odd) > 0 || slips[0].Text() != "A square\nthe end" {
			t.Fatalf("plain %v: %d slips, %v", plain, len(slips), err)
		}
		keepPicture(t, slips[0], map[bool]string{true: "picture-ticket", false: "picture-receipt"}[plain])
		count := func(from, to int) (n int) {
			for y := from; y < to; y++ {
				for x := range 576 {
					if slips[0].Dot(x, y) {
						n++
					}
				}
			}
			return n
		}
		all := count(0, slips[0].Height())
		if plain {
			if first := count(0, 40); first != 24*40 {
				t.Errorf("the square has %d dots", first)
			}
			// Half of 576 x 96.
			if half := all - 24*40; half < 576*96*48/100 || half > 576*96*52/100 {
				t.Errorf("what is half grey has %d dots of %d", half, 576*96)
			}
		}
	}
	for name, bad := range map[string]peripherals.PNG{
		"none": nil, "text": []byte("hello"), "long": pictureOf(t, 3, 4000, func(int, int) color.Color { return black }),
		"huge": slices.Concat(square[:16], []byte{0, 1, 0, 0, 0, 1, 0, 0}, square[24:]),
	} {
		if _, err := Encode("epson-tm", peripherals.Document{Blocks: []peripherals.Block{{Kind: peripherals.Picture, PNG: bad}}}); err == nil {
			t.Errorf("%s is a picture", name)
		}
	}
}

// TestReceiptCode has printers that can draw a code draw it on a receipt, and the others get dots.
func TestReceiptCode(t *testing.T) {
	for name, own := range map[string]bool{"epson-tm": true, "generic-80": false} {
		made, err := Encode(name, receipt())
		if err != nil {
			t.Fatal(err)
		}
		noRealTime(t, made)
		slips, err := emulator.View(made, 576)
		if err != nil || len(slips) != 1 || len(slips[0].Odd) > 0 {
			t.Fatalf("%s: %d slips, %v", name, len(slips), err)
		}
		if drawn := slices.Equal(slips[0].Codes(), []string{"https://help.linden.example/practise/housing"}); drawn != own {
			t.Errorf("%s: codes %q", name, slips[0].Codes())
		}
	}
}

func FuzzPicture(f *testing.F) {
	f.Add([]byte(pictureOf(f, 9, 3, func(x, y int) color.Color { return color.Gray{byte(x * 25)} })))
	f.Fuzz(func(t *testing.T, file []byte) {
		img, err := dots(file, 384)
		if err == nil && (img.Rect.Dx() > 384 || img.Rect.Dy() > mostPictureHigh) {
			t.Errorf("%v", img.Rect)
		}
	})
}
