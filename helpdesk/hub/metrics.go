// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// counters are what /metrics says of this hub. Counts and times only: no id of anybody or anything.
type counters struct {
	registry *prometheus.Registry
	asked    prometheus.Counter
	answered prometheus.Counter
	ended    *prometheus.CounterVec
	refused  *prometheus.CounterVec
	frames   prometheus.Counter
	bells    prometheus.Counter
	trouble  prometheus.Counter
	waited   prometheus.Histogram
	pass     prometheus.Histogram
}

func newCounters(h *Hub) counters {
	c := counters{registry: prometheus.NewRegistry(),
		asked:    prometheus.NewCounter(prometheus.CounterOpts{Name: "handrail_requests_total", Help: "Requests for help that this hub put on disk."}),
		answered: prometheus.NewCounter(prometheus.CounterOpts{Name: "handrail_answered_total", Help: "Requests that a volunteer accepted at this hub."}),
		ended:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "handrail_ended_total", Help: "Requests and calls that this hub ended, by why."}, []string{"why"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "handrail_refused_total", Help: "Connections closed, and requests not taken, because of what they sent, by side and why."}, []string{"side", "why"}),
		frames:   prometheus.NewCounter(prometheus.CounterOpts{Name: "handrail_frames_total", Help: "Sealed frames passed on."}),
		bells:    prometheus.NewCounter(prometheus.CounterOpts{Name: "handrail_bells_total", Help: "Bells for the people of an office, and numbers to come back with, that this hub put on disk."}),
		trouble:  prometheus.NewCounter(prometheus.CounterOpts{Name: "handrail_database_errors_total", Help: "Statements that the database did not carry out."}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "handrail_wait_seconds", Help: "From the arrival of a request until it was accepted.",
			Buckets: []float64{1, 2, 5, 10, 20, 40, 60, 120, 300, 900}}),
		pass: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "handrail_pass_seconds", Help: "One look at the rows.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .5, 1, 5}}),
	}
	gauge := func(name, help string, f func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			h.mu.Lock()
			defer h.mu.Unlock()
			return float64(f())
		})
	}
	c.registry.MustRegister(c.asked, c.answered, c.ended, c.refused, c.frames, c.bells, c.trouble, c.waited, c.pass,
		gauge("handrail_terminals_connected", "Terminals connected to this hub.", func() int { return len(h.lines) }),
		gauge("handrail_volunteers_connected", "Volunteers with the desk open at this hub.", func() int { return len(h.seats) }),
		gauge("handrail_calls", "Calls going on, at all hubs.", func() int { return len(h.calls) }),
		gauge("handrail_hubs", "Hubs that run, by the last look.", func() int { return len(h.nodes) }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return c
}

func (c *counters) over(r row) { c.ended.WithLabelValues(r.EndedWhy).Inc() }

// Figures is the handler of an address for the office's own watching: /metrics and /healthz. It names nobody.
func (h *Hub) Figures() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.count.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", h.healthz)
	return mux
}

// healthz says "ok" while the database answers and the hub does not stop.
func (h *Hub) healthz(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	closing := h.closing
	h.mu.Unlock()
	if closing {
		http.Error(w, "the hub stops", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := h.store.db.PingContext(ctx); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}
