/** A VNC viewer for tests, written from RFC 6143 and nothing of ours: raw pixels, literal bytes. */
import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { Picture } from './same-picture.ts';

/** Where a viewer connects. */
export type VncPlace = { readonly port: number; readonly host?: string } | { readonly path: string };

/** One connection that is in. */
export class VncViewer {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #width = 0;
  #height = 0;
  #pixels = new Uint8Array(0);
  /** Desktop name of ServerInit. */
  name = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      socket.emit('more');
    });
    socket.on('error', () => {});
    socket.on('close', () => socket.emit('more'));
  }

  /** Connects and goes through the handshake of 3.8, with a password or with no authentication. [RFC 6143 §7.1] */
  static async open(place: VncPlace, password?: string): Promise<VncViewer> {
    const socket = createConnection({ host: '127.0.0.1', ...place });
    await once(socket, 'connect');
    const viewer = new VncViewer(socket);
    try {
      await viewer.#join(password);
      return viewer;
    } catch (error) {
      viewer.close();
      throw error;
    }
  }

  /** Connects and hears what is offered, without choosing. */
  static async offered(place: VncPlace): Promise<readonly number[]> {
    const socket = createConnection({ host: '127.0.0.1', ...place });
    await once(socket, 'connect');
    const viewer = new VncViewer(socket);
    await viewer.#take(12);
    socket.write('RFB 003.008\n');
    const count = (await viewer.#take(1)).readUInt8();
    const types = [...(await viewer.#take(count))];
    socket.destroy();
    return types;
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded;
  }

  /** Asks for all of the screen and waits for it. Follows changes of its size. [RFC 6143 §7.5.3, §7.6.1, §7.8.2] */
  async look(): Promise<Picture> {
    for (;;) {
      this.#ask(0);
      if (await this.#update()) {
        return { width: this.#width, height: this.#height, pixels: this.#pixels.slice() };
      }
    }
  }

  /** Presses a key and lets it go. [RFC 6143 §7.5.4] */
  press(keysym: number): void {
    for (const down of [1, 0]) {
      const message = Buffer.from([4, down, 0, 0, 0, 0, 0, 0]);
      message.writeUInt32BE(keysym, 4);
      this.#socket.write(message);
    }
  }

  /** [RFC 6143 §7.5.5] */
  point(x: number, y: number, buttons: number): void {
    this.#socket.write(Buffer.from([5, buttons, x >> 8, x & 255, y >> 8, y & 255]));
  }

  /** Has something new in its clipboard. [RFC 6143 §7.5.6] */
  copy(text: string): void {
    const head = Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(text.length, 4);
    this.#socket.write(Buffer.concat([head, Buffer.from(text, 'latin1')]));
  }

  /** Says anything. */
  say(hex: string): void {
    this.#socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  /** Asks for all of the screen again and again, and reads nothing any more. */
  stall(): void {
    this.#socket.pause();
    for (let i = 0; i < 100; i++) this.#ask(0);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #join(password: string | undefined): Promise<void> {
    const version = (await this.#take(12)).toString('latin1');
    if (version !== 'RFB 003.008\n') throw new Error(`The server begins with ${JSON.stringify(version)}.`);
    this.#socket.write('RFB 003.008\n');
    const types = await this.#take((await this.#take(1)).readUInt8());
    if (types.length === 0) throw new Error(`The server refuses: ${await this.#reason()}.`);
    const type = password === undefined ? 1 : 2;
    if (!types.includes(type)) throw new Error(`The server offers ${[...types]} and not ${type}.`);
    this.#socket.write(Buffer.from([type]));
    if (password !== undefined) this.#socket.write(responseTo(await this.#take(16), password));
    if ((await this.#take(4)).readUInt32BE() !== 0) throw new Error(`The server refuses: ${await this.#reason()}.`);
    // ClientInit: others may look, too.
    this.#socket.write(Buffer.from([1]));
    const init = await this.#take(24);
    this.#size(init.readUInt16BE(0), init.readUInt16BE(2));
    this.name = (await this.#take(init.readUInt32BE(20))).toString();
    // SetPixelFormat: 32 bits, depth 24, red in the lowest byte.
    this.#socket.write(Buffer.from('00 000000 20 18 00 01 00ff 00ff 00ff 00 08 10 000000'.replaceAll(' ', ''), 'hex'));
    // SetEncodings: Raw, DesktopSize.
    this.#socket.write(Buffer.from('02 00 0002 00000000 ffffff21'.replaceAll(' ', ''), 'hex'));
  }

  async #reason(): Promise<string> {
    return (await this.#take((await this.#take(4)).readUInt32BE())).toString();
  }

  #ask(incremental: 0 | 1): void {
    const message = Buffer.alloc(10);
    message.set([3, incremental]);
    message.writeUInt16BE(this.#width, 6);
    message.writeUInt16BE(this.#height, 8);
    this.#socket.write(message);
  }

  /** One FramebufferUpdate; false where it had a new size. */
  async #update(): Promise<boolean> {
    const [type] = await this.#take(1);
    if (type !== 0) throw new Error(`The server sends a message of type ${type}.`);
    const count = (await this.#take(3)).readUInt16BE(1);
    let resized = false;
    for (let i = 0; i < count; i++) {
      const head = await this.#take(12);
      const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
      const encoding = head.readInt32BE(8);
      if (encoding === -223) {
        this.#size(width, height);
        resized = true;
      } else if (encoding === 0) this.#paint(x, y, width, await this.#take(4 * width * height));
      else throw new Error(`The server sends encoding ${encoding}, which was not asked for.`);
    }
    return !resized;
  }

  #paint(x: number, y: number, width: number, raw: Buffer): void {
    for (let row = 0; row < raw.length / (4 * width); row++) {
      const line = raw.subarray(4 * width * row, 4 * width * (row + 1));
      this.#pixels.set(line, 4 * ((y + row) * this.#width + x));
    }
  }

  #size(width: number, height: number): void {
    [this.#width, this.#height] = [width, height];
    this.#pixels = new Uint8Array(4 * width * height);
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#unread.length < length) {
      if (this.closed) throw new Error('The server closed the connection.');
      await once(this.#socket, 'more');
    }
    const taken = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return taken;
  }
}

/** DES of the challenge; the key is the password with the bits of each byte turned round. [RFC 6143 §7.2.2] */
function responseTo(challenge: Uint8Array, password: string): Uint8Array {
  const key = Buffer.alloc(8);
  key.write(password.slice(0, 8), 'latin1');
  const turned = key.map((byte) => Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2));
  // OpenSSL has no DES any more; three times with one key is the same.
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([turned, turned, turned]), null).setAutoPadding(false);
  return cipher.update(challenge);
}
