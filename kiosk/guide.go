// SPDX-License-Identifier: Apache-2.0

package kiosk

// Text is one sentence in every language it exists in, by BCP 47 tag: {"en": "...", "ar": "..."}.
type Text map[string]string

// In gives the sentence in a language: the exact tag, else its base language, else English, else any that exists.
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	for i, r := range lang {
		if r == '-' {
			if s, ok := t[lang[:i]]; ok {
				return s
			}
			break
		}
	}
	if s, ok := t["en"]; ok {
		return s
	}
	for _, s := range t {
		return s
	}
	return ""
}

// Guide is how to walk somebody through one service: which pages it has, what to do on each and why, in which words.
// It holds no code, no value of any person and no regular expression. See ParseGuide.
type Guide struct {
	Format  int           `yaml:"format"`  // 1
	ID      string        `yaml:"id"`      // lower-case words joined by dashes; the folder's name
	Version int           `yaml:"version"` // grows with every change
	Service Service       `yaml:"service"`
	Icon    string        `yaml:"icon"`
	Minutes int           `yaml:"minutes,omitempty"` // about how long it takes
	Needs   []Need        `yaml:"needs,omitempty"`   // what to have at hand; asked before the service is opened
	Pages   []Page        `yaml:"pages"`
	Errors  []Explanation `yaml:"errors,omitempty"` // of every page; a step's own come first
	Receipt ReceiptWords  `yaml:"receipt"`
	Words   Words         `yaml:"-"` // public words, from the file words beside guide.yaml
}

// Need is one thing to have at hand. Whoever does not have it is told what to do, and can have that on paper.
type Need struct {
	ID      string `yaml:"id"`
	Icon    string `yaml:"icon,omitempty"` // of the citizen's screens: card, paper, bank, letter, phone, time ...
	Title   Text   `yaml:"title"`          // 30 characters
	Gloss   Text   `yaml:"gloss"`          // 40 characters
	Without Text   `yaml:"without"`        // what to do without it; 120 characters
}

// Service is the third party's e-service that a guide is for.
type Service struct {
	Name      Text     `yaml:"name"`            // what a person would call it
	Term      Text     `yaml:"term"`            // the office's own word for it, by the site's language
	Languages []string `yaml:"languages"`       // of the site
	Origin    string   `yaml:"origin"`          // scheme://host[:port]; a terminal's configuration may put another in its place
	Start     string   `yaml:"start"`           // path of the first page
	Hosts     []string `yaml:"hosts,omitempty"` // host:port besides the origin's that all its pages need
	Licence   string   `yaml:"licence"`         // of this guide's texts
	Checked   string   `yaml:"checked"`         // YYYY-MM-DD on which the guide was last walked on the live service
}

// Page is one page of the service, recognised by its content: the path, and the heading or the landmarks.
type Page struct {
	ID        string   `yaml:"id"`
	Title     Text     `yaml:"title"`               // its step on the rail, a few words
	Path      string   `yaml:"path"`                // of the URL; * stands for one segment, a trailing /** for any rest
	Heading   Text     `yaml:"heading,omitempty"`   // by the site's language
	Landmarks []Target `yaml:"landmarks,omitempty"` // elements that must be there
	State     string   `yaml:"state,omitempty"`     // "" an ordinary page; "done" the service's confirmation; "expired"; "down"; "cookies"; "download"; the citizen's alone: "login"; "eid"; "captcha"; "payment"; "declaration"
	Instead   string   `yaml:"instead,omitempty"`   // id of an earlier page in whose place it comes: the ways of a branch share one place on the rail
	Hosts     []string `yaml:"hosts,omitempty"`     // host:port besides the service's that this page needs, and the next to be reached from it
	Steps     []Step   `yaml:"steps"`
}

// Kind says what a step asks of the citizen.
type Kind string

// The kinds of step. Declare and Secret are never filled, pressed or shown by us.
const (
	Read     Kind = "read"
	FillIn   Kind = "fill"
	Choose   Kind = "choose"
	Press    Kind = "press"
	Upload   Kind = "upload"  // a file that the citizen picks
	Wait     Kind = "wait"    // the site works; there is nothing to do
	PrintOut Kind = "print"   // something of the site's to take along
	Declare  Kind = "declare" // a legal declaration or the service's own submit: the citizen's hand only
	Secret   Kind = "secret"  // a password or one-time code
)

// Step is one thing to do on a page.
type Step struct {
	ID       string        `yaml:"id"`
	Kind     Kind          `yaml:"kind"`
	Target   *Target       `yaml:"target,omitempty"` // absent only for read
	Say      Say           `yaml:"say"`
	Done     Done          `yaml:"done"`
	Appears  *Target       `yaml:"appears,omitempty"` // of done: appears: what comes
	When     *When         `yaml:"when,omitempty"`    // the step is left out unless this is so
	Timeout  int           `yaml:"timeout,omitempty"` // seconds after which then holds, if it is not done
	Then     Then          `yaml:"then,omitempty"`
	Optional bool          `yaml:"optional,omitempty"`
	Hosts    []string      `yaml:"hosts,omitempty"` // host:port that may be reached only while this step is to be done
	Card     string        `yaml:"card,omitempty"`  // the card's field that may fill it, by consent: family_name, given_names ...
	Errors   []Explanation `yaml:"errors,omitempty"`
	Try      *Try          `yaml:"try,omitempty"` // invented data for walking the guide unattended
}

// When says on what a step depends: on a choice that was made in an earlier step of the page, or on a page that was seen in
// this session.
type When struct {
	Step   string `yaml:"step,omitempty"`
	Option string `yaml:"option,omitempty"` // value attribute of the choice
	Page   string `yaml:"page,omitempty"`
}

// Then says what follows when a step takes too long.
type Then string

// What can follow.
const (
	ThenHelp   Then = "help"   // more help is proposed
	ThenSkip   Then = "skip"   // the next step
	ThenReload Then = "reload" // the page is loaded again
)

// Say is what a step tells the citizen.
type Say struct {
	Title   Text `yaml:"title"`             // what to do; 45 characters
	How     Text `yaml:"how"`               // 90 characters
	Why     Text `yaml:"why,omitempty"`     // why they ask; 90 characters
	Missing Text `yaml:"missing,omitempty"` // what if I do not have it
}

// Done tells when a step is done. Exactly one is set.
type Done string

// The completions that a page can show without anybody reading a value.
const (
	DoneValid   Done = "valid"   // the field is not empty and valid, and the citizen has left it or paused
	DoneChecked Done = "checked" // one choice of the group is made
	DonePage    Done = "page"    // the page changes
	DoneAppears Done = "appears" // what the step says under appears is there
	DoneQuiet   Done = "quiet"   // the page has loaded nothing for a moment
	DonePerson  Done = "person"  // the citizen says so
)

// Try is what an invented person answers, twice: two people who answer everything differently.
type Try struct {
	A string `yaml:"a"`
	B string `yaml:"b"`
	// Wrong, when set, is an answer that the service refuses.
	Wrong string `yaml:"wrong,omitempty"`
}

// Target is the fingerprint of an element: what is known of it from several sides, so that it is found again when some of
// them change, and not mistaken for another.
type Target struct {
	Role         string   `yaml:"role,omitempty"`  // ARIA role: textbox, combobox, radio, button, link ...; "radiogroup" is a whole group of choices
	Name         Text     `yaml:"name,omitempty"`  // accessible name by the site's language
	Group        Text     `yaml:"group,omitempty"` // legend of its group
	Heading      Text     `yaml:"heading,omitempty"`
	Near         Text     `yaml:"near,omitempty"` // text before it
	Tag          string   `yaml:"tag,omitempty"`
	Type         string   `yaml:"type,omitempty"`
	Tokens       []string `yaml:"tokens,omitempty"` // of id and name, split at case, dash, dot and underscore
	Autocomplete string   `yaml:"autocomplete,omitempty"`
	Option       string   `yaml:"option,omitempty"`  // value attribute of a choice (public: it is the page's, not the person's)
	Ordinal      int      `yaml:"ordinal,omitempty"` // among elements of the same role in the page, from 1
	CSS          string   `yaml:"css,omitempty"`
	XPath        string   `yaml:"xpath,omitempty"`  // the way to it by tags: /html/body/main/form/input[2], or from an id: //*[@id="form"]/input[2]
	Shadow       []string `yaml:"shadow,omitempty"` // tags of the hosts of the shadow roots that it is in, the outermost first
	Frame        string   `yaml:"frame,omitempty"`  // origin of the frame that it is in, when that is not the page's own: https://pay.example
	Within       []string `yaml:"within,omitempty"` // origins of the frames round that frame, the outermost first, when there are any
}

// Explanation is what a validation error of the site means, and what to do.
type Explanation struct {
	ID    string   `yaml:"id"`
	Match []string `yaml:"match"` // substrings of the site's own words (any of them), compared without case
	Title Text     `yaml:"title"` // what the site wants
	How   Text     `yaml:"how"`   // what to change, with an example
}

// ReceiptWords is what the take-home receipt of a guide says. It holds no value.
type ReceiptWords struct {
	Title Text      `yaml:"title"`
	Done  []Text    `yaml:"done"` // what was done
	Next  []Text    `yaml:"next"` // what happens next
	Bring []Text    `yaml:"bring,omitempty"`
	Words []Meaning `yaml:"words,omitempty"`
}

// Meaning is a word of the page and what it means.
type Meaning struct {
	Word  string `yaml:"word"`
	Means Text   `yaml:"means"`
}

// Words are the public words of a guide's pages: sentences that were the same, in the same place, for two invented people
// who answered everything differently. Each is a hash bound to page and place (see WordHash); the words themselves are not kept.
type Words map[string]bool
