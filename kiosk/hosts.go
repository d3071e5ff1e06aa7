// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// HostsAt are the hosts (host:port) that may be reached while a step of a page is to be done, besides the origin: the service's own, the
// page's and the step's. page and step may be nil.
func (g *Guide) HostsAt(page *Page, step *Step) []string {
	hosts := slices.Clone(g.Service.Hosts)
	if page != nil {
		hosts = append(hosts, page.Hosts...)
	}
	if step != nil {
		hosts = append(hosts, step.Hosts...)
	}
	return distinct(hosts)
}

// AllHosts are the hosts that any page or step of the guide may reach, besides the origin.
func (g *Guide) AllHosts() []string {
	hosts := slices.Clone(g.Service.Hosts)
	for _, p := range g.Pages {
		hosts = append(hosts, p.Hosts...)
		for _, s := range p.Steps {
			hosts = append(hosts, s.Hosts...)
		}
	}
	return distinct(hosts)
}

func distinct(hosts []string) []string {
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
