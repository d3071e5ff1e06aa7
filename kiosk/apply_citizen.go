// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// onCitizen answers what the citizen touches on the companion, apart from card, help and end.
func (s *Session) onCitizen(e Event) []Effect {
	switch e := e.(type) {
	case ChoseLanguage:
		if s.Guide != nil || (e.Lang != "" && !slices.Contains(s.Languages, e.Lang)) {
			return nil
		}
		s.Lang = e.Lang
		if e.Lang == "" {
			s.overlay = ""
			return []Effect{Speak{}, Show{}}
		}
		if s.Level != "" { // only the language changes
			return []Effect{Speak{[]Phrase{{Key: "speech.home"}}}, Show{}}
		}
		return []Effect{Count{"sessions"}, Speak{[]Phrase{{Key: "speech.level"}}}, Show{}}
	case ChoseService:
		return s.choose(e.Guide)
	case SaidNext:
		if s.Finished && s.ServiceShown() {
			return s.end()
		}
		step := s.Step()
		if s.Screen() != Companion && s.Screen() != Pointing {
			return nil
		}
		if s.passState() {
			return s.onward()
		}
		if step == nil || step.Pressed() || s.State() != "" {
			return nil
		}
		s.note(step.ID, OutNext)
		mark(&s.said, s.key(step.ID))
		s.FilledOK = ""
		s.fold()
		return append(s.speakStep(), Show{})
	case Opened:
		if e.What != "why" && e.What != "missing" {
			return nil
		}
		s.Open = e.What
		s.tried(e.What)
		s.trouble()
		return []Effect{s.speakOpen(), Show{}}
	case Shut:
		s.Open = ""
		return []Effect{Speak{}, Show{}}
	case SaidYes:
		if step := s.Step(); step != nil {
			s.note(step.ID, OutYes)
			mark(&s.yes, s.key(step.ID))
			return append(s.speakStep(), Count{"sight_confirmed"})
		}
	case SaidNo:
		if step := s.Step(); step != nil {
			s.note(step.ID, OutNo)
			mark(&s.no, s.key(step.ID))
			s.trouble()
			return []Effect{Count{"sight_denied"}, Speak{[]Phrase{{Key: "speech.unknown"}}}}
		}
	case SaidUnsure:
		return s.onHelp(AskedHelp{})
	case AskedShowBox:
		if s.errorAt != nil && s.errorAt.Step != "" {
			return []Effect{FocusTarget{s.errorAt.Step}}
		}
	case SaidFixed:
		if s.errorAt != nil {
			mark(&s.said, s.key(s.errorAt.Step))
			s.errorAt, s.explain = nil, nil
			return append(s.speakStep(), Show{})
		}
	case AskedReading:
		if e.Busy {
			return []Effect{Speak{}, Show{}}
		}
		s.tried("read_aloud")
		return append(s.readScreen(), Show{})
	case WentBack:
		s.tried("back")
		s.trouble()
		return s.back()
	case AskedRetry:
		if s.overlay == FailureShown && s.Failure == "dead-end" {
			return s.backToForm()
		}
		if s.overlay == FailureShown && s.Guide != nil {
			afresh := s.afresh()
			s.triedDown = !afresh && s.Page != nil && failureOf[s.Page.State] == "site-down"
			s.overlay, s.Failure, s.crashes = "", "", 0
			if afresh {
				s.Page, s.Seen, s.lastPage = nil, PageSeen{}, ""
				s.done, s.said, s.passed, s.refused = nil, nil, nil, nil
				return []Effect{OpenService{s.Guide}, Show{}}
			}
			return []Effect{Reload{Careful: s.MaybeSent()}, Show{}}
		}
	case AskedHome:
		if s.overlay == FailureShown {
			return s.leave()
		}
	case AskedPrint:
		if s.Guide != nil && !s.Printing {
			s.Printing = true
			return []Effect{Print{s.receipt()}, Show{}}
		}
	case Switched:
		switch e.What {
		case "large":
			s.Large = !s.Large
		case "contrast":
			s.Contrast = !s.Contrast
		default:
			return nil
		}
		return []Effect{Show{}}
	}
	return nil
}

func (s *Session) choose(id string) []Effect {
	if s.Lang == "" || s.Level == "" || s.Guide != nil {
		return nil
	}
	for _, g := range s.Guides {
		if g.ID != id {
			continue
		}
		if s.Guide = g; len(g.Needs) == 0 {
			return s.openService()
		}
		return []Effect{Count{"services_chosen"}, Speak{[]Phrase{{Key: "speech.readiness"}}}, Show{}}
	}
	return nil
}

// back closes what is open, or goes one page back in the service, or leaves it, or goes back to the languages.
func (s *Session) back() []Effect {
	switch s.Screen() {
	case LevelShown:
		if s.overlay == "" {
			s.Lang = ""
			return []Effect{Speak{}, Show{}}
		}
		s.uncover()
		return []Effect{Show{}}
	case Home:
		s.Level = ""
		return []Effect{Speak{[]Phrase{{Key: "speech.level"}}}, Show{}}
	case Readiness:
		return s.leave()
	case HelpConsent, ConfirmEnd, PaperConsent, Idle:
		s.uncover()
		return []Effect{Show{}}
	case SheetsShown:
		return s.sayNoPrint()
	case FilingShown:
		return s.endFiling()
	case CardConsent:
		return s.onCard(TookNothing{})
	case Waiting:
		return s.onHelp(WantedAlone{})
	case TicketShown, BellAnswered:
		s.toHelp()
		return []Effect{Show{}}
	case FailureShown:
		return s.leave()
	case SiteSays:
		return s.onBox(AnsweredBox{})
	case Companion, SiteErrorShown, Pointing:
		if step := s.lastSaid(); step != "" {
			delete(s.said, step)
			return append(s.speakStep(), Show{})
		}
		// From a page that nobody knows, the way back leads to the last one that somebody does.
		if index, _ := s.Progress(); (index > 1 || s.Page == nil && s.lastPage != "") && !s.Finished {
			s.noteNow(OutBack)
			return []Effect{GoBack{}}
		}
		if !s.Finished && !s.Help.Asked {
			return s.leave()
		}
	}
	return nil
}

// lastSaid is the last step of this page that was passed by "next".
func (s *Session) lastSaid() string {
	if s.Page == nil {
		return ""
	}
	for i := len(s.Page.Steps) - 1; i >= 0; i-- {
		if key := s.key(s.Page.Steps[i].ID); s.said[key] && !s.done[key] {
			return key
		}
	}
	return ""
}

// leave goes back to the home screen and forgets how far this service was.
func (s *Session) leave() []Effect {
	s.overlay, s.Failure, s.Open = "", "", ""
	s.Guide, s.Page, s.Seen = nil, nil, PageSeen{}
	s.errorAt, s.explain, s.Box = nil, nil, nil
	s.done, s.said, s.yes, s.no, s.refused, s.passed = nil, nil, nil, nil, nil, nil
	s.filling, s.offered, s.FilledOK, s.lastPage, s.Tried = nil, "", "", "", nil
	s.Finished, s.Ending, s.wasDown, s.triedDown, s.PagePaper = false, Ending{}, false, false, ""
	s.past, s.visited, s.awaited, s.Notice = nil, nil, "", ""
	s.crashes, s.maybeSent, s.stranded = 0, false, false
	s.Opened, s.Have, s.AskedOnce, s.Proposed = false, nil, false, ""
	s.fade.clean, s.fade.counted, s.fade.shown = 0, nil, nil
	out := []Effect{Speak{}, LeaveService{}, Show{}}
	if s.Filing != "" {
		s.Filing, s.cameraFailed = "", false
		out = append([]Effect{DropScan{}}, out...)
	}
	if s.Sheets.State != "" {
		s.dropSheets()
		out = append([]Effect{DropSheets{}}, out...)
	}
	return out
}

// speakStep says what there is to do now.
func (s *Session) speakStep() []Effect {
	step := s.Step()
	if state := s.State(); state != "" && s.ServiceShown() {
		return []Effect{s.speakState(state)}
	}
	if step == nil || !s.ServiceShown() {
		return nil
	}
	phrases := []Phrase{{Text: step.Say.Title}}
	if !s.Bare() {
		phrases = append(phrases, Phrase{Text: step.Say.How})
	}
	if s.Sight(step) == Likely {
		phrases = append([]Phrase{{Key: "speech.likely"}}, phrases...)
	}
	if s.Level == WithMe {
		phrases = append(phrases, s.wordOf(step)...)
		if len(step.Say.Why) > 0 {
			phrases = append(phrases, Phrase{Text: step.Say.Why})
		}
	}
	if s.lessHelp(s.Proposed) {
		phrases = append(phrases, Phrase{Key: "speech.propose." + string(s.Proposed)})
	}
	return []Effect{Speak{phrases}}
}

// wordOf says the page's own word for a step's target, when page and person have different languages.
func (s *Session) wordOf(step *Step) []Phrase {
	if step.Target == nil || len(s.Guide.Service.Languages) == 0 || s.Guide.Service.Languages[0] == s.Lang {
		return nil
	}
	site := s.Guide.Service.Languages[0]
	name := step.Target.Name.In(site)
	if name == "" {
		return nil
	}
	return []Phrase{{Key: "speech.word"}, {Text: Text{site: name}, Lang: site}}
}

func (s *Session) speakOpen() Effect {
	step := s.Step()
	if step == nil {
		return Speak{}
	}
	if s.Open == "why" {
		return Speak{[]Phrase{{Text: step.Say.Why}}}
	}
	return Speak{[]Phrase{{Text: step.Say.Missing}}}
}

// readScreen says everything that the screen says, in the same order.
func (s *Session) readScreen() []Effect {
	step := s.Step()
	switch s.Screen() {
	case Companion, Pointing:
		if state := s.State(); state != "" {
			return []Effect{s.speakState(state)}
		}
		if step == nil {
			return []Effect{Speak{[]Phrase{{Key: "speech.unknown"}}}}
		}
		phrases := []Phrase{{Text: step.Say.Title}, {Text: step.Say.How}}
		if len(step.Say.Why) > 0 {
			phrases = append(phrases, Phrase{Key: "companion.why"}, Phrase{Text: step.Say.Why})
		}
		if len(step.Say.Missing) > 0 {
			phrases = append(phrases, Phrase{Key: "companion.missing"}, Phrase{Text: step.Say.Missing})
		}
		return []Effect{Speak{phrases}}
	case SiteErrorShown:
		return []Effect{s.speakError()}
	case SiteSays:
		return []Effect{s.speakBox()}
	case Readiness:
		return s.readNeeds()
	case TicketShown:
		return []Effect{s.speakTicket()}
	case BellAnswered:
		return []Effect{s.speakBell()}
	case SheetsShown:
		return []Effect{s.speakSheets()}
	case FilingShown:
		return []Effect{s.speakFiling()}
	case FailureShown:
		return []Effect{Speak{[]Phrase{{Key: "failure." + s.Failure + ".title"}}}}
	}
	return []Effect{Speak{[]Phrase{{Key: "speech." + string(s.Screen())}}}}
}

func (s *Session) receipt() Receipt {
	return s.needs(newReceipt(s.Guide, s.Lang, s.Office, s.passed, s.Finished))
}

func mark(set *map[string]bool, key string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[key] = true
}
