/** What a fleet knows of its machines, and what it tells when that changes. */
import type { ScreenPicture, Value } from '../capabilities/capability.ts';
import type { AmtError } from '../errors.ts';
import type { Alert } from '../events/alert.ts';
import type { FirmwareInfo } from '../machine/machine.ts';
import type { ReimageStage } from './reimage/stages.ts';

/** Whether a machine answers. `refused`: it answers, but not to these credentials; it is left alone until asked. */
export type Reachability = 'unknown' | 'online' | 'offline' | 'refused';

/** What the fleet knows of one machine at this moment. */
export interface FleetMachine {
  readonly name: string;
  readonly host: string;
  readonly tags: readonly string[];
  readonly reachability: Reachability;
  /** Why it is not online. */
  readonly error?: AmtError | undefined;
  /** Absent before the first contact. */
  readonly firmware?: FirmwareInfo | undefined;
  /** Last known value by capability id. */
  readonly values: ReadonlyMap<string, Value>;
  /** Round trip of the last request, milliseconds. */
  readonly roundTripMs?: number | undefined;
  /** Commands and readings that wait for their turn, or have it. */
  readonly waiting?: number;
  /** A command, a power change, a session or a job is under way, or something is put off: it would be lost with the fleet. */
  readonly busy?: boolean | undefined;
}

/** What `Fleet.watch` yields. */
export type FleetChange =
  | { readonly type: 'added'; readonly machine: string }
  | { readonly type: 'removed'; readonly machine: string }
  /** The first contact that told what the firmware is, and every later one that told something else. */
  | { readonly type: 'identified'; readonly machine: string; readonly firmware: FirmwareInfo }
  | {
      readonly type: 'reachability';
      readonly machine: string;
      readonly reachability: Reachability;
      readonly error?: AmtError | undefined;
    }
  | {
      readonly type: 'value';
      readonly machine: string;
      readonly id: string;
      readonly value: Value;
      readonly previous: Value;
    }
  /** A power change that was accepted is now there, or is not within its grace period. */
  | {
      readonly type: 'transition';
      readonly machine: string;
      readonly id: string;
      readonly ok: boolean;
      readonly message: string;
    }
  /** A certificate seen for the first time was accepted and is remembered from now on. */
  | { readonly type: 'certificate'; readonly machine: string; readonly fingerprint: string }
  /** Something happened to media that were attached by name. */
  | {
      readonly type: 'media';
      readonly machine: string;
      /** `interrupted` ones come back by themselves (`reattached`); `ejected` and `failed` ones do not. */
      readonly event: 'attached' | 'ejected' | 'interrupted' | 'reattached' | 'read-error' | 'failed';
      readonly media: string;
      readonly message: string;
    }
  /** A reimage came to a stage, ended, or something happened within a stage. */
  | {
      readonly type: 'reimage';
      readonly machine: string;
      readonly media: string;
      /** Of the command that began it, where it had one. */
      readonly transaction?: string;
      readonly stage: ReimageStage;
    }
  /** Something happened at the machine itself, told once however many ways it came. */
  | { readonly type: 'alert'; readonly machine: string; readonly alert: Alert }
  /** Somebody asked for a picture of the screen. */
  | ({ readonly type: 'picture'; readonly machine: string } & ScreenPicture)
  /** Every command, succeeded or failed, whoever gave it. */
  | {
      readonly type: 'result';
      readonly machine: string;
      readonly id: string;
      readonly by: string;
      readonly transaction: string;
      readonly ok: boolean;
      readonly code: string;
      readonly message: string;
      readonly ms: number;
    };
