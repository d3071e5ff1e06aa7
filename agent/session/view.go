// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"handrail/kiosk"
)

// screen is what the worker remembers of the screen.
type screen struct {
	rev     int
	painted int
	shown   string // the last view without its revision
	placed  Place
	lineUp  bool
	spoken  int
	outline bool // the script reports the outline
	answer  answerTime
}

// view has the shapes of ui/citizen/view.ts. Values of a card are in it, on their way to the citizen's own page.
type view struct {
	Rev      int          `json:"rev"`
	Screen   string       `json:"screen"`
	Lang     string       `json:"lang"`
	Dir      string       `json:"dir"`
	Office   string       `json:"office"`
	Large    bool         `json:"large"`
	Contrast bool         `json:"contrast"`
	Speaking bool         `json:"speaking"`
	Back     bool         `json:"back"`
	Help     bool         `json:"help"`
	End      bool         `json:"end"`
	Service  *rect        `json:"service,omitempty"`
	Keys     *keysView    `json:"keys,omitempty"`
	Rail     *rail        `json:"rail,omitempty"`
	Level    string       `json:"level,omitempty"`
	Ready    *ready       `json:"readiness,omitempty"`
	Start    *start       `json:"start,omitempty"`
	Home     *home        `json:"home,omitempty"`
	Step     *step        `json:"step,omitempty"`
	Error    *siteError   `json:"error,omitempty"`
	Box      *siteBox     `json:"box,omitempty"`
	Card     *cardPanel   `json:"card,omitempty"`
	Consent  *consent     `json:"consent,omitempty"`
	Waiting  *waiting     `json:"waiting,omitempty"`
	Ticket   *ticketPanel `json:"ticket,omitempty"`
	Bell     *bellPanel   `json:"bell,omitempty"`
	Call     *callView    `json:"call,omitempty"`
	Idle     *idle        `json:"idle,omitempty"`
	Ending   *ending      `json:"ending,omitempty"`
	Failure  *failure     `json:"failure,omitempty"`
	Sheets   *sheetView   `json:"sheets,omitempty"`
	Filing   *filingView  `json:"filing,omitempty"`
}

type (
	rect struct {
		X int `json:"x"`
		Y int `json:"y"`
		W int `json:"w"`
		H int `json:"h"`
	}
	knob struct {
		N     int    `json:"n"`
		State string `json:"state"`
	}
	rail struct {
		Index int    `json:"index"`
		Total int    `json:"total"`
		Knobs []knob `json:"knobs"`
	}
	language struct {
		Lang     string `json:"lang"`
		Dir      string `json:"dir"`
		Greeting string `json:"greeting"`
		Name     string `json:"name"`
	}
	start struct {
		Languages []language `json:"languages"`
	}
	service struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Term string `json:"term"`
		Icon string `json:"icon"`
	}
	home struct {
		Services []service `json:"services"`
	}
	pageWords struct {
		Text string `json:"text"`
		Lang string `json:"lang"`
		Dir  string `json:"dir"`
	}
	step struct {
		Title     string     `json:"title"`
		How       string     `json:"how"`
		Why       string     `json:"why,omitempty"`
		Missing   string     `json:"missing,omitempty"`
		Open      string     `json:"open,omitempty"`
		Word      *pageWords `json:"word,omitempty"`
		Key       string     `json:"key"`
		Sight     string     `json:"sight"`
		RingY     int        `json:"ringY,omitempty"`
		CardOffer bool       `json:"cardOffer,omitempty"`
		// PaperOffer: this page can be printed; Paper is how that goes: printing, out, or the printer's state.
		PaperOffer bool   `json:"paperOffer,omitempty"`
		Paper      string `json:"paper,omitempty"`
		// SheetsOffer: it can be looked at as sheets, to be printed.
		SheetsOffer bool   `json:"sheetsOffer,omitempty"`
		Filled      string `json:"filled,omitempty"`
		HelpOver    bool   `json:"helpOver,omitempty"`
		State       string `json:"state,omitempty"`
		Back        string `json:"back,omitempty"`
		Bare        bool   `json:"bare,omitempty"`
		Propose     string `json:"propose,omitempty"`
	}
	need struct {
		ID      string `json:"id"`
		Icon    string `json:"icon"`
		Title   string `json:"title"`
		Gloss   string `json:"gloss"`
		Without string `json:"without"`
		Have    string `json:"have"`
	}
	ready struct {
		Name    string `json:"name"`
		Term    string `json:"term"`
		Minutes int    `json:"minutes,omitempty"`
		Needs   []need `json:"needs"`
		Asked   bool   `json:"asked"`
		Paper   string `json:"paper"`
	}
	siteError struct {
		Title       string    `json:"title"`
		How         string    `json:"how"`
		Words       pageWords `json:"words"`
		NothingLost bool      `json:"nothingLost"`
		Known       bool      `json:"known"`
	}
	siteBox struct {
		Words  pageWords `json:"words"`
		Asks   bool      `json:"asks"`
		Agreed bool      `json:"agreed"`
	}
	cardField struct {
		Name  string `json:"name"`
		Label string `json:"label"`
		Value string `json:"value"`
		Take  bool   `json:"take"`
		// Look: nothing on the card proves it right. Choices: it may be read in several ways.
		Look    bool     `json:"look,omitempty"`
		Choices []string `json:"choices,omitempty"`
	}
	cardPanel struct {
		Fields []cardField `json:"fields"`
		State  string      `json:"state"`
	}
	outlineNode struct {
		ID    string   `json:"id"`
		Kind  string   `json:"kind"`
		Box   [4]int   `json:"box"`
		State []string `json:"state,omitempty"`
		Text  string   `json:"text,omitempty"`
		Bar   int      `json:"bar,omitempty"`
	}
	outlineView struct {
		W     int           `json:"w"`
		H     int           `json:"h"`
		Nodes []outlineNode `json:"nodes"`
	}
	consent struct {
		Talk     bool         `json:"talk"`
		See      bool         `json:"see"`
		Point    bool         `json:"point"`
		Outline  *outlineView `json:"outline,omitempty"`
		LineDown bool         `json:"lineDown,omitempty"`
		Free     *int         `json:"free,omitempty"`
		Bell     *bellPanel   `json:"bell,omitempty"`
	}
	waiting struct {
		Before   *int       `json:"before,omitempty"`
		Minutes  *int       `json:"minutes,omitempty"`
		LineDown bool       `json:"lineDown"`
		Desk     *deskHours `json:"desk,omitempty"`
		Bell     *bellPanel `json:"bell,omitempty"`
		Number   string     `json:"number,omitempty"`
	}
	deskHours struct {
		Open bool   `json:"open"`
		Time string `json:"time"`
	}
	bellPanel struct {
		State string `json:"state"`
		By    string `json:"by,omitempty"`
	}
	ticketPanel struct {
		Number string   `json:"number"`
		Say    string   `json:"say"`
		Hours  []string `json:"hours"`
		Paper  string   `json:"paper"`
		Known  bool     `json:"known"`
		Asked  bool     `json:"asked"`
	}
	caption struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	callView struct {
		Name       string          `json:"name"`
		Initial    string          `json:"initial"`
		Digits     string          `json:"digits"`
		Talk       bool            `json:"talk"`
		See        bool            `json:"see"`
		Point      bool            `json:"point"`
		Captions   []caption       `json:"captions"`
		Pointing   bool            `json:"pointing"`
		Reveal     kiosk.Revealing `json:"reveal,omitempty"`
		LineDown   bool            `json:"lineDown"`
		Voice      string          `json:"voice,omitempty"`
		Muted      bool            `json:"muted,omitempty"`
		Soft       bool            `json:"soft,omitempty"`
		TheirVoice string          `json:"theirVoice,omitempty"`
	}
	idle struct {
		Seconds int `json:"seconds"`
	}
	slip struct {
		Title string   `json:"title"`
		Lines []string `json:"lines"`
	}
	ending struct {
		Asked    bool   `json:"asked,omitempty"`
		Paper    string `json:"paper"`
		Card     bool   `json:"card"`
		Printer  string `json:"printer,omitempty"`
		Slip     *slip  `json:"slip,omitempty"`
		Erased   bool   `json:"erased"`
		Finished bool   `json:"finished"`
	}
	failure struct {
		Kind   string   `json:"kind"`
		Truths []string `json:"truths"`
		Keys   []string `json:"keys"`
	}
)

// Measures of the frame (landscape, 1280 x 800): the companion's width and the bottom bar's height.
const (
	companionWidth = 464
	barHeight      = 112
)

// direction is which way a language is written.
func direction(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	switch base {
	case "ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}

func (w *Worker) rtl() bool { return direction(w.session.Lang) == "rtl" }

// servicePlace is the service window's rectangle: all that the companion leaves, at the start side.
func (w *Worker) servicePlace() Place {
	p := Place{W: w.setup.Width - companionWidth, H: w.setup.Height - barHeight, Visible: w.session.ServiceShown() && w.ended == nil}
	if w.keys.open {
		p.W, p.H = keysPageWidth, w.setup.Height-barHeight-keysHeight-6 // the rail lies between
		if w.setup.Width < 1200 {
			p.W = keysPageNarrow
		}
	}
	if w.rtl() {
		p.X = w.setup.Width - p.W
	}
	return p
}

// show draws the session's state, when it differs from what is on the screen, and places the service window.
func (w *Worker) show() {
	if w.browser == nil {
		return
	}
	w.watchOutline()
	w.openKeys()
	place := w.servicePlace()
	if place != w.screen.placed {
		w.screen.placed = place
		_ = w.wire.Send(Line{T: "place", Place: &place})
	}
	v := w.view()
	data, err := json.Marshal(v)
	if err != nil || string(data) == w.screen.shown {
		return
	}
	w.screen.shown = string(data)
	w.screen.rev++
	v.Rev = w.screen.rev
	w.screen.answer.handed = time.Now()
	if err := w.browser.Companion.Show(v); err != nil {
		w.screen.shown = "" // it is tried again with the next change
		w.log.Error("the screen could not be drawn", "why", err)
	}
}

// overForm are the screens that cover a form which is there still, and lead back to it.
var overForm = map[kiosk.Screen]bool{kiosk.CardConsent: true, kiosk.HelpConsent: true, kiosk.Waiting: true, kiosk.TicketShown: true, kiosk.BellAnswered: true,
	kiosk.FilingShown: true, kiosk.SheetsShown: true, kiosk.ConfirmEnd: true, kiosk.PaperConsent: true, kiosk.FailureShown: true}

func (w *Worker) view() view {
	s := w.session
	v := view{
		Screen: string(s.Screen()), Lang: s.Lang, Office: s.Office, Large: s.Large, Contrast: s.Contrast, Speaking: w.voice.busy(),
		Help: s.Lang != "", End: s.Lang != "",
	}
	if w.ended != nil {
		return w.endView(v)
	}
	if v.Lang == "" {
		v.Lang = w.setup.Languages[0]
	}
	v.Dir, v.Level = direction(v.Lang), string(s.Level)
	if w.curtain {
		v.Screen = "ready"
		return v
	}
	if w.setup.Closed {
		v.Screen, v.Help, v.End = string(kiosk.FailureShown), false, false
		v.Failure = &failure{Kind: "out-of-order", Truths: []string{"failure.truth.not-your-fault"}, Keys: []string{}}
		return v
	}
	if overForm[s.Screen()] {
		v.Back, v.Rail = true, w.railView()
	}
	switch s.Screen() {
	case kiosk.Start:
		v.Start = w.startView()
	case kiosk.LevelShown:
		v.Back = true
	case kiosk.Readiness:
		v.Back = true
		v.Ready = w.readyView()
	case kiosk.Home:
		v.Back = true
		v.Home = w.homeView()
	case kiosk.Companion, kiosk.SiteErrorShown, kiosk.SiteSays, kiosk.Pointing:
		w.companionView(&v)
	case kiosk.CardConsent:
		v.Card = w.cardView()
	case kiosk.HelpConsent:
		v.Consent = &consent{Talk: s.Consent.Talk, See: s.Consent.See, Point: s.Consent.Point, Free: w.free(), LineDown: !w.screen.lineUp, Outline: w.smallOutline(), Bell: w.bellView()}
	case kiosk.Waiting:
		v.Waiting = &waiting{Before: known(s.Help.Before), Minutes: known(s.Help.Minute), LineDown: !w.screen.lineUp,
			Desk: w.deskView(time.Now()), Bell: w.bellView(), Number: grouped(s.Ticket.Number)}
	case kiosk.TicketShown:
		v.Ticket = w.ticketView()
	case kiosk.BellAnswered:
		v.Bell = w.bellView()
	case kiosk.FilingShown:
		v.Filing = w.filingView()
	case kiosk.SheetsShown:
		v.Sheets = w.sheetView()
	case kiosk.Idle:
		// Counted in steps of five, so that the screen does not tick.
		v.Idle = &idle{Seconds: (s.IdleLeft + 4) / 5 * 5}
	case kiosk.EndScreen:
		v.Rail = w.railView()
		v.Ending = &ending{Paper: paper(s.Ending.Paper), Card: w.devices.cardIn(), Finished: s.Finished}
	case kiosk.FailureShown:
		v.Failure = &failure{Kind: s.Failure, Truths: w.truths(), Keys: []string{"retry", "print", "help", "home"}}
		if s.Failure == "dead-end" {
			v.Failure.Keys = []string{"retry", "help", "home"} // the way on is back to the form
		}
	}
	return v
}

func paper(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func known(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

// truths are the lines of a failure screen that are true now.
func (w *Worker) truths() []string {
	truths := []string{}
	if w.session.Failure == "site-unsure" {
		truths = append(truths, "failure.truth.stopped")
	}
	if !w.session.MaybeSent() {
		truths = append(truths, "failure.truth.not-sent")
	}
	if w.session.Failure == "session-lost" || w.session.Failure == "form-gone" || w.session.Failure == "browser-lost" && w.erased {
		truths = append(truths, "failure.truth.erased")
	}
	if w.session.Failure == "dead-end" {
		truths = append(truths, "failure.truth.look-again")
	}
	if w.screen.lineUp && w.session.Failure != "dead-end" { // a key there says so
		truths = append(truths, "failure.truth.help-works")
	}
	return append(truths, "failure.truth.not-your-fault")
}

// endView is the screen after a session: the spare shows it, and knows nothing but how it ended.
func (w *Worker) endView(v view) view {
	v.Screen, v.Lang = string(kiosk.EndScreen), w.ended.Lang
	if v.Lang == "" {
		v.Lang = w.setup.Languages[0]
	}
	v.Dir, v.Help, v.End = direction(v.Lang), false, true
	card, _ := w.toTake()
	v.Ending = &ending{Paper: w.paperLeft(), Asked: w.leaving.asked, Printer: w.ended.Printer, Card: card, Erased: w.erased, Finished: w.ended.Finished}
	if r := w.ended.Receipt; r != nil {
		v.Ending.Slip = &slip{Title: r.Title, Lines: slices.Concat(r.Missing, r.Next, r.Bring)}
		if len(r.Next) == 0 {
			v.Ending.Slip.Lines = append(append([]string{}, r.Left...), v.Ending.Slip.Lines...)
		}
	}
	return v
}

// StartScreen is the view (JSON) with which a terminal waits for the next person, for measuring it elsewhere.
func StartScreen(office string, languages []string) ([]byte, error) {
	w := &Worker{setup: Setup{Office: office, Languages: languages}}
	if err := w.prepare(); err != nil {
		return nil, err
	}
	v := w.view()
	v.Rev = 1
	return json.Marshal(v)
}

func (w *Worker) startView() *start {
	out := &start{}
	for _, lang := range w.setup.Languages {
		out.Languages = append(out.Languages, language{
			Lang: lang, Dir: direction(lang), Greeting: w.words.T(lang, "language.greeting", nil), Name: w.words.T(lang, "language.name", nil),
		})
	}
	return out
}

func (w *Worker) homeView() *home {
	out := &home{Services: []service{}}
	for _, g := range w.session.Guides {
		out.Services = append(out.Services, service{ID: g.ID, Name: g.Service.Name.In(w.session.Lang), Term: g.Service.Term.In(siteLang(g)), Icon: g.Icon})
	}
	return out
}

// readyView is the list of what is needed.
func (w *Worker) readyView() *ready {
	s := w.session
	out := &ready{Name: s.Guide.Service.Name.In(s.Lang), Term: s.Guide.Service.Term.In(siteLang(s.Guide)), Minutes: s.Guide.Minutes,
		Needs: []need{}, Asked: s.AskedOnce, Paper: paper(s.Ending.Paper)}
	if s.Printing {
		out.Paper = "printing"
	}
	for _, n := range s.Guide.Needs {
		out.Needs = append(out.Needs, need{ID: n.ID, Icon: n.Icon, Title: n.Title.In(s.Lang), Gloss: n.Gloss.In(s.Lang), Without: n.Without.In(s.Lang), Have: string(s.Have[n.ID])})
	}
	return out
}

func siteLang(g *kiosk.Guide) string {
	if g == nil || len(g.Service.Languages) == 0 {
		return "en"
	}
	return g.Service.Languages[0]
}

// railView is the rail: at most nine knobs, a window round the current one, first and last always.
func (w *Worker) railView() *rail {
	index, total := w.session.Progress()
	if total == 0 {
		return nil
	}
	if w.session.Finished {
		index = total + 1
	}
	r := &rail{Index: min(max(index, 1), total), Total: total, Knobs: []knob{}}
	for _, n := range window(max(index, 1), total, 9) {
		k := knob{N: n, State: "todo"}
		switch {
		case n < index:
			k.State = "done"
		case n == index:
			k.State = "now"
			if w.session.Screen() == kiosk.SiteErrorShown {
				k.State = "refused"
			}
		}
		r.Knobs = append(r.Knobs, k)
	}
	return r
}

// window gives the numbers of at most size knobs of total: first, last, and those round index.
func window(index, total, size int) []int {
	var out []int
	if total <= size {
		for n := 1; n <= total; n++ {
			out = append(out, n)
		}
		return out
	}
	from := min(max(index-(size-2)/2, 2), total-(size-2))
	out = append(out, 1)
	for n := from; n < from+size-2; n++ {
		out = append(out, n)
	}
	return append(out, total)
}

// companionView fills in what lies beside the service's page.
func (w *Worker) companionView(v *view) {
	s := w.session
	p := w.servicePlace()
	v.Service = &rect{p.X, p.Y, p.W, p.H}
	v.Rail, v.Keys = w.railView(), w.keysView()
	v.Back = !s.Finished
	current := s.Step()
	state := s.State()
	switch {
	case state != "":
		v.Step = &step{Title: w.t("page." + state + ".title"), How: w.t("page." + state + ".how"), Back: w.t("page." + state + ".back"), Key: "next", Sight: "none", State: state}
		if s.Page == nil || s.Page.State == state {
			v.Step.Key = "none"
		}
	case s.Page == nil:
		v.Step = &step{Title: w.t("unknown.title"), How: w.t("unknown.how"), Key: "none", Sight: "unknown"}
		if s.Seen.Sights == nil { // nothing was seen yet
			v.Step = &step{Title: w.t("opening.title"), How: w.t("opening.how"), Key: "none", Sight: "none"}
		}
	case current != nil:
		v.Step = w.stepView(current)
	default:
		v.Step = &step{Title: s.Page.Title.In(s.Lang), Key: "none", Sight: "none"}
	}
	if found, explained := s.ErrorShown(); found != nil && s.Screen() == kiosk.SiteErrorShown {
		site := siteLang(s.Guide)
		v.Error = &siteError{Title: w.t("error.unknown.title"), How: w.t("error.unknown.how"),
			Words: pageWords{found.Words.Reveal(), site, direction(site)}, Known: explained != nil, NothingLost: s.Page != nil}
		if explained != nil {
			v.Error.Title, v.Error.How = explained.Title.In(s.Lang), explained.How.In(s.Lang)
		}
	}
	if s.Box != nil && s.Screen() == kiosk.SiteSays {
		site := siteLang(s.Guide)
		v.Box = &siteBox{Words: pageWords{s.Box.Words.Reveal(), site, direction(site)}, Asks: s.Box.Asks, Agreed: s.Box.Agreed}
	}
	if s.Help.Accepted {
		v.Call = &callView{Name: s.Help.Name, Initial: initial(s.Help.Name), Digits: s.Help.Digits, Talk: s.Consent.Talk, See: s.Consent.See,
			Point: s.Consent.Point, Pointing: s.Help.Pointing, Reveal: s.Help.Reveal, LineDown: !w.screen.lineUp, Captions: []caption{}}
		w.call.talk.view(v.Call)
		for _, c := range s.Help.Captions {
			v.Call.Captions = append(v.Call.Captions, caption{c.ID, c.Text})
		}
	}
}

func (w *Worker) stepView(current *kiosk.Step) *step {
	s := w.session
	out := &step{
		Title: current.Say.Title.In(s.Lang), How: current.Say.How.In(s.Lang), Why: current.Say.Why.In(s.Lang), Missing: current.Say.Missing.In(s.Lang),
		Open: s.Open, Key: "next", Sight: string(s.Sight(current)), RingY: s.Seen.RingY, Filled: s.FilledOK, HelpOver: s.Help.Over,
		Bare: s.Bare(), Propose: string(s.Proposed),
	}
	if out.Bare {
		out.RingY = 0
	}
	if out.Sight == "" {
		out.Sight = "none"
	}
	out.SheetsOffer = s.SheetsOffer()
	if s.Finished {
		out.Key = "finish"
		out.PaperOffer, out.Paper = s.PaperOffer(), s.PagePaper
		return out
	}
	if current.Pressed() {
		out.Key = "none"
	}
	site := siteLang(s.Guide)
	if current.Target != nil && site != s.Lang {
		if name := current.Target.Name.In(site); name != "" {
			out.Word = &pageWords{name, site, direction(site)}
		}
	}
	out.CardOffer = s.CardState == "ready" && len(s.Offered()) > 0
	return out
}

func (w *Worker) cardView() *cardPanel {
	s := w.session
	out := &cardPanel{State: s.CardState, Fields: []cardField{}}
	if s.CardState != "ready" {
		return out
	}
	ticked := map[string]bool{}
	for _, name := range s.Ticked {
		ticked[name] = true
	}
	for _, name := range s.Offered() {
		field := cardField{Name: name, Label: w.t("field." + name), Value: s.Card.Get(name).Reveal(), Take: ticked[name], Look: s.Card.Unproven(name)}
		for _, c := range s.Card.Choices(name) {
			field.Choices = append(field.Choices, c.Reveal())
		}
		out.Fields = append(out.Fields, field)
	}
	return out
}

func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return ""
}

func (w *Worker) t(key string) string { return w.words.T(w.session.Lang, key, nil) }
