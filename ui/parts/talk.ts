// SPDX-License-Identifier: Apache-2.0

// Voice between the terminal's companion and the volunteer's page: one sound each way, by the office's relay only, with the
// descriptions exchanged inside the sealed call. The terminal offers, the volunteer answers. See helpdesk/content_voice.go.

/** Ticket is what the hub lets this side use the relay with. */
export interface Ticket { urls: string[]; username: string; password: string }

/** on: sound goes both ways. no-microphone: this side can only listen. failed: it is tried again. */
export type TalkState = "connecting" | "on" | "no-microphone" | "failed" | "off";

export interface TalkOptions {
  ticket: Ticket;
  offers: boolean;
  /** describe hands a description to the other side. */
  describe: (sdp: string) => void;
  /** changed tells the state, the energy of all that was heard so far, and how long it takes to the other side and back, s (W3C
   *  webrtc-stats, totalAudioEnergy and currentRoundTripTime). */
  changed: (state: TalkState, heard: number, trip: number) => void;
}

/** Candidates that come later than this are not waited for, once there is one. */
const gatherFor = 1500;
/** A path that is lost this long is looked for anew. */
const lostFor = 3000;
/** A call that has not begun after this long is begun anew. */
const beginWithin = 12_000;

/** Every track of a microphone that this page was ever given. */
const given: MediaStreamTrack[] = [];

/** listening tells whether a microphone is held by this page now, whoever has forgotten it. */
export const listening = (): boolean => given.some((track) => track.readyState === "live");

export class Talk {
  private pc: RTCPeerConnection | undefined;
  private microphone: MediaStream | undefined;
  private readonly speaker = new Audio();
  private closed = false;
  private muted = false;
  private heard = 0;
  private trip = 0;
  private state: TalkState = "connecting";
  private timers: ReturnType<typeof setTimeout>[] = [];
  private readonly meter: ReturnType<typeof setInterval>;
  private inOrder: Promise<unknown>;

  constructor(private o: TalkOptions) {
    this.meter = setInterval(() => void this.measure(), 1000);
    this.inOrder = Promise.all([this.listen(), awake()]).then(() => (o.offers ? this.offer() : undefined));
  }

  /** take takes the other side's description: an answer to our offer, or an offer to be answered. */
  take(sdp: string): void {
    this.inOrder = this.inOrder.then(() => this.taken(sdp)).catch(() => this.failed());
  }

  /** renew gives a fresh ticket; it is used when the path is looked for again. */
  renew(ticket: Ticket): void {
    this.o = { ...this.o, ticket };
  }

  mute(muted: boolean): void {
    this.muted = muted;
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** volume from 0 to 1. */
  volume(v: number): void {
    this.speaker.volume = Math.min(1, Math.max(0, v));
  }

  /** level of what is heard now, 0 to 1. */
  level(): number {
    for (const r of this.pc?.getReceivers() ?? []) {
      const source = r.getSynchronizationSources()[0];
      if (source?.audioLevel !== undefined) return source.audioLevel;
    }
    return 0;
  }

  get hasMicrophone(): boolean { return this.microphone !== undefined; }

  /** close ends it at once: microphone, sound and path. */
  close(): void {
    this.closed = true;
    clearInterval(this.meter);
    this.drop();
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.microphone = undefined;
    this.speaker.srcObject = null;
  }

  private async listen() {
    try {
      const got = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
      given.push(...got.getTracks());
      if (this.closed) for (const track of got.getTracks()) track.stop();
      else this.microphone = got;
      this.mute(this.muted);
    } catch {
      // No microphone, or it is not allowed: the other side is still heard.
    }
  }

  private drop() {
    for (const t of this.timers) clearTimeout(t);
    this.timers = [];
    if (!this.pc) return;
    this.pc.onconnectionstatechange = this.pc.ontrack = null;
    this.pc.close();
    this.pc = undefined;
  }

  private connection(): RTCPeerConnection {
    this.drop();
    const { urls, username, password } = this.o.ticket;
    const pc = new RTCPeerConnection({ iceTransportPolicy: "relay", iceServers: [{ urls, username, credential: password }], bundlePolicy: "max-bundle" });
    this.pc = pc;
    pc.ontrack = (e) => {
      this.speaker.srcObject = e.streams[0] ?? new MediaStream([e.track]);
      void this.speaker.play().catch(() => undefined);
    };
    pc.onconnectionstatechange = () => this.moved(pc);
    return pc;
  }

  private moved(pc: RTCPeerConnection) {
    if (pc !== this.pc) return;
    switch (pc.connectionState) {
      case "connected":
        for (const t of this.timers) clearTimeout(t);
        this.timers = [];
        this.say(this.microphone ? "on" : "no-microphone");
        break;
      case "disconnected":
        this.later(lostFor, () => { if (pc === this.pc && pc.connectionState !== "connected") this.failed(); });
        break;
      case "failed":
        this.failed();
    }
  }

  /** failed says so; the side that offers begins anew. */
  private failed() {
    if (this.closed) return;
    this.say("failed");
    if (this.o.offers) this.later(1000, () => { this.inOrder = this.inOrder.then(() => this.offer()).catch(() => this.failed()); });
  }

  private later(after: number, f: () => void) {
    this.timers.push(setTimeout(f, after));
  }

  private async offer() {
    if (this.closed) return;
    const pc = this.connection();
    if (this.state !== "failed") this.say("connecting");
    if (this.microphone) for (const track of this.microphone.getTracks()) pc.addTrack(track, this.microphone);
    else pc.addTransceiver("audio", { direction: "recvonly" });
    const gathered = this.gathered(pc);
    await pc.setLocalDescription(await pc.createOffer());
    await gathered;
    if (pc !== this.pc) return;
    this.later(beginWithin, () => { if (pc === this.pc && pc.connectionState !== "connected") this.failed(); });
    this.o.describe(thin(pc.localDescription!.sdp));
  }

  private async taken(sdp: string) {
    if (this.closed) return;
    if (this.o.offers) {
      if (this.pc?.signalingState === "have-local-offer") await this.pc.setRemoteDescription({ type: "answer", sdp });
      return;
    }
    const pc = this.connection();
    this.say("connecting");
    await pc.setRemoteDescription({ type: "offer", sdp });
    if (this.microphone) for (const track of this.microphone.getTracks()) pc.addTrack(track, this.microphone);
    const gathered = this.gathered(pc);
    await pc.setLocalDescription(await pc.createAnswer());
    await gathered;
    if (pc === this.pc) this.o.describe(thin(pc.localDescription!.sdp));
  }

  private gathered(pc: RTCPeerConnection): Promise<void> {
    return new Promise((done) => {
      pc.addEventListener("icecandidate", (e) => {
        if (!e.candidate) done();
        else setTimeout(done, gatherFor);
      });
      setTimeout(done, beginWithin);
    });
  }

  private say(state: TalkState) {
    if (this.closed) return;
    this.state = state;
    this.o.changed(state, this.heard, this.trip);
  }

  private async measure() {
    const stats = await this.pc?.getStats().catch(() => undefined);
    let heard = 0, trip = 0;
    stats?.forEach((s: { type: string; totalAudioEnergy?: number; nominated?: boolean; currentRoundTripTime?: number }) => {
      if (s.type === "inbound-rtp" && s.totalAudioEnergy) heard += s.totalAudioEnergy;
      if (s.type === "candidate-pair" && s.nominated && s.currentRoundTripTime) trip = Math.max(trip, s.currentRoundTripTime);
    });
    if ((heard === this.heard && trip === this.trip) || this.closed) return;
    this.heard = heard;
    this.trip = trip;
    this.o.changed(this.state, heard, trip);
  }
}

/** awake lets the page learn which networks there are. Where there is none but the machine itself, as in a terminal's own
 *  network, Chromium tells the first connection of a page nothing, and it would wait for ever. */
const awake = (() => {
  let done: Promise<void> | undefined;
  return () => (done ??= (async () => {
    const first = new RTCPeerConnection();
    first.createDataChannel("");
    await first.setLocalDescription();
    await new Promise((r) => setTimeout(r, 300));
    first.close();
  })().catch(() => undefined));
})();

/** thin asks the other side for speech that fits a thin line: 20 kbit/s, silence not sent, losses mended (RFC 7587). */
function thin(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\//m.exec(sdp)?.[1];
  return opus ? sdp.replace(new RegExp(`^(a=fmtp:${opus} .*?)\\r$`, "m"), "$1;maxaveragebitrate=20000;usedtx=1\r") : sdp;
}
