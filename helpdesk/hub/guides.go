// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"net/http"
	"sync"

	"handrail/kiosk/guides"
)

// guideNames are what the services of the guides that come with Handrail are called, by guide and language.
var guideNames = sync.OnceValues(func() (map[string]map[string]string, error) {
	all, err := guides.All()
	names := make(map[string]map[string]string, len(all))
	for _, g := range all {
		names[g.ID] = g.Service.Name
	}
	return names, err
})

// serveGuides tells a volunteer's page the names, so that it can say them in its person's language.
func (h *Hub) serveGuides(w http.ResponseWriter, r *http.Request) {
	if _, ok := h.Person(r, Volunteer); !ok {
		sayError(w, http.StatusUnauthorized, "nobody is signed in here")
		return
	}
	names, err := guideNames()
	if err != nil {
		h.log.Error("guides' names", "why", err)
		sayError(w, http.StatusInternalServerError, "the hub could not do this now; its log says why")
		return
	}
	sayJSON(w, http.StatusOK, names)
}
