// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/json"
	"fmt"
	"time"

	"handrail/helpdesk"
	"handrail/kiosk"
)

func typeName(v any) string { return fmt.Sprintf("%T", v) }

// onAction takes a message of the companion's page. What it does not know it leaves out.
func (w *Worker) onAction(payload string) {
	var a struct {
		Do     string  `json:"do"`
		Lang   string  `json:"lang"`
		ID     string  `json:"id"`
		What   string  `json:"what"`
		Level  string  `json:"level"`
		Field  string  `json:"field"`
		On     bool    `json:"on"`
		Rev    int     `json:"rev"`
		N      int     `json:"n"`
		Text   string  `json:"text"`
		Failed bool    `json:"failed"`
		Heard  float64 `json:"heard"`
		Trip   float64 `json:"trip"`
	}
	if json.Unmarshal([]byte(payload), &a) != nil {
		return
	}
	switch a.Do {
	case "painted":
		w.screen.painted = max(w.screen.painted, a.Rev)
		w.screen.answer.painted(a.Rev)
		w.seen()
		return
	case "sheets-seen":
		w.onSheetsSeen(a.ID, a.N)
		return
	case "spoken":
		w.onSpoken(a.ID, a.Failed)
		return
	case "voice-offer", "voice-state":
		w.onVoice(a.Do, a.Text, a.Heard, a.Trip)
		return
	}
	if w.setup.Closed {
		return // nothing can be begun here
	}
	w.touchedNow()
	if w.ended != nil && w.onEndScreen(a.Do, a.N) {
		return
	}
	switch a.Do {
	case "hear":
		w.voice.say([]utterance{{a.Lang, w.words.T(a.Lang, "speech.hear", nil)}})
	case "chat":
		w.answer(a.Text)
	case "key":
		w.onKey(a.What, a.Text)
	case "again":
		w.again()
	case "choose":
		w.apply(kiosk.Chose{Field: a.Field, N: a.N})
	case "mute", "volume":
		w.changeVoice(a.Do)
	case "read":
		w.apply(kiosk.AskedReading{Busy: w.voice.busy()})
	default:
		if e := event(a.Do, a.Lang, a.ID, a.What+a.Level, a.Field, a.On); e != nil {
			w.apply(e)
		}
	}
}

// event is the session's event for a touch.
func event(do, lang, id, what, field string, on bool) kiosk.Event {
	switch do {
	case "language":
		return kiosk.ChoseLanguage{Lang: lang}
	case "level":
		return kiosk.ChoseLevel{Level: kiosk.Level(what)}
	case "change-level":
		return kiosk.AskedLevel{}
	case "show":
		return kiosk.AskedShow{}
	case "propose":
		return kiosk.AnsweredProposal{Yes: on}
	case "have":
		return kiosk.SaidHave{Need: id, On: on}
	case "begin":
		return kiosk.AskedStart{}
	case "service":
		return kiosk.ChoseService{Guide: id}
	case "next":
		return kiosk.SaidNext{}
	case "open":
		return kiosk.Opened{What: what}
	case "shut":
		return kiosk.Shut{}
	case "yes-this":
		return kiosk.SaidYes{}
	case "not-this":
		return kiosk.SaidNo{}
	case "dont-know":
		return kiosk.SaidUnsure{}
	case "show-box":
		return kiosk.AskedShowBox{}
	case "fixed":
		return kiosk.SaidFixed{}
	case "box-yes", "box-no":
		return kiosk.AnsweredBox{Yes: do == "box-yes"}
	case "card":
		return kiosk.AskedCard{}
	case "tick":
		return kiosk.Ticked{Field: field, On: on}
	case "page-paper":
		return kiosk.AskedPagePaper{}
	case "use-picture":
		return kiosk.SaidUse{}
	case "another-picture":
		return kiosk.AskedAgain{}
	case "no-picture":
		return kiosk.SaidNoFile{}
	case "scan-picture":
		return kiosk.AskedScan{}
	case "picture-with":
		return kiosk.AskedSource{Camera: what == "camera"}
	case "camera-failed":
		return kiosk.CameraFailed{}
	case "sheets":
		return kiosk.AskedSheets{}
	case "where":
		return kiosk.AskedWhere{}
	case "print-yes":
		return kiosk.SaidPrint{}
	case "print-no":
		return kiosk.SaidNoPrint{}
	case "take":
		return kiosk.Took{}
	case "take-nothing":
		return kiosk.TookNothing{}
	case "help":
		return kiosk.AskedHelp{}
	case "consent":
		return kiosk.ChangedConsent{What: what, On: on}
	case "ask":
		return kiosk.WantedHelp{ID: helpdesk.NewID()}
	case "bell":
		return kiosk.RangBell{ID: helpdesk.NewID()}
	case "bell-away":
		return kiosk.SentBellAway{}
	case "ticket":
		return kiosk.TookTicket{ID: helpdesk.NewID(), Number: ticketNumber()}
	case "alone":
		return kiosk.WantedAlone{}
	case "reveal":
		return kiosk.AskedReveal{}
	case "reveal-yes":
		return kiosk.SaidReveal{}
	case "stop-help":
		return kiosk.StoppedHelp{}
	case "back":
		return kiosk.WentBack{}
	case "end":
		return kiosk.AskedEnd{}
	case "end-yes":
		return kiosk.SaidEnd{}
	case "end-no":
		return kiosk.SaidStay{}
	case "extend", "touched":
		return kiosk.Touched{}
	case "print":
		return kiosk.AskedPrint{}
	case "retry":
		return kiosk.AskedRetry{}
	case "home":
		return kiosk.AskedHome{}
	case "large", "contrast":
		return kiosk.Switched{What: do}
	}
	return nil
}

// sayEnding says what the screen after a session shows, in the language of who is leaving.
func (w *Worker) sayEnding() {
	keys := []string{}
	if w.ended.Finished {
		keys = append(keys, "speech.end.finished")
	}
	card, _ := w.toTake()
	switch w.paperLeft() {
	case "out":
		keys = append(keys, "speech.end.paper")
	case "failed":
		keys = append(keys, "speech.end.no-paper")
	}
	if card {
		keys = append(keys, "speech.end.card")
	}
	if w.erased {
		keys = append(keys, "speech.end.erased")
	}
	var sentences []utterance
	for _, key := range keys {
		sentences = append(sentences, utterance{w.ended.Lang, w.words.T(w.ended.Lang, key, nil)})
	}
	if len(sentences) > 0 && w.ended.Lang != "" {
		w.voice.say(sentences)
	}
}

// onEndScreen takes what is touched on the screen that stands after a session. Any key but the faces lets the next person in.
func (w *Worker) onEndScreen(do string, n int) bool {
	switch do {
	case "face":
		if n >= 1 && n <= 5 {
			_ = w.wire.Send(Line{T: "count", Name: fmt.Sprintf("face_%d", n)})
		}
	case "read":
		w.sayEnding()
	case "end", "home", "help", "end-yes", "next":
		w.letIn(time.Now())
	}
	return true
}
