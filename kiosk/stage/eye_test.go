// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"
	"image"
	"testing"
)

func TestEyeSeesTheRowsOfAScreenshot(t *testing.T) {
	d := startDisplay(t)
	whole, err := Screenshot(d.Name(), d.Authority())
	if err != nil {
		t.Fatal(err)
	}
	eye, err := OpenEye(d.Name(), d.Authority())
	if err != nil {
		t.Fatal(err)
	}
	defer eye.Close()
	rows, err := eye.Rows(7)
	if err != nil {
		t.Fatal(err)
	}
	all := whole.(*image.RGBA)
	if want := (all.Bounds().Dy() + 6) / 7; rows.Bounds().Dy() != want || rows.Bounds().Dx() != all.Bounds().Dx() {
		t.Fatalf("%v of %v, want %d rows", rows.Bounds(), all.Bounds(), want)
	}
	for y := range rows.Bounds().Dy() {
		if !bytes.Equal(rows.Pix[y*rows.Stride:(y+1)*rows.Stride], all.Pix[7*y*all.Stride:7*y*all.Stride+rows.Stride]) {
			t.Fatalf("row %d differs", y)
		}
	}
	d.Close()
	if _, err := eye.Rows(7); err == nil {
		t.Error("a display that is gone was seen")
	}
}
