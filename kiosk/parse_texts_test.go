// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// french has every sentence of the small guide.
const french = `"A form": Un formulaire
"Name": Nom
"Write your family name": Écrivez votre nom de famille
"As in your passport.": Comme dans votre passeport.
"To know you.": Pour vous connaître.
"Ask at the desk.": Demandez à l’accueil.
"It is missing": Il manque
"Write it.": Écrivez-le.
"Touch Send": Touchez Send
"The green key.": Le bouton vert.
"Sent": Envoyé
"Form": Formulaire
"You sent it.": Vous l’avez envoyé.
"Wait.": Attendez.
`

func lintTexts(t *testing.T, files map[string]string) (*Guide, GuideErrors) {
	t.Helper()
	folder := fstest.MapFS{"small/guide.yaml": {Data: []byte(small)}, "small/words": {}}
	for name, data := range files {
		folder["small/"+name] = &fstest.MapFile{Data: []byte(data)}
	}
	g, problems, err := LintGuide(folder, "small")
	if err != nil {
		t.Fatal(err)
	}
	return g, problems
}

func TestTexts(t *testing.T) {
	g, problems := lintTexts(t, map[string]string{"fr.yaml": french})
	if g == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	step := g.Pages[0].Steps[0]
	for got, want := range map[string]string{
		g.Service.Name.In("fr"): "Un formulaire", g.Pages[0].Title.In("fr"): "Nom", step.Say.Title.In("fr"): "Écrivez votre nom de famille",
		step.Say.How.In("fr-LU"): "Comme dans votre passeport.", step.Say.Why.In("fr"): "Pour vous connaître.", step.Say.Missing.In("fr"): "Demandez à l’accueil.",
		step.Errors[0].How.In("fr"): "Écrivez-le.", g.Receipt.Next[0].In("fr"): "Attendez.", step.Say.Title.In("ar"): "اكتب اسم عائلتك",
	} {
		if got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
	// The site's words are not translated, whatever a file says.
	if name := step.Target.Name; len(name) != 1 {
		t.Errorf("the target is called %v", name)
	}
}

func TestTextsWrong(t *testing.T) {
	tests := map[string]struct {
		file, data string
		want       string // in the first problem
		works      bool
	}{
		"missing":     {"fr.yaml", strings.Replace(french, `"Wait.": Attendez.`+"\n", "", 1), "guide.yaml:52:10: this line of the receipt is missing in fr", false},
		"not in it":   {"fr.yaml", french + "\"Goodbye.\": Au revoir.\n", "fr.yaml:15:1: warning: this sentence is not in the guide", true},
		"twice":       {"fr.yaml", french + "\"Name\": Nom\n", `fr.yaml:15:1: "Name" is here a second time`, false},
		"in both":     {"ar.yaml", "\"Name\": الاسم\n", "ar.yaml:1:1: this sentence is in ar in guide.yaml too", false},
		"no language": {"draft.yaml", french, `draft.yaml:1:1: "draft" is not a language`, false},
		"a list":      {"fr.yaml", "- Nom\n", "fr.yaml:1:1: here should be texts", false},
		"empty":       {"fr.yaml", "", "fr.yaml:1:1: the file is empty", false},
		"not a text":  {"fr.yaml", "\"Name\": [Nom]\n", "fr.yaml:1:", false},
		"anchors":     {"fr.yaml", "\"Name\": &a Nom\n\"Sent\": *a\n", "anchors and aliases", false},
		"too long":    {"fr.yaml", strings.Replace(french, "Touchez Send", strings.Repeat("Touchez ", 6)+"Send", 1), "fr.yaml:9:1: warning: the title has 52 characters", true},
		"shouting":    {"fr.yaml", strings.Replace(french, "Attendez.", "Attendez !", 1), "fr.yaml:14:1: warning: there is an exclamation mark", true},
		"huge":        {"fr.yaml", strings.Repeat("x", 300<<10), "fr.yaml:1:1: the file has", false},
		"many keys":   {"fr.yaml", manyKeys(20_000), "fr.yaml:", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g, problems := lintTexts(t, map[string]string{test.file: test.data})
			if (g != nil) != test.works || len(problems) == 0 {
				t.Fatalf("guide %v, problems %v", g != nil, problems)
			}
			if first := problems[0].Error(); !strings.Contains(first, test.want) {
				t.Errorf("%s\nhas no %s", first, test.want)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("k" + strconv.Itoa(i) + ": x\n")
	}
	return b.String()
}

// FuzzTexts feeds a file of texts whatever a stranger's stick holds: a guide comes out, or what is wrong with it, and never both
// nothing.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{french, "", "- a", "\"Name\": Nom", "{\"Name\": {a: b}}", "? a", "\"Name\": |\n  Nom\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, wrong := parseTexts("small/fr.yaml", "fr", data)
		g, problems := checkGuide("small/guide.yaml", []byte(small), []textFile{file}, wrong)
		if g == nil && len(problems) == 0 {
			t.Fatal("no guide, and nobody says why")
		}
		if g != nil && g.Service.Name["fr"] == "" {
			t.Fatal("a guide without its name in French")
		}
	})
}
