/** A serial line without a machine: what the host writes is said by the test, what is typed can be read. */

/** The line, and the host's side of it. */
export interface TestLine extends AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly controls: undefined;
  readonly open: boolean;
  write(data: Uint8Array | string): Promise<void>;
  sendBreak(): Promise<void>;
  close(): Promise<void>;
  /** The host writes. */
  say(data: string | Uint8Array): void;
  /** The session is lost for good. */
  lose(error: Error): void;
  /** All that was typed. */
  readonly typed: () => string;
  readonly closed: () => boolean;
}

/** An open line. @param answer what the host writes when something was typed */
export function testLine(answer: (typed: string) => string | undefined = () => undefined): TestLine {
  const chunks: Uint8Array[] = [];
  let typed = '';
  let closed = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  const line: TestLine = {
    controls: undefined,
    get open() {
      return !closed && failure === undefined;
    },
    write: async (data) => {
      const text = typeof data === 'string' ? data : Buffer.from(data).toString('latin1');
      typed += text;
      const answered = answer(text);
      if (answered !== undefined) line.say(answered);
    },
    sendBreak: async () => {
      typed += '<break>';
    },
    close: async () => {
      closed = true;
      wake();
    },
    [Symbol.asyncDispose]: () => line.close(),
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (failure !== undefined) throw failure;
        else if (closed) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
    say: (data) => {
      chunks.push(Buffer.from(data));
      wake();
    },
    lose: (error) => {
      failure = error;
      wake();
    },
    typed: () => typed,
    closed: () => closed,
  };
  return line;
}
