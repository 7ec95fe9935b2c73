/** Screens in a browser: the viewer page, and VNC over WebSocket for pages of others. */

export { serveViewer, type Viewer, type ViewerOptions } from './server/main.ts';
export { listenWebSocket, type VncSocket, type VncSocketOptions } from './server/vnc-socket.ts';
