/** What happens to a screen that is kept open and shown, as sentences for people and objects for programs. */
import type { ViewerEvent } from '@amtkit/core';
import type { ScreenLineEvent } from '@amtkit/core/automation';
import type { App } from '../app.ts';
import { failureOf } from '../exit.ts';

/** Tells of them, of one machine. */
export interface ScreenTeller {
  readonly line: (event: ScreenLineEvent) => void;
  readonly viewer: (event: ViewerEvent) => void;
}

/** A teller. */
export function screenTeller(app: App, machine: string): ScreenTeller {
  const tell = (type: string, sentence: string, more: object): void => {
    app.out.event({ type, machine, at: new Date(), ...more });
    if (app.out.mode === 'text') app.out.say(`${machine}: ${sentence}`);
  };
  return {
    line: (event) => {
      const more = 'error' in event ? { error: failureOf(event.error, machine) } : { afterMs: event.afterMs };
      tell(event.type, lineSentence(event), more);
    },
    viewer: (event) => {
      // What is in a clipboard is nobody else's business.
      if (event.type === 'clipboard') return;
      const { type, error, ...more } = { error: undefined, ...event };
      tell(type, viewerSentence(event), error === undefined ? more : { ...more, error: failureOf(error) });
    },
  };
}

/** What happened to the session. */
function lineSentence(event: ScreenLineEvent): string {
  switch (event.type) {
    case 'interrupted':
      return `${event.error.message} Connecting again.`;
    case 'waiting':
      return `not connected yet: ${event.error.message}`;
    case 'reconnected':
      return 'connected again';
  }
}

function viewerSentence(event: Exclude<ViewerEvent, { type: 'clipboard' }>): string {
  const from = 'address' in event && event.address !== undefined ? ` from ${event.address}` : '';
  switch (event.type) {
    case 'joined':
      return `viewer ${event.viewer}${from} came`;
    case 'left':
      return `viewer ${event.viewer} left${event.error === undefined ? '' : `: ${event.error.message}`}`;
    case 'rejected':
      return `viewer ${event.viewer}${from} was refused: ${event.reason}`;
    case 'pasted':
      return `the clipboard of viewer ${event.viewer} was typed, ${event.characters} characters`;
    case 'unpasted':
      return `the clipboard of viewer ${event.viewer} was ${event.begun ? 'typed in part' : 'not typed'}: ${event.reason}`;
    case 'slowed': {
      const seconds = `for ${Math.ceil(event.waitMs / 1000)} s`;
      return event.everybody
        ? `${event.tries} wrong passwords in all: nobody is let in ${seconds} who was not in before`
        : `${event.tries} wrong passwords${from}: nobody is let in from there ${seconds}`;
    }
  }
}
