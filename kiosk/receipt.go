// SPDX-License-Identifier: Apache-2.0

package kiosk

// Receipt is what the citizen takes home: what was done, what happens next, what words mean. It is made of the guide's
// words and the pages that were passed; it holds no value of theirs.
type Receipt struct {
	Lang     string
	Office   string
	Title    string
	Term     string
	Done     []string
	Left     []string // what was not reached
	Next     []string
	Bring    []string
	Words    [][2]string // a word of the page and its meaning
	Finished bool
	List     bool     // it is the list of what is needed, printed before anything was begun
	Need     []string // what to have at hand: its name, and a line about it
	Where    string   // it says only where the service is found
	Missing  []string // what the citizen does not have: its name, and what to do about it
}

// newReceipt says what of a guide was passed.
func newReceipt(g *Guide, lang, office string, passed map[string]bool, finished bool) Receipt {
	r := Receipt{Lang: lang, Office: office, Title: g.Receipt.Title.In(lang), Finished: finished}
	for _, site := range g.Service.Languages {
		r.Term = g.Service.Term.In(site)
		break
	}
	came := map[string]bool{} // of pages that come instead of each other, by the first: one of them was passed
	for _, page := range g.Pages {
		came[first(page)] = came[first(page)] || passed[page.ID]
	}
	for _, page := range g.Pages {
		switch {
		case page.State != "":
			continue
		case came[first(page)] && !passed[page.ID], !came[first(page)] && page.Instead != "":
			continue // another one of them was passed, or the first speaks for all
		}
		if passed[page.ID] || finished {
			r.Done = append(r.Done, page.Title.In(lang))
		} else {
			r.Left = append(r.Left, page.Title.In(lang))
		}
	}
	if finished {
		for _, next := range g.Receipt.Next {
			r.Next = append(r.Next, next.In(lang))
		}
	}
	for _, bring := range g.Receipt.Bring {
		r.Bring = append(r.Bring, bring.In(lang))
	}
	for _, word := range g.Receipt.Words {
		r.Words = append(r.Words, [2]string{word.Word, word.Means.In(lang)})
	}
	return r
}

// first is the page in whose place another comes, or the page itself.
func first(p Page) string {
	if p.Instead != "" {
		return p.Instead
	}
	return p.ID
}
