/** Questions and forms over the picture. */
import { type PageState, paths, type TypeRequest } from '../messages.ts';
import { element } from './elements.ts';
import type { Session } from './session.ts';

/** Asks whether it is meant. */
export async function confirmed(title: string, text: string): Promise<boolean> {
  const dialog = element('confirm', HTMLDialogElement);
  element('confirm-title', HTMLElement).textContent = `${title}?`;
  element('confirm-text', HTMLElement).textContent = text;
  element('confirm-yes', HTMLElement).textContent = title;
  dialog.returnValue = 'no';
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  return dialog.returnValue === 'yes';
}

/** What layouts are called. */
const LAYOUTS: Readonly<Record<string, string>> = {
  us: 'US English',
  de: 'German',
  fr: 'French',
  uk: 'UK English',
  es: 'Spanish',
};

/** The form that types text. @param onClosed when it is done with */
export function pasteForm(session: Session, onClosed: () => void): { open(state: PageState): void } {
  const dialog = element('paste-dialog', HTMLDialogElement);
  const form = dialog.querySelector('form') as HTMLFormElement;
  const text = element('text', HTMLTextAreaElement);
  const layout = element('layout', HTMLSelectElement);
  const result = element('paste-result', HTMLElement);
  const go = element('paste-go', HTMLButtonElement);
  const leave = element('paste-close', HTMLButtonElement);
  let typing: AbortController | undefined;

  const busy = (is: boolean): void => {
    go.disabled = is;
    leave.textContent = is ? 'Stop' : 'Close';
  };
  const type = async (): Promise<void> => {
    if (text.value === '' || typing !== undefined) return;
    typing = new AbortController();
    busy(true);
    result.textContent = 'Typing…';
    try {
      const request: TypeRequest = { text: text.value, layout: layout.value };
      await session.post(paths.type, request, typing.signal);
      text.value = '';
      dialog.close();
    } catch (error) {
      result.textContent = (error as Error).message;
    }
    typing = undefined;
    busy(false);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void type();
  });
  leave.addEventListener('click', () => (typing === undefined ? dialog.close() : typing.abort()));
  dialog.addEventListener('close', () => {
    typing?.abort();
    onClosed();
  });
  return {
    open: (state) => {
      if (layout.options.length === 0) {
        layout.append(...state.layouts.map((name) => new Option(LAYOUTS[name] ?? name, name)));
        layout.value = state.layout;
      }
      result.textContent = '';
      dialog.showModal();
    },
  };
}
