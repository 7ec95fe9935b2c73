/** What a bridge does: its own plugins. */
import { availabilityPlugin } from './availability.ts';
import { commandsPlugin } from './commands.ts';
import { eventsPlugin } from './events.ts';
import { homeAssistantPlugin } from './homeassistant.ts';
import { infoPlugin } from './info.ts';
import { logPlugin } from './log.ts';
import { requestsPlugin } from './requests.ts';
import { screenPlugin } from './screen.ts';
import { statePlugin } from './state.ts';

/** In the order of announcement: devices, states, availability, then the rest. */
export const builtIn = [
  homeAssistantPlugin,
  statePlugin,
  availabilityPlugin,
  eventsPlugin,
  screenPlugin,
  infoPlugin,
  commandsPlugin,
  requestsPlugin,
  logPlugin,
] as const;
