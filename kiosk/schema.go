// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// guideSource is where the descriptions of the schema come from: the comments of the types themselves.
//
//go:embed guide.go
var guideSource string

// GuideSchema is the JSON Schema (draft 2020-12) of a guide.yaml, for editors that help while one is written. ParseGuide
// knows more: what fits together, and how long a text may be.
func GuideSchema() ([]byte, error) {
	schema, err := guideSchema()
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(schema, "", "  ")
	return append(data, '\n'), err
}

func guideSchema() (*jsonschema.Schema, error) {
	known := map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Text](): {Type: "object", PropertyNames: &jsonschema.Schema{Pattern: `^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`},
			AdditionalProperties: &jsonschema.Schema{Type: "string", MaxLength: new(lineLength)}},
		reflect.TypeFor[Kind](): {Type: "string", Enum: anyOf([]Kind{Read, FillIn, Choose, Press, Upload, Wait, PrintOut, Declare, Secret})},
		reflect.TypeFor[Done](): {Type: "string", Enum: anyOf([]Done{DoneValid, DoneChecked, DonePage, DoneAppears, DoneQuiet, DonePerson})},
		reflect.TypeFor[Then](): {Type: "string", Enum: anyOf([]Then{ThenHelp, ThenSkip, ThenReload})},
	}
	schema, err := jsonschema.ForType(asJSON(reflect.TypeFor[Guide]()), &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		return nil, fmt.Errorf("guide schema: %w", err)
	}
	docs, err := comments(guideSource)
	if err != nil {
		return nil, fmt.Errorf("guide schema: %w", err)
	}
	describe(schema, reflect.TypeFor[Guide](), docs)
	schema.Schema, schema.Title = "https://json-schema.org/draft/2020-12/schema", "Handrail guide"
	format := any(1)
	schema.Properties["format"].Const = &format
	return schema, nil
}

// asJSON is a struct type with the names of its YAML keys as JSON names.
func asJSON(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return asJSON(t.Elem())
	case reflect.Slice:
		return reflect.SliceOf(asJSON(t.Elem()))
	case reflect.Struct:
		var fields []reflect.StructField
		for f := range each(t) {
			tag := f.Tag.Get("yaml")
			if mayMiss(t, f.Name) && !strings.HasSuffix(tag, ",omitempty") {
				tag += ",omitempty"
			}
			fields = append(fields, reflect.StructField{Name: f.Name, Type: asJSON(f.Type), Tag: reflect.StructTag(`json:"` + tag + `"`)})
		}
		return reflect.StructOf(fields)
	}
	return t
}

// mayMiss are keys that the reader does not insist on though they are always written.
func mayMiss(t reflect.Type, field string) bool {
	return t == reflect.TypeFor[Guide]() && field == "Icon" || t == reflect.TypeFor[Page]() && field == "Steps"
}

// each goes through the fields of a struct that are in the file.
func each(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if f := t.Field(i); f.Tag.Get("yaml") != "-" && f.Tag.Get("yaml") != "" && !yield(f) {
				return
			}
		}
	}
}

// describe adds to a schema what the types' comments and the checker know. An empty value is no value in a guide.
func describe(s *jsonschema.Schema, t reflect.Type, docs map[string]string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if at := slices.Index(s.Types, "null"); at >= 0 && len(s.Types) == 2 {
		s.Type, s.Types = s.Types[1-at], nil
	}
	switch t.Kind() {
	case reflect.Slice:
		describe(s.Items, t.Elem(), docs)
		s.MaxItems = new(maxItems)
	case reflect.Struct:
		if s.Description == "" {
			s.Description = docs[t.Name()]
		}
		for f := range each(t) {
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			inner := s.Properties[name]
			inner.Description = docs[t.Name()+"."+f.Name]
			describe(inner, f.Type, docs)
			switch t.Name() + "." + f.Name {
			case "Page.State":
				inner.Enum = anyOf(pageStates[1:])
			case "Target.Role":
				inner.Enum = anyOf(targetRoles)
			case "Step.Card":
				inner.Enum = anyOf(CardFields())
			case "Try.A", "Try.B", "Try.Wrong":
				inner.Type, inner.Types = "", []string{"string", "number", "boolean"} // the reader takes a text without quotes
			}
		}
	}
}

func anyOf[T ~string](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// comments are what a Go source says of its types ("Page") and their fields ("Page.State"), one line each.
func comments(source string) (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "guide.go", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	docs := map[string]string{}
	say := func(name string, groups ...*ast.CommentGroup) {
		for _, g := range groups {
			if text := NormaliseWords(g.Text()); text != "" && docs[name] == "" {
				docs[name] = text
			}
		}
	}
	for _, decl := range file.Decls {
		types, ok := decl.(*ast.GenDecl)
		if !ok || types.Tok != token.TYPE {
			continue
		}
		for _, spec := range types.Specs {
			spec := spec.(*ast.TypeSpec)
			say(spec.Name.Name, spec.Doc, types.Doc)
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						say(spec.Name.Name+"."+name.Name, f.Doc, f.Comment)
					}
				}
			}
		}
	}
	return docs, nil
}
