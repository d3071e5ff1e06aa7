// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestGuideSchema(t *testing.T) {
	schema, err := guideSchema()
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("guides/defra-forms/guide.yaml")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text string) error {
		t.Helper()
		asJSON, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var instance any
		if err := json.Unmarshal(asJSON, &instance); err != nil {
			t.Fatal(err)
		}
		return resolved.Validate(instance)
	}
	if err := validate(string(data)); err != nil {
		t.Errorf("the built-in guide: %v", err)
	}
	for _, c := range []struct{ old, new string }{
		{"kind: press", "kind: click"},
		{"done: page", "dune: page"},
		{"format: 1", "format: 2"},
		{"role: button", "role: knob"},
		{"languages: [en]", "languages: en"},
		{"state: done", "state: over"},
		{"version: 1", "version: one"},
	} {
		if text := strings.Replace(string(data), c.old, c.new, 1); text == string(data) {
			t.Errorf("the built-in guide has no %q", c.old)
		} else if validate(text) == nil {
			t.Errorf("%q is taken", c.new)
		}
	}
	if got := schema.Properties["pages"].Items.Properties["path"].Description; !strings.Contains(got, "of the URL") {
		t.Errorf("the path is described by %q", got)
	}
	text, err := GuideSchema()
	if err != nil || !json.Valid(text) || strings.Contains(string(text), `"null"`) {
		t.Errorf("%v, %s", err, text)
	}
}
