// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func policy(t *testing.T, o PolicyOptions) map[string]any {
	t.Helper()
	b, err := BrowserPolicy(o)
	if err != nil {
		t.Fatal(err)
	}
	if problems := LintPolicy(b); len(problems) != 0 {
		t.Fatalf("our own policy does not pass: %v", problems)
	}
	var p map[string]any
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPolicyNamesExactHosts(t *testing.T) {
	p := policy(t, PolicyOptions{Hosts: []string{"Form.Example:8443", "form.localhost:3000", "10.0.0.5:80", "[2001:db8::5]:443", "a.example", "a.example"}})
	want := []string{"https://.handrail.internal", ".a.example", ".form.example:8443", ".form.localhost:3000", "10.0.0.5:80", "[2001:db8::5]:443"}
	if got := list(p["URLAllowlist"]); !slices.Equal(got, want) {
		t.Errorf("allow-list %q, want %q", got, want)
	}
	for _, name := range []string{"AudioCaptureAllowedUrls", "AutoplayAllowlist"} {
		if got := list(p[name]); !slices.Equal(got, []string{DefaultOrigin}) {
			t.Errorf("%s is %q", name, got)
		}
	}
	if _, ok := p["VideoCaptureAllowedUrls"]; ok || p["VideoCaptureAllowed"] != false {
		t.Error("there is no camera, and somebody may use it")
	}
	if p := policy(t, PolicyOptions{Camera: true}); !slices.Equal(list(p["VideoCaptureAllowedUrls"]), []string{DefaultOrigin}) || p["VideoCaptureAllowed"] != false {
		t.Errorf("the camera is for %v", p["VideoCaptureAllowedUrls"])
	}
	if p["DeveloperToolsAvailability"] != float64(1) {
		t.Error("the policy locks out our own engine")
	}
	if p := policy(t, PolicyOptions{Origin: "https://office.internal"}); p["NewTabPageLocation"] != "https://office.internal" {
		t.Errorf("new tab %v", p["NewTabPageLocation"])
	}
}

func TestPolicyRefusesWhatIsNotAHost(t *testing.T) {
	for _, host := range []string{"", "*", "*.example", "https://a.example", "a.example/path", ".a.example", "a.example:0", "a.example:x", "a..example", "a example", "münchen.example"} {
		if _, err := BrowserPolicy(PolicyOptions{Hosts: []string{host}}); err == nil {
			t.Errorf("host %q was taken", host)
		}
	}
	for _, origin := range []string{"http://handrail.internal", "handrail.internal", "https://", "https://handrail.internal/page", "https://x\x00"} {
		if _, err := BrowserPolicy(PolicyOptions{Origin: origin}); err == nil {
			t.Errorf("origin %q was taken", origin)
		}
	}
}

func TestLintFindsTheTraps(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p map[string]any)
		says   string
	}{
		{"no developer tools", func(p map[string]any) { p["DeveloperToolsAvailability"] = 2 }, "set it to 1"},
		{"no remote debugging", func(p map[string]any) { p["RemoteDebuggingAllowed"] = false }, "remove it"},
		{"no block-list", func(p map[string]any) { delete(p, "URLBlocklist") }, "every page is open"},
		{"star only", func(p map[string]any) { p["URLBlocklist"] = []string{"*"} }, `"chrome://*"`},
		{"subdomains", func(p map[string]any) { p["URLAllowlist"] = []string{"form.example"} }, "all subdomains"},
		{"subdomains with a scheme", func(p map[string]any) { p["URLAllowlist"] = []string{"https://form.example/x"} }, "all subdomains"},
		{"wildcard", func(p map[string]any) { p["URLAllowlist"] = []string{"*.example"} }, "more than one host"},
		{"everything", func(p map[string]any) { p["URLAllowlist"] = []string{"*"} }, "more than one host"},
		{"a lone dot", func(p map[string]any) { p["URLAllowlist"] = []string{"."} }, "names no host"},
		{"browser pages", func(p map[string]any) { p["URLAllowlist"] = []string{"chrome://settings"} }, "not on the web"},
		{"files", func(p map[string]any) { p["URLAllowlist"] = []string{"file:///"} }, "not on the web"},
		{"a microphone for all", func(p map[string]any) { p["AudioCaptureAllowedUrls"] = []string{"https://*"} }, "not ours"},
		{"file dialogs", func(p map[string]any) { delete(p, "AllowFileSelectionDialogs") }, "disk"},
		{"certificates", func(p map[string]any) { p["SSLErrorOverrideAllowed"] = true }, "false site"},
		{"calls", func(p map[string]any) { p["WebRtcIPHandling"] = "default" }, "egress proxy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := policy(t, PolicyOptions{Hosts: []string{"form.example"}})
			c.change(p)
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range LintPolicy(b) {
				if strings.Contains(problem.Error(), c.says) {
					return
				}
			}
			t.Errorf("not found: %v", LintPolicy(b))
		})
	}
	if len(LintPolicy([]byte("{"))) != 1 {
		t.Error("a broken file passes")
	}
}

func FuzzLintPolicy(f *testing.F) {
	f.Add([]byte(`{"URLAllowlist":["a"],"URLBlocklist":[1,null]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) { LintPolicy(b) })
}
