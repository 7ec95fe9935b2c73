/**
 * Port 5900 of firmware that opened it: RFB and nothing around it, for any VNC viewer that knows the password and is content
 * with the firmware's few formats. [REDIR §KVM 12]
 */
import type { ByteStream } from '@amtkit/core/streams';
import { Inbox, ProtocolError } from '@amtkit/core/wire';
import { recordAudit } from '../behaviors/audit-log.ts';
import { setSessions } from '../open-sessions.ts';
import { Outbox } from './outbox.ts';
import type { Kind, RedirectedService, RedirectionOptions, Visit } from './redirected-service.ts';

/** Wrong passwords in a row after which it stands in the audit log. */
const MOST_FAILURES = 3;

/** Serves one viewer until the connection ends. Never throws: what goes wrong here ends the connection. */
export async function serveRfb(stream: ByteStream, options: RedirectionOptions, taken: Set<Kind>): Promise<void> {
  const { firmware, services } = options;
  const { kvm, sessions } = firmware.state;
  // There is one screen session, whichever way it came.
  const free = kvm.enabled && !taken.has('kvm') && !sessions.kvm;
  const open = services.rfb;
  if (!free || open === undefined) {
    await stream.close();
    return;
  }
  taken.add('kvm');
  const viewer = new Viewer(stream, options, open);
  await viewer.run();
  taken.delete('kvm');
}

/** Wrong passwords in a row, by firmware. */
const failures = new WeakMap<object, number>();

class Viewer {
  readonly #stream: ByteStream;
  readonly #options: RedirectionOptions;
  readonly #inbox = new Inbox();
  readonly #outbox: Outbox;
  readonly #service: RedirectedService;
  readonly #by: Visit['by'];
  readonly #forgetDeadline: () => void;
  readonly #unwatch: () => void;
  #entered = false;
  #over = false;

  constructor(stream: ByteStream, options: RedirectionOptions, open: (visit: Visit) => RedirectedService) {
    [this.#stream, this.#options] = [stream, options];
    const { firmware, recorder } = options;
    recorder.redirections.open++;
    this.#by = { viewer: true, address: stream.remoteAddress ?? '' };
    this.#outbox = new Outbox(stream, firmware.clock, () => this.#cut());
    this.#forgetDeadline = firmware.clock.after(firmware.quirks.redirectionLoginSeconds * 1000, () => this.#cut());
    this.#unwatch = firmware.watch(({ state }) => {
      if (!state.kvm.enabled || !state.kvm.port5900 || (this.#entered && !state.sessions.kvm)) this.#cut();
    });
    this.#service = open({
      ...{ firmware, recorder, outbox: this.#outbox, by: this.#by, number: ++recorder.redirections.total },
      opened: () => this.#enter(),
      refused: () => this.#refuse(),
      again: () => {},
      leave: () => void this.#outbox.empty().then(() => this.#cut()),
      cut: () => this.#cut(),
    });
  }

  async run(): Promise<void> {
    const { recorder } = this.#options;
    try {
      for await (const chunk of this.#stream) {
        if (this.#over) continue;
        this.#inbox.push(chunk);
        while (!this.#over && this.#inbox.length > 0 && (await this.#service.next(this.#inbox)));
      }
    } catch (error) {
      if (error instanceof ProtocolError) recorder.nonsense.push(error);
    } finally {
      this.#end();
      await this.#stream.close();
      recorder.redirections.open--;
    }
  }

  /** The password was right. */
  #enter(): void {
    const { firmware } = this.#options;
    this.#forgetDeadline();
    failures.delete(firmware);
    this.#entered = true;
    setSessions(firmware, mark(true), this.#by);
  }

  #refuse(): void {
    const { firmware } = this.#options;
    const count = (failures.get(firmware) ?? 0) + 1;
    failures.set(firmware, count % MOST_FAILURES);
    if (count === MOST_FAILURES) recordAudit(firmware, { application: 18, event: 12, ...this.#by });
  }

  #cut(): void {
    this.#end();
    void this.#stream.close();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#forgetDeadline();
    this.#unwatch();
    this.#outbox.close();
    void this.#service.end();
    if (this.#entered) setSessions(this.#options.firmware, mark(false), this.#by);
  }
}

const mark = (open: boolean) => (sessions: { kvm: boolean }) => {
  sessions.kvm = open;
};
