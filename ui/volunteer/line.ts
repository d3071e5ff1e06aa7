// SPDX-License-Identifier: Apache-2.0

// The volunteer's line to the hub: one websocket that comes back by itself. Nothing is lost when it goes; the hub sends
// the whole desk again after every hello.

import type { FromHub, ToHub } from "./protocol";

/** Close codes after which the page does not connect again by itself. */
const openedElsewhere = 4001;
const signedOut = 4003;

export type LineState = { up: true } | { up: false; since: number; why: "line" | "elsewhere" | "signed-out" };

export interface LineOptions {
  url: string;
  /** The key of this page. */
  key: string;
  onMessage: (m: FromHub) => void;
  onState: (s: LineState) => void;
}

export class Line {
  private socket: WebSocket | undefined;
  private wait = 500;
  private downSince = Date.now();

  constructor(private readonly o: LineOptions) {
    this.connect();
  }

  private connect() {
    const socket = new WebSocket(this.o.url);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = 500;
      socket.send(JSON.stringify({ type: "hello", key: this.o.key } satisfies ToHub));
      this.o.onState({ up: true });
    };
    socket.onmessage = (e) => {
      if (typeof e.data !== "string") return;
      let m: FromHub;
      try {
        m = JSON.parse(e.data) as FromHub;
      } catch {
        return; // the hub speaks JSON; anything else is not for us
      }
      if (typeof m?.type === "string") this.o.onMessage(m);
    };
    socket.onclose = (e) => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      if (this.wait === 500) this.downSince = Date.now();
      const why = e.code === openedElsewhere ? "elsewhere" : e.code === signedOut ? "signed-out" : "line";
      this.o.onState({ up: false, since: this.downSince, why });
      if (why !== "line") return;
      setTimeout(() => this.connect(), this.wait * (0.7 + Math.random() * 0.6));
      this.wait = Math.min(this.wait * 2, 8000);
    };
  }

  /** send answers whether the message went out; a message is never kept for later, the desk says what is true then. */
  send(m: ToHub): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(m));
    return true;
  }

  again() {
    if (!this.socket) this.connect();
  }
}
