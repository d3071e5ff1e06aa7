// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// FormatGuide writes a guide.yaml: what ParseGuide would read as the same guide. The comment goes to its head.
func FormatGuide(g *Guide, comment string) []byte {
	var w yamlWriter
	for line := range strings.Lines(comment) {
		w.WriteString("# " + strings.TrimSpace(line) + "\n")
	}
	w.fields(reflect.ValueOf(*g), 0, false)
	return []byte(w.String())
}

// FormatTarget writes a fingerprint as it would stand in a guide.yaml.
func FormatTarget(t *Target) string { return formatTarget(t, 0) }

// Plain is a fingerprint by the keys that it has in a guide.yaml.
func Plain(t Target) map[string]any {
	out := map[string]any{}
	v := reflect.ValueOf(t)
	for i := range v.NumField() {
		if key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); key != "-" && !v.Field(i).IsZero() {
			out[key] = v.Field(i).Interface()
		}
	}
	return out
}

// formatTarget writes the key target with its fingerprint, indented by some spaces.
func formatTarget(t *Target, indent int) string {
	var w yamlWriter
	w.field("target", reflect.ValueOf(*t), indent)
	return w.String()
}

type yamlWriter struct{ strings.Builder }

// fields writes a struct's fields as keys. The first goes on the line of its list's dash.
func (w *yamlWriter) fields(v reflect.Value, indent int, afterDash bool) {
	for i := range v.NumField() {
		key, rest, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		value := v.Field(i)
		if key == "-" || (rest == "omitempty" && (value.IsZero() || value.Kind() == reflect.Map && value.Len() == 0)) {
			continue
		}
		if value.Kind() == reflect.Pointer {
			if value.IsNil() {
				continue
			}
			value = value.Elem()
		}
		if (value.Kind() == reflect.Slice || value.Kind() == reflect.Map) && value.Len() == 0 {
			continue
		}
		if afterDash {
			var inner yamlWriter
			inner.field(key, value, indent)
			w.WriteString(strings.TrimPrefix(inner.String(), strings.Repeat(" ", indent)))
			afterDash = false
			continue
		}
		w.field(key, value, indent)
	}
}

func (w *yamlWriter) field(key string, v reflect.Value, indent int) {
	pad := strings.Repeat(" ", indent)
	switch {
	case v.Kind() == reflect.Struct && v.Type() == reflect.TypeFor[Try]():
		var parts []string
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if !v.Field(i).IsZero() {
				parts = append(parts, name+": "+quoted(v.Field(i).String(), true))
			}
		}
		fmt.Fprintf(w, "%s%s: {%s}\n", pad, key, strings.Join(parts, ", "))
	case v.Kind() == reflect.Struct:
		fmt.Fprintf(w, "%s%s:\n", pad, key)
		w.fields(v, indent+2, false)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		fmt.Fprintf(w, "%s%s:\n", pad, key)
		for i := range v.Len() {
			w.WriteString(pad + "  - ")
			w.fields(v.Index(i), indent+4, true)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Map:
		fmt.Fprintf(w, "%s%s:\n", pad, key)
		for i := range v.Len() {
			fmt.Fprintf(w, "%s  - %s\n", pad, flow(v.Index(i)))
		}
	default:
		fmt.Fprintf(w, "%s%s: %s\n", pad, key, flow(v))
	}
}

// flow writes a value on one line.
func flow(v reflect.Value) string {
	var parts []string
	switch v.Kind() {
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(langOrder(a.String()), langOrder(b.String())) })
		for _, key := range keys {
			parts = append(parts, key.String()+": "+quoted(v.MapIndex(key).String(), true))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		for i := range v.Len() {
			if item := v.Index(i); item.Kind() == reflect.String {
				parts = append(parts, quoted(item.String(), true))
			} else {
				parts = append(parts, flow(item))
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.String:
		return quoted(v.String(), false)
	}
	return fmt.Sprint(v.Interface())
}

// langOrder puts English first, which authors read first.
func langOrder(lang string) string {
	if lang == "en" {
		return ""
	}
	return lang
}

// plainText is what needs no quotes in YAML, whatever stands around it.
var plainText = regexp.MustCompile(`^[\pL_/][\pL\pN_/. -]*$`)

var yamlWords = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}

func quoted(s string, inFlow bool) string {
	if plainText.MatchString(s) && !strings.HasSuffix(s, " ") && !slices.Contains(yamlWords, strings.ToLower(s)) {
		return s
	}
	if !inFlow && strings.HasPrefix(s, "http") && !strings.ContainsAny(s, " #\"'") && !strings.Contains(s, ": ") {
		return s
	}
	if strings.ContainsAny(s, "\\\"\t\r\n") || strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s) + `"`
	}
	return `"` + s + `"`
}
