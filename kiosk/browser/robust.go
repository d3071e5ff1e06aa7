// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Robust is what became of the lookups on one page while it was changed in the ways in which pages change.
type Robust struct {
	Controls           int                    `json:"controls"`
	Kinds              map[string]RobustTally `json:"kinds"`
	Removed            int                    `json:"removed"`            // controls taken away, one at a time
	RemovedPointed     int                    `json:"removedPointed"`     // of which the engine pointed at another
	RemovedPointedSure int                    `json:"removedPointedSure"` // and was sure of it
	MS                 []float64              `json:"ms"`                 // of each whole page: features and assignment
	Reading            float64                `json:"reading"`            // mean of ms that went into collecting features
	Restored           bool                   `json:"restored"`           // the page was as before in the end
	Misses             []string               `json:"misses"`             // role and id of what was not found, for people who tune
}

// RobustTally counts the lookups under one kind of change. What is neither right nor wrong was answered "unknown".
type RobustTally struct {
	Lookups       int `json:"lookups"`
	Right         int `json:"right"`
	Wrong         int `json:"wrong"`
	WrongSure     int `json:"wrongSure"`
	Sure          int `json:"sure"`
	BaselineRight int `json:"baselineRight"`
	BaselineWrong int `json:"baselineWrong"`
}

// Robust changes the page that is open, looks up each of its controls by the fingerprint it had before, and puts the
// page back; mutations is how many changed pages there are, and the same seed makes the same ones.
func (v *Visitor) Robust(ctx context.Context, mutations, seed int) (Robust, error) {
	return robust(ctx, v.ctx, v.target, mutations, seed)
}

// Robust does the same to the page to which the walk has come.
func (w *Walker) Robust(ctx context.Context, mutations, seed int) (Robust, error) {
	return robust(ctx, w.service.ctx, w.service.target, mutations, seed)
}

// robust does it in a tab.
func robust(ctx, tab context.Context, t *chromedp.Target, mutations, seed int) (Robust, error) {
	var none Robust
	script := benchScript()
	if script == "" {
		return none, errors.New("the page's script was not built into this program; build it with: make build")
	}
	tree, err := cdp.Call(tab, t, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		return none, fmt.Errorf("robust: %w", err)
	}
	made, err := cdp.Call(tab, t, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: world + "-bench"})
	if err != nil {
		return none, fmt.Errorf("robust: %w", err)
	}
	run, cancel := context.WithTimeout(tab, 5*time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	in := func(expression string) (*runtime.EvaluateResult, error) {
		result, err := cdp.Call(run, t, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: made.ExecutionContextID, ReturnByValue: new(true)})
		if err == nil && result.ExceptionDetails != nil {
			err = fmt.Errorf("robust: the script failed: %s", benchFault(result.ExceptionDetails))
		}
		return &result, err
	}
	if _, err := in(script + ";0"); err != nil {
		return none, err
	}
	result, err := in(fmt.Sprintf("handrailBench(%d,%d)", mutations, seed))
	if err != nil {
		return none, err
	}
	var found Robust
	if err := json.Unmarshal(result.Result.Value, &found); err != nil {
		return none, fmt.Errorf("robust: %w", err)
	}
	return found, nil
}

func benchFault(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return fmt.Sprintf("%s at %d:%d", d.Text, d.LineNumber, d.ColumnNumber)
}
