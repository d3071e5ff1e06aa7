// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The shape that a guide's YAML may have. It is plain on purpose: what is refused here could only hide something, or exhaust
// the terminal (the parser takes a minute for a mapping of 40,000 keys).
const (
	maxLines   = 10_000
	maxTokens  = 40_000
	maxNesting = 12  // of braces and brackets, and of dashes on one line
	maxIndent  = 60  // characters before the first word of a line
	maxItems   = 200 // of a list or a mapping
)

// spot is a place in the file.
type spot struct{ line, column int }

// places says where each part of a guide stands, by paths such as pages[2].steps[0].say.title.
type places map[string]spot

// of gives the place of a part, or of the nearest part around it that is in the file.
func (p places) of(part string) spot {
	for part != "" {
		if at, ok := p[part]; ok {
			return at
		}
		part = part[:max(0, strings.LastIndexAny(part, ".["))]
	}
	return spot{1, 1}
}

// tree fills Go values from a YAML tree and notes what does not fit.
type tree struct {
	file     string
	items    int // how many a list or a mapping may have
	places   places
	problems GuideErrors
}

// readTree reads YAML into a value by its yaml tags, strictly: each key must be known, each value of the right kind.
func readTree(file string, data []byte, into any) (places, GuideErrors) {
	return readTreeOf(file, data, into, maxItems)
}

// readTreeOf is readTree of a tree whose lists and mappings may have so many items.
func readTreeOf(file string, data []byte, into any, items int) (found places, problems GuideErrors) {
	t := tree{file: file, items: items, places: places{}}
	defer func() {
		if p := recover(); p != nil { // the library is fed whatever a stranger's stick holds
			t.fail(spot{1, 1}, "write it again in plain YAML", "this is not a guide: %s", shorten(fmt.Sprint(p)))
			problems = t.problems
		}
	}()
	if body := t.parse(data); body != nil {
		t.value(body, reflect.ValueOf(into).Elem(), "")
	}
	return t.places, t.problems
}

func (t *tree) fail(at spot, fix, format string, args ...any) {
	t.problems = append(t.problems, &GuideError{File: t.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...), Fix: fix})
}

// parse gives the one document's content, or nil after saying why not.
func (t *tree) parse(data []byte) ast.Node {
	switch {
	case len(data) > maxGuide:
		t.fail(spot{1, 1}, "make it shorter, or two guides of it", "the file has %d bytes, a guide may have %d", len(data), maxGuide)
		return nil
	case !utf8.Valid(data):
		t.fail(spot{1, 1}, "save it as UTF-8", "the file is not UTF-8 text")
		return nil
	}
	if lines := strings.Count(string(data), "\n"); lines > maxLines {
		t.fail(spot{1, 1}, "make two guides of it", "the file has %d lines, a guide may have %d", lines, maxLines)
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if len(tokens) > maxTokens {
		t.fail(spot{1, 1}, "make two guides of it", "the file has more in it than a guide may have")
		return nil
	}
	if t.plain(tokens); len(t.problems) > 0 {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // ours says it better
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		t.fail(at(syntax.GetToken()), "look at this line and the one before: dashes, colons, quotes and spaces", "this is not YAML: %s", shorten(syntax.GetMessage()))
		return nil
	case err != nil:
		t.fail(spot{1, 1}, "look at dashes, colons, quotes and spaces", "this is not YAML: %s", shorten(err.Error()))
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			t.fail(at(doc.Body.GetToken()), "keep one guide in one file", "a second document begins here")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		t.fail(spot{1, 1}, "begin with format: 1", "the file is empty")
	}
	return body
}

// plain refuses what a guide has no use for, before anything recursive looks at it.
func (t *tree) plain(tokens token.Tokens) {
	depth, dashes, line := 0, 0, 0
	var keys [maxIndent + 1]int // of the mapping that is open at each column
	for _, tk := range tokens {
		here := at(tk)
		if here.line != line {
			line, dashes = here.line, 0
			if depth == 0 {
				clear(keys[min(here.column+1, len(keys)):])
			}
			if here.column > maxIndent {
				t.fail(here, "indent with two spaces a level", "this line begins %d characters in", here.column-1)
				return
			}
		}
		switch tk.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			t.fail(here, "write the text out where it is needed", "anchors and aliases (& * <<) are not used in guides")
		case token.TagType:
			t.fail(here, "leave it out", "tags (!) are not used in guides")
		case token.DirectiveType:
			t.fail(here, "leave it out", "directives (%%) are not used in guides")
		case token.MappingKeyType:
			t.fail(here, "write key: value, and put a text that begins with ? in quotes", "the form ? key is not used in guides")
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			dashes++
		case token.MappingValueType:
			if column := at(tk.Prev).column; depth == 0 && column < len(keys) {
				if keys[column]++; keys[column] > t.items {
					t.fail(here, "", "here are more than %d keys", t.items)
				}
			}
		}
		if depth > maxNesting || dashes > maxNesting {
			t.fail(here, "write it as guides are written: pages, steps, texts", "this is nested too deeply")
		}
		if len(t.problems) > 0 {
			return
		}
	}
}

// value fills v, which stands at a path of the guide.
func (t *tree) value(n ast.Node, v reflect.Value, path string) {
	if _, ok := t.places[path]; !ok {
		t.places[path] = at(n.GetToken())
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		t.value(n, v.Elem(), path)
	case reflect.Struct:
		t.structure(n, v, path)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		t.pairs(n, path, "texts by language, such as {en: Yes, ar: نعم}", func(key string, _ spot, value ast.Node, path string) {
			text := reflect.New(v.Type().Elem()).Elem()
			t.value(value, text, path)
			v.SetMapIndex(reflect.ValueOf(key), text)
		})
	case reflect.Slice:
		t.list(n, v, path)
	default:
		t.scalar(n, v, path)
	}
}

func (t *tree) structure(n ast.Node, v reflect.Value, path string) {
	keys := map[string]reflect.Value{}
	for i := range v.NumField() {
		if key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); key != "-" {
			keys[key] = v.Field(i)
		}
	}
	t.pairs(n, path, "keys and values", func(key string, at spot, value ast.Node, path string) {
		field, ok := keys[key]
		if !ok {
			t.fail(at, knownKeys(key, keys), "unknown key %q", shorten(key))
			return
		}
		t.value(value, field, path)
	})
}

// pairs goes through the keys of a mapping.
func (t *tree) pairs(n ast.Node, path, want string, each func(key string, at spot, value ast.Node, path string)) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		t.fail(at(n.GetToken()), "", "here should be %s", want)
		return
	}
	if len(values) > t.items {
		t.fail(at(n.GetToken()), "", "here are %d keys, at most %d are read", len(values), t.items)
		return
	}
	seen := map[string]bool{}
	for _, pair := range values {
		key := pair.Key.GetToken().Value
		here := at(pair.Key.GetToken())
		if seen[key] {
			t.fail(here, "keep one of them", "%q is here a second time", shorten(key))
			continue
		}
		seen[key] = true
		inner := strings.TrimPrefix(path+"."+key, ".")
		t.places[inner] = here
		each(key, here, pair.Value, inner)
	}
}

func (t *tree) list(n ast.Node, v reflect.Value, path string) {
	items, ok := n.(*ast.SequenceNode)
	if !ok {
		t.fail(at(n.GetToken()), "begin each item with a dash", "here should be a list")
		return
	}
	if len(items.Values) > t.items {
		t.fail(at(n.GetToken()), "", "here are %d items, at most %d are read", len(items.Values), t.items)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items.Values), len(items.Values)))
	for i, item := range items.Values {
		t.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// scalar takes what is written, whatever YAML thinks it is: a text may be 1 or true without quotes.
func (t *tree) scalar(n ast.Node, v reflect.Value, path string) {
	here := at(n.GetToken())
	text := ""
	switch n := n.(type) {
	case *ast.LiteralNode:
		text = strings.TrimRight(n.Value.Value, "\n")
	case *ast.StringNode:
		text = n.Value
	case *ast.NullNode:
		t.fail(t.places.of(path), "write a value, or take the key out", "there is nothing after this key")
		return
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		text = n.GetToken().Value
	default:
		t.fail(here, "", "here should be one text, not a list or keys")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil {
			t.fail(here, "", "here should be a whole number, not %q", shorten(text))
			return
		}
		v.SetInt(int64(number))
	case reflect.Bool:
		if text != "true" && text != "false" {
			t.fail(here, "", "here should be true or false, not %q", shorten(text))
			return
		}
		v.SetBool(text == "true")
	}
}

func at(tk *token.Token) spot {
	if tk == nil || tk.Position == nil {
		return spot{1, 1}
	}
	return spot{max(1, tk.Position.Line), max(1, tk.Position.Column)}
}

// knownKeys says which keys there are, the likeliest first when there is one.
func knownKeys(wrong string, keys map[string]reflect.Value) string {
	all := make([]string, 0, len(keys))
	for key := range keys {
		all = append(all, key)
	}
	slices.Sort(all)
	for _, key := range all {
		if nearly(wrong, key) {
			return fmt.Sprintf("did you mean %s?", key)
		}
	}
	return "known here: " + strings.Join(all, ", ")
}

// nearly tells whether two words differ by one letter more, less or other, two swapped, or only in case.
func nearly(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) < 3 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || (i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:])
}

// shorten keeps a message readable when somebody put a book where a word belongs.
func shorten(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
