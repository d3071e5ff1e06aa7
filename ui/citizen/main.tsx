// SPDX-License-Identifier: Apache-2.0

import "@fontsource/atkinson-hyperlegible/400.css";
import "@fontsource/atkinson-hyperlegible/700.css";
import "../parts/citizen-theme.css";
import "../parts/citizen-parts.css";
import "./citizen.css";
import "./own.css";
import "./beginning.css";
import "./beside.css";
import "./asking.css";
import "./ending.css";
import "./sheets.css";
import "./portrait.css";
import "./keyboard.css";

import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./bridge.ts";
import { speak } from "./speech.ts";
import { listening } from "../parts/talk.ts";
import { order } from "./voice.tsx";

connect();
window.handrailSpeak = speak;
window.handrailTalk = order;
window.handrailListening = listening;
render(<App />, document.getElementById("app")!);
