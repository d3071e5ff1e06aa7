// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withTarget is the small guide with more in the target of its button.
func withTarget(more string) []byte {
	return []byte(strings.Replace(small, "{role: button, name: {en: Send}}", "{role: button, name: {en: Send}, "+more+"}", 1))
}

func TestTargetWays(t *testing.T) {
	g, err := ParseGuide("guide.yaml", withTarget(`xpath: '//*[@id="name"]/div[2]/button', shadow: [name-form, x-card], frame: "https://card.example", within: ["https://pay.example"]`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Target{Role: "button", Name: Text{"en": "Send"}, XPath: `//*[@id="name"]/div[2]/button`, Shadow: []string{"name-form", "x-card"},
		Frame: "https://card.example", Within: []string{"https://pay.example"}}
	if diff := cmp.Diff(want, g.Pages[0].Steps[1].Target); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct{ more, want string }{
		{`xpath: '//input[count(//*) > 1]'`, `is not a way by tags; write it as /html/body/form/input[2]`},
		{`xpath: '//*//*//*//*'`, `is not a way by tags`},
		{"xpath: '" + strings.Repeat("/div", 200) + "'", `is not a way by tags`},
		{`shadow: ['a b']`, `"a b" is not a tag in lower case; write the host's tag`},
		{"shadow: [" + strings.Repeat("a-b, ", 9) + "]", `there are 9 shadow roots round it, at most 8 are looked into`},
		{`frame: "https://pay.example/card"`, `is not the origin of a frame; write it as https://pay.example, without a path`},
		{`within: ["https://pay.example"]`, `it is within frames, and in none`},
		{`frame: "https://pay.example", within: [pay]`, `"pay" is not the origin of a frame`},
	} {
		if g, err := ParseGuide("guide.yaml", withTarget(test.more)); g != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want it to contain %s", test.more, err, test.want)
		}
	}
	for way, plain := range map[string]bool{"/html/body/div[3]/input": true, `//*[@id='a b']`: true, "": false, "input": false, "/div[0]": false, "/html/body/": false, `//*[@id="a"b"]`: false} {
		if plainXPath(way) != plain {
			t.Errorf("%q is a way by tags: %v", way, !plain)
		}
	}
}

// What is written of a fingerprint is read as the same again.
func TestTargetWritten(t *testing.T) {
	target := &Target{Role: "button", Name: Text{"en": "Send"}, Tag: "button", XPath: `//*[@id="a-b"]/div[2]/button`, Shadow: []string{"x-form", "x-card"},
		Frame: "https://card.example:8443", Within: []string{"https://pay.example", "http://127.0.0.1:80"}}
	g, err := ParseGuide("guide.yaml", []byte(strings.Replace(small, "        target: {role: button, name: {en: Send}}\n", formatTarget(target, 8), 1)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(target, g.Pages[0].Steps[1].Target); diff != "" {
		t.Error(diff)
	}
}

// A guide that is whole is a draft with nothing left to write, also when its texts are in several files.
func TestLoadDraftOfWholeGuides(t *testing.T) {
	folders, err := os.ReadDir("guides")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		n++
		whole, err := LoadGuide(os.DirFS("guides"), folder.Name())
		if err != nil {
			t.Fatal(err)
		}
		draft, left, err := LoadDraft(os.DirFS("guides"), folder.Name())
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", folder.Name(), left, err)
		} else if diff := cmp.Diff(whole, draft); diff != "" {
			t.Errorf("%s: %s", folder.Name(), diff)
		}
	}
	if n < 6 {
		t.Errorf("there are %d guides", n)
	}
}
