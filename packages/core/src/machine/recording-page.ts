/** A page that plays a recording in any browser: one file, which fetches nothing. */
import { RECORDING_VERSION } from './recording.ts';

/**
 * The page for a recording.
 * @param recording text of its file; a last line that broke off is left out
 * @throws TypeError for a text that is none
 */
export function recordingPage(recording: string): string {
  const lines = linesOf(recording);
  const [head] = lines;
  const title = typeof head?.title === 'string' && head.title !== '' ? head.title : 'Screen';
  // As data in a script a `<` might end it; JSON can say the same in another way.
  const data = JSON.stringify(lines).replaceAll('<', '\\u003c');
  return PAGE.replaceAll('%TITLE%', () => escaped(title))
    .replace('%STYLE%', () => STYLE)
    .replace('%PLAYER%', () => PLAYER)
    .replace('%DATA%', () => data);
}

type Line = Readonly<Record<string, unknown>>;

function linesOf(recording: string): Line[] {
  const texts = recording.split('\n').filter((text) => text !== '');
  const lines = texts.map(parsed);
  if (lines.at(-1) === undefined) lines.pop();
  const [head] = lines;
  if (head?.amtkit !== 'screen' || lines.includes(undefined)) throw new TypeError('This is no recording of a screen.');
  if (head.version !== RECORDING_VERSION) {
    throw new TypeError(`The recording is of version ${head.version}; known is ${RECORDING_VERSION}.`);
  }
  return lines as Line[];
}

function parsed(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>%TITLE%</title>
<style>%STYLE%</style>
<main><canvas id="screen" aria-label="%TITLE%"></canvas></main>
<footer>
  <button id="play" type="button" aria-label="Play">▶</button>
  <input id="seek" type="range" min="0" value="0" step="any" aria-label="Position">
  <output id="time"></output>
  <select id="speed" aria-label="Speed"><option value="0.5">½×</option><option value="1" selected>1×</option><option value="2">2×</option><option value="4">4×</option><option value="16">16×</option></select>
  <label><input id="skip" type="checkbox" checked> skip pauses</label>
</footer>
<script id="recording" type="application/json">%DATA%</script>
<script>%PLAYER%</script>
</html>
`;

const STYLE = `
  html, body { margin: 0; height: 100%; background: #16181d; color: #d7dae0; font: 14px system-ui, sans-serif; }
  body { display: flex; flex-direction: column; }
  main { flex: 1; min-height: 0; display: flex; align-items: center; justify-content: center; padding: 8px; }
  canvas { max-width: 100%; max-height: 100%; background: #000; }
  footer { display: flex; gap: 10px; align-items: center; padding: 8px 12px; background: #22252c; }
  #seek { flex: 1; min-width: 60px; }
  button { width: 2.4em; height: 2.1em; }
`;

/** Plays: draws what belongs to a moment, in order, and lets time pass. */
const PLAYER = `
  const lines = JSON.parse(document.getElementById('recording').textContent).slice(1);
  const [canvas, play, seek, time, speed, skip] =
    ['screen', 'play', 'seek', 'time', 'speed', 'skip'].map((id) => document.getElementById(id));
  const pen = canvas.getContext('2d');
  const end = lines.length === 0 ? 0 : lines[lines.length - 1].at;
  /** The longest pause that is played where pauses are skipped. */
  const PAUSE_MS = 1000;
  seek.max = String(end);
  /** The next line to draw, and the moment that is shown. */
  let next = 0, now = 0, playing = false, drawing = Promise.resolve();

  const clock = (ms) => Math.floor(ms / 60000) + ':' + String(Math.floor(ms / 1000) % 60).padStart(2, '0');

  async function draw(line) {
    if (line.png === undefined) {
      if (line.width !== undefined) [canvas.width, canvas.height] = [line.width, line.height];
      return;
    }
    const image = new Image();
    image.src = 'data:image/png;base64,' + line.png;
    await image.decode();
    pen.drawImage(image, line.x, line.y);
  }

  /** Where to begin drawing for a moment: the last line before it that shows all of the screen. */
  function startFor(moment) {
    let start = 0, size = 0;
    for (let i = 0; i < lines.length && lines[i].at <= moment; i++) {
      const { x, y, width, height, png } = lines[i];
      if (png === undefined && width !== undefined) { size = i; start = i; }
      else if (png !== undefined && x === 0 && y === 0 && width === lines[size].width && height === lines[size].height) start = i;
    }
    return [start, size];
  }

  async function show(moment) {
    if (moment < now || next === 0) {
      const [start, size] = startFor(moment);
      if (lines[size]) await draw(lines[size]);
      next = start;
    }
    now = moment;
    while (next < lines.length && lines[next].at <= moment) await draw(lines[next++]);
    seek.value = String(now);
    time.textContent = clock(now) + ' / ' + clock(end);
  }

  /** One after the other, whoever asks. */
  function go(moment) {
    drawing = drawing.then(() => show(Math.max(0, Math.min(moment, end)))).catch((error) => {
      time.textContent = 'The recording is damaged: ' + error.message;
    });
    return drawing;
  }

  function setPlaying(on) {
    playing = on;
    play.textContent = on ? '⏸' : '▶';
    play.setAttribute('aria-label', on ? 'Pause' : 'Play');
  }

  async function run() {
    let last = performance.now();
    while (playing && now < end) {
      await new Promise(requestAnimationFrame);
      const tick = performance.now();
      let moment = now + (tick - last) * Number(speed.value);
      last = tick;
      const coming = next < lines.length ? lines[next].at : end;
      if (skip.checked && coming - now > PAUSE_MS) moment = Math.max(moment, coming - PAUSE_MS);
      if (playing) await go(moment);
    }
    setPlaying(false);
  }

  play.addEventListener('click', async () => {
    if (playing) return setPlaying(false);
    setPlaying(true);
    if (now >= end) await go(0);
    void run();
  });
  seek.addEventListener('input', () => go(Number(seek.value)));
  go(lines.length === 0 ? 0 : lines[0].at);
`;
