/** The menus: power, displays, and keys that a browser or an operating system would take for itself. */
import type { DisplayChoice, PageState, PowerChoice } from '../messages.ts';
import { button, element } from './elements.ts';

/** Combinations by what they are called. */
const KEYS: readonly (readonly [label: string, keys: string])[] = [
  ['Esc', 'esc'],
  ['Tab', 'tab'],
  ['Del', 'del'],
  ['Win', 'super'],
  ...Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, `f${i + 1}`] as const),
  ['Alt+Tab', 'alt+tab'],
  ['Alt+F4', 'alt+f4'],
  ['Ctrl+Esc', 'ctrl+esc'],
  ['Print', 'print'],
  ['Ctrl+Alt+F1', 'ctrl+alt+f1'],
  ['Ctrl+Alt+F2', 'ctrl+alt+f2'],
  ['Ctrl+Alt+F7', 'ctrl+alt+f7'],
  ['Ctrl+Alt+⌫', 'ctrl+alt+backspace'],
];

/** Fills the menu of keys, and every button that names some. */
export function fillKeys(press: (keys: string) => void): void {
  const menu = element('keys', HTMLElement);
  menu.append(...KEYS.map(([label, keys]) => button(label, () => press(keys))));
  for (const each of document.querySelectorAll<HTMLButtonElement>('button[data-keys]')) {
    each.addEventListener('click', () => press(each.dataset.keys ?? ''));
  }
}

/** Fills the power menu. */
export function fillChoices({ choices }: PageState, run: (choice: PowerChoice) => void): void {
  const menu = element('choices', HTMLElement);
  const shown = [...menu.children].map((child) => (child as HTMLElement).dataset.id).join();
  // It may be open, and somebody about to choose.
  if (shown === choices.map(({ id }) => id).join()) return;
  menu.replaceChildren(
    ...choices.map((choice) => {
      const made = button(choice.title, () => run(choice));
      made.dataset.id = choice.id;
      made.dataset.effect = choice.effect;
      return made;
    }),
  );
}

/** Fills the menu of displays, which is there only where there is something to choose. */
export function fillDisplays({ displays }: PageState, show: (display: DisplayChoice) => void): void {
  element('displays-menu', HTMLElement).hidden = displays.length === 0;
  const menu = element('displays', HTMLElement);
  const made = JSON.stringify(displays);
  if (menu.dataset.made === made) return;
  menu.dataset.made = made;
  menu.replaceChildren(
    ...displays.map((display) => {
      const item = button(display.title, () => show(display));
      item.setAttribute('aria-pressed', String(display.shown));
      return item;
    }),
  );
}

/** One menu is open at a time; a choice, a click elsewhere and Escape close it. Arrow keys walk through it. */
export function tameMenus(onClosed: () => void): void {
  const menus = [...document.querySelectorAll<HTMLDetailsElement>('details.menu')];
  const close = (): void => {
    for (const menu of menus) menu.open = false;
  };
  for (const menu of menus) {
    menu.addEventListener('toggle', () => {
      if (!menu.open) return;
      for (const other of menus) if (other !== menu) other.open = false;
      menu.querySelector<HTMLButtonElement>('.items button')?.focus();
    });
    menu.addEventListener('click', (event) => {
      if (event.target instanceof HTMLButtonElement) close();
    });
    menu.addEventListener('keydown', (event) => walk(menu, event, onClosed));
  }
  document.addEventListener('pointerdown', (event) => {
    if (!menus.some((menu) => menu.contains(event.target as Node))) close();
  });
}

function walk(menu: HTMLDetailsElement, event: KeyboardEvent, onClosed: () => void): void {
  const items = [...menu.querySelectorAll<HTMLButtonElement>('.items button')];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (event.key === 'Escape') {
    menu.open = false;
    onClosed();
  } else if (step !== undefined && menu.open) items.at((at + step) % items.length)?.focus();
  else return;
  event.preventDefault();
}
