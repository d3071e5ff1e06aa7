// SPDX-License-Identifier: Apache-2.0

// The consoles' ring: two soft notes made here.

let audio: AudioContext | undefined;

/** playRing rings once, about 2 s. A browser that wants a touch first stays silent; the page still shows the ring. */
export function playRing() {
  try {
    if (!audio && !navigator.userActivation.hasBeenActive) return;
    audio ??= new AudioContext();
    void audio.resume().catch(() => undefined);
    const start = audio.currentTime + 0.02;
    for (let i = 0; i < 4; i++) {
      note(audio, i % 2 === 0 ? 587.33 : 783.99, start + i * 0.5);
    }
  } catch {
    // No sound device: what is on the page remains.
  }
}

function note(a: AudioContext, pitch: number, at: number) {
  const tone = a.createOscillator();
  const level = a.createGain();
  tone.type = "sine";
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0, at);
  level.gain.linearRampToValueAtTime(0.22, at + 0.03);
  level.gain.exponentialRampToValueAtTime(0.001, at + 0.48);
  tone.connect(level).connect(a.destination);
  tone.start(at);
  tone.stop(at + 0.5);
}
