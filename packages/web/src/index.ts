/** Pages in a browser: the screen viewer. */
export { serveViewer, type Viewer, type ViewerOptions } from './server/main.ts';
