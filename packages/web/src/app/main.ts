/** The screen viewer: what the machine shows, with its power switch and its keyboard. */
import {
  type DisplayChoice,
  type DisplayRequest,
  type KeysRequest,
  type News,
  type PageState,
  type PowerChoice,
  paths,
  type RunRequest,
} from '../messages.ts';
import { confirmed, pasteForm } from './dialogs.ts';
import { element } from './elements.ts';
import { fillChoices, fillDisplays, fillKeys, tameMenus } from './menus.ts';
import { type Picture, showScreen } from './screen.ts';
import { openSession, type Session } from './session.ts';

const tools = element('tools', HTMLElement);
const notice = element('notice', HTMLElement);
const connection = element('connection', HTMLElement);

void begin();

async function begin(): Promise<void> {
  try {
    const session = await openSession();
    run(session);
  } catch (error) {
    connected('over', 'Not connected');
    note((error as Error).message, 'bad');
  }
}

function run(session: Session): void {
  let state: PageState | undefined;
  let seen = false;
  let link: Link = 'waiting';

  const draw = (): void => {
    const main = element('screen', HTMLElement);
    main.classList.toggle('stale', !seen || state?.screen.open === false);
    tools.inert = link !== 'open';
    if (link === 'over') connected('over', 'amt kvm open has ended');
    else if (link === 'waiting' || !seen) connected('waiting', 'Connecting…');
    else if (state?.screen.open === false) connected('waiting', 'No picture from the machine, trying again');
    else connected('open', 'Connected');
  };
  const picture = showScreen(session, (connected) => {
    seen = connected;
    draw();
  });
  const act = async (what: Promise<string>): Promise<void> => {
    try {
      await what;
      note('');
    } catch (error) {
      note((error as Error).message, 'bad');
    }
  };
  const choose = async (choice: PowerChoice): Promise<void> => {
    if (await isMeant(choice, state)) {
      note(`${choice.title}…`);
      await act(session.post(paths.run, { id: choice.id } satisfies RunRequest));
    }
    picture.focus();
  };

  const see = ({ number }: DisplayChoice): void => {
    void act(session.post(paths.display, { display: number } satisfies DisplayRequest));
    picture.focus();
  };

  fillKeys((keys) => {
    void act(session.post(paths.keys, { keys } satisfies KeysRequest));
    picture.focus();
  });
  tameMenus(() => picture.focus());
  const form = pasteForm(session, () => picture.focus());
  element('paste', HTMLElement).addEventListener('click', () => {
    if (state !== undefined) form.open(state);
  });
  element('shot', HTMLElement).addEventListener('click', () => void save(picture, state?.machine ?? 'screen'));
  sizes(picture);
  wayOut(picture);

  listen(session, (news) => {
    link = typeof news === 'string' ? news : 'open';
    if (typeof news === 'string') note('');
    else if (news.type === 'outcome') note(news.message, news.ok ? 'good' : 'bad');
    else {
      if (state?.screen.reason !== news.state.screen.reason) note(news.state.screen.reason ?? '', 'warn');
      state = news.state;
      show(state);
      fillChoices(state, (choice) => void choose(choice));
      fillDisplays(state, see);
    }
    draw();
  });
}

function show({ machine, firmware, power, problem }: PageState): void {
  document.title = `${machine} (${power.replace('-', ' ')})`;
  element('machine', HTMLElement).textContent = machine;
  element('machine', HTMLElement).title = machine;
  element('firmware', HTMLElement).textContent = firmware ?? '';
  const chip = element('power', HTMLElement);
  chip.dataset.power = problem === undefined ? power : 'unknown';
  chip.textContent = problem === undefined ? power.replace('-', ' ') : 'does not answer';
  chip.title = problem ?? 'Power state';
}

async function isMeant({ title, effect }: PowerChoice, state: PageState | undefined): Promise<boolean> {
  if (effect === 'harmless') return true;
  const who = state?.machine ?? 'the machine';
  const text =
    effect === 'destructive'
      ? `The operating system of ${who} is not asked: what it has not saved is lost.`
      : `The operating system of ${who} is asked to do it.`;
  return await confirmed(title, text);
}

/** A file to keep. */
async function save(picture: Picture, machine: string): Promise<void> {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await picture.shot());
  link.download = `${machine.replaceAll(':', '-')} ${new Date().toISOString().slice(0, 19).replaceAll(':', '.')}.png`;
  link.click();
  URL.revokeObjectURL(link.href);
  picture.focus();
}

function sizes(picture: Picture): void {
  const size = element('size', HTMLButtonElement);
  size.addEventListener('click', () => {
    const fits = size.getAttribute('aria-pressed') === 'true';
    size.setAttribute('aria-pressed', String(!fits));
    picture.scale(fits);
    picture.focus();
  });
  element('full', HTMLElement).addEventListener('click', () => {
    void (document.fullscreenElement === null
      ? document.documentElement.requestFullscreen()
      : document.exitFullscreen());
    picture.focus();
  });
}

/** Every key goes to the machine while the picture has the keyboard, but this combination leads back to the page. */
function wayOut(picture: Picture): void {
  const leave = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey && event.altKey && event.shiftKey && event.code === 'KeyM')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    picture.blur();
    tools.querySelector<HTMLElement>('summary')?.focus();
  };
  window.addEventListener('keydown', leave, { capture: true });
  element('screen', HTMLElement).title = 'Ctrl+Alt+Shift+M leads from the screen to the menus';
}

/** Between two tries. */
const RETRY_MS = 1500;

/** How the page stands with its server. `over`: nobody answers. */
type Link = 'open' | 'waiting' | 'over';

/** Hears of everything, for as long as the page is open, and of how it stands with the server where that is not well. */
function listen(session: Session, take: (news: News | 'waiting' | 'over') => void): void {
  const socket = session.socket(paths.news);
  let answered = false;
  socket.addEventListener('message', ({ data }) => {
    answered = true;
    take(JSON.parse(String(data)) as News);
  });
  socket.addEventListener('close', () => {
    take(answered ? 'waiting' : 'over');
    setTimeout(() => listen(session, take), RETRY_MS);
  });
}

function connected(state: 'open' | 'waiting' | 'over', text: string): void {
  connection.dataset.state = state;
  connection.textContent = text;
}

function note(text: string, kind: 'good' | 'warn' | 'bad' = 'warn'): void {
  notice.hidden = text === '';
  notice.textContent = text;
  notice.dataset.kind = kind;
}
