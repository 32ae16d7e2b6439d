// Sounds of a phone: DTMF and call progress tones by Web Audio, prompts by flite or the browser.

const ROWS = { 1: 697, 4: 770, 7: 852, "*": 941 };
const COLUMNS = [1209, 1336, 1477];
const PAD = ["123", "456", "789", "*0#"];
const RINGBACK = { pair: [440, 480], on: 2, off: 4 };
const BUSY = { pair: [480, 620], on: 0.5, off: 0.5 };

const REORDER = { pair: [480, 620], on: 0.25, off: 0.25 };
const LONGEST_TEXT = 1000;
const TONE = /^tone_stream:\/\/%\((\d+),(\d+),(\d+)(?:,(\d+))?\)/;

/** The two frequencies of a key, in hertz. */
export function dtmf(key) {
  const row = PAD.find((keys) => keys.includes(key));
  return [ROWS[row[0]], COLUMNS[row.indexOf(key)]];
}

export class Sounds {
  constructor(voice) {
    this.voice = voice;
    this.muted = localStorage.getItem("phone-muted") === "yes";
    this.audio = null;
    this.stopTone = () => {};
    this.prompt = null;
  }

  mute(muted) {
    this.muted = muted;
    localStorage.setItem("phone-muted", muted ? "yes" : "no");
    if (muted) this.silence();
  }

  /** Stop everything that sounds. */
  silence() {
    this.stopTone();
    this.prompt?.pause();
    this.prompt = null;
    globalThis.speechSynthesis?.cancel();
  }

  key(key) { this.tones(dtmf(key), 0.15); }

  beep() { this.tones([1000], 0.4); }

  busy() { this.repeat(BUSY, 2); }

  reorder() { this.repeat(REORDER, 3); }

  ringback() { this.repeat(RINGBACK, 30); }

  tones(pair, seconds, start = 0) {
    if (this.muted) return () => {};
    this.audio ??= new AudioContext();
    const begin = this.audio.currentTime + start;
    const gain = this.audio.createGain();
    gain.gain.value = 0.08;
    gain.connect(this.audio.destination);
    const oscillators = pair.map((hertz) => {
      const oscillator = this.audio.createOscillator();
      oscillator.frequency.value = hertz;
      oscillator.connect(gain);
      oscillator.start(begin);
      oscillator.stop(begin + seconds);
      return oscillator;
    });
    return () => oscillators.forEach((each) => each.disconnect());
  }

  repeat({ pair, on, off }, times) {
    this.stopTone();
    const stops = Array.from({ length: times }, (_, n) => this.tones(pair, on, n * (on + off)));
    this.stopTone = () => { stops.forEach((stop) => stop()); this.stopTone = () => {}; };
  }

  /** Speak a text; `done` is called if the browser's own voice has spoken it to its end. */
  speak(text, done) {
    if (this.muted) return;
    if (this.voice === "flite") {
      this.play(`/speech?${new URLSearchParams({ text: text.slice(0, LONGEST_TEXT) })}`);
      return;
    }
    const voice = globalThis.speechSynthesis;
    if (!voice?.getVoices().length) return;
    const said = new SpeechSynthesisUtterance(text);
    said.addEventListener("end", () => done());
    voice.speak(said);
  }

  /** Play media: a tone of FreeSWITCH, or else the file that the server has for it. */
  media(name, url) {
    const [, on, off, ...pair] = name.match(TONE) ?? [];
    if (on) this.repeat({ pair: pair.filter(Boolean).map(Number), on: on / 1000, off: off / 1000 }, 5);
    else if (/^https?:/.test(name)) this.play(url);
  }

  play(url) {
    if (this.muted) return;
    this.prompt = new Audio(url);
    this.prompt.play().catch(() => {});
  }
}
