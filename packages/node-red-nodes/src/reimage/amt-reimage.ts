/**
 * The node `amt-reimage`: installs a machine anew from an image of the book, and tells each stage on a wire. By choice a
 * reimage goes on through a deploy, told by the node that takes this one's place, or ends with it.
 */
import { AmtError, Cancelled } from '@amtkit/core';
import type { ReimageStage } from '@amtkit/core/automation';
import { followEndings } from '../fleet/endings.ts';
import { machineNode } from '../machine/machine-node.ts';
import { isGiven, secondsOf, shown } from '../message.ts';
import { InvalidFlow, problemOf } from '../problems.ts';
import type { Done, Message, NodeConfig, Red, RedNode, Send } from '../red.ts';
import { BY } from '../run.ts';
import { type StatusLine, statusLine } from '../status.ts';
import { textOf } from '../typed.ts';
import { onOutput, tellingsOf } from './messages.ts';
import { type Note, type Notes, notesOf } from './notes.ts';
import { beginReimage, type Outlet, type ReimageInput, type ReimageRun } from './run.ts';

interface ReimageConfig extends NodeConfig {
  readonly machine?: string;
  readonly minutes?: number | string;
  readonly restore?: boolean;
  readonly serial?: boolean;
  /** What becomes of a reimage when the flow is deployed anew. @default 'continue' */
  readonly onDeploy?: 'continue' | 'cancel';
}

/** A machine can be reached, and its image opened, within this time. */
const BEGIN_SECONDS = 120;

/** Registers the node. */
export default function register(RED: Red): void {
  const endingOf = followEndings(RED.events);
  /** Reimages by the node that began them, also while that is being replaced. */
  const running = new Map<string, Set<ReimageRun>>();
  /** What nodes have to say when all flows have started. */
  const toTell: (() => void)[] = [];
  RED.events.on('flows:started', () => {
    for (const tell of toTell.splice(0)) tell();
  });

  function AmtReimage(this: RedNode, config: ReimageConfig): void {
    RED.nodes.createNode(this, config);
    const status = statusLine(this);
    const closed = new AbortController();
    const runs = running.get(this.id) ?? new Set<ReimageRun>();
    running.set(this.id, runs);
    const outlet = outletOf(this, status);
    const notes = notesOf(this);
    if (runs.size === 0) toTell.push(() => void tellInterrupted(this, notes, status));
    check(RED, this, config, status);
    for (const run of runs) {
      this.log(`${run.machine}: the reimage that was begun before the deploy goes on (${run.stage}).`);
      run.outlet = outlet;
    }

    const begin = async (msg: Message, done: Done): Promise<void> => {
      const { fleet, seat, machine } = await machineNode(RED, config.machine).reach(msg);
      const input = await inputOf(RED, this, config, msg);
      status.show('blue', 'ring', 'checking');
      const time = AbortSignal.timeout(BEGIN_SECONDS * 1_000);
      const signal = AbortSignal.any([time, closed.signal]);
      const transaction = transactionOf(this, msg);
      const run = await beginReimage({ fleet, seat, machine, input, msg, done, transaction, by: BY, signal }).catch(
        (error) => {
          const limits = { machine, what: 'reimage.start', seconds: BEGIN_SECONDS, time, closed: closed.signal };
          throw problemOf(error, limits);
        },
      );
      if (run.repeated) return done();
      runs.add(run);
      await notes.write(machine, { machine, begunAt: new Date().toISOString() });
      run.outlet = outlet;
      if (config.onDeploy !== 'cancel') seat.keep(run.over);
      void run.over.finally(() => {
        runs.delete(run);
        // What ends with Node-RED is told when that has started again.
        if (!run.stopped) void notes.write(machine, undefined);
      });
    };

    this.on('input', (msg, send, done) => {
      const work = isGiven(msg.cancel) && msg.cancel !== false ? cancelled(RED, config, msg, done) : begin(msg, done);
      work.catch((error: unknown) => {
        const problem = problemOf(error);
        status.fail(problem);
        failAtOnce(msg, problem, send);
        done(problem);
      });
    });
    this.on('close', (removed, done) => {
      closed.abort();
      const ending = endingOf(removed);
      const goesOn = ending === 'deploy' && config.onDeploy !== 'cancel';
      const left = goesOn
        ? [...runs].map((run) => leave(run))
        : [...runs].map((run) => end(this, run, ending === 'stop'));
      void Promise.allSettled(left).then(() => {
        status.end();
        if (!goesOn && running.get(this.id) === runs) running.delete(this.id);
        done();
      });
    });
  }
  RED.nodes.registerType('amt-reimage', AmtReimage);
}

/** Tells stages on the outputs of a node. */
function outletOf(node: RedNode, status: StatusLine): Outlet {
  const before = new WeakMap<ReimageRun, string>();
  return {
    told(run, stage) {
      for (const { output, payload, reimage } of tellingsOf(stage, run.stage, before.get(run))) {
        const details = { machine: run.machine, ...reimage };
        node.send(onOutput(output, { ...run.msg, payload, reimage: details }));
      }
      before.set(run, run.stage);
      show(stage, status);
      if (stage.stage === 'finished') run.done();
      if (stage.stage === 'failed') run.done(errorOf(run.machine, stage));
    },
  };
}

function show(stage: ReimageStage, status: StatusLine): void {
  if (stage.stage === 'note' || stage.stage === 'serial') return;
  if (stage.stage === 'finished') return void status.show('green', 'dot', `done: ${stage.verdict}`);
  if (stage.stage === 'failed')
    return void status.show('red', 'ring', stage.code === 'CANCELLED' ? 'cancelled' : 'failed');
  const percent = 'progress' in stage ? ` ${Math.floor(stage.progress.percent)} %` : '';
  status.show('blue', stage.stage === 'idle' ? 'ring' : 'dot', `${stage.stage}${percent}`);
}

/** The node goes, its reimage stays: what is told meanwhile waits for the next node. */
async function leave(run: ReimageRun): Promise<void> {
  run.outlet = undefined;
}

/** The reimage ends with its node, and it is said why. */
async function end(node: RedNode, run: ReimageRun, forGood: boolean): Promise<void> {
  const why = forGood ? 'the flows were stopped' : 'the flow was deployed anew, and the node is set to end it then';
  node.warn(`${run.machine}: the reimage was cancelled (${run.stage}), because ${why}.`);
  run.stopped = forGood;
  await run.cancel();
}

/** A reimage of an earlier process, which ended with it. */
async function tellInterrupted(node: RedNode, notes: Notes, status: StatusLine): Promise<void> {
  for (const note of await notes.take()) {
    const { machine, begunAt } = note;
    const reason = `The reimage of ${machine} that was begun at ${begunAt} ended with Node-RED.`;
    node.warn(reason);
    status.show('red', 'ring', 'interrupted');
    node.send(onOutput('failed', { topic: `${machine}/reimage`, payload: reason, reimage: interrupted(note, reason) }));
  }
}

function interrupted({ machine, begunAt }: Note, reason: string): Readonly<Record<string, unknown>> {
  return { machine, stage: 'failed', code: 'INTERRUPTED', reason, message: reason, begunAt };
}

async function cancelled(red: Red, { machine: id }: ReimageConfig, msg: Message, done: Done): Promise<void> {
  const { fleet, machine } = await machineNode(red, id).reach(msg);
  await fleet.run(machine, 'reimage.cancel', undefined, { by: BY });
  done();
}

/** What could not even be begun is failed, too. */
function failAtOnce(msg: Message, problem: Error, send: Send): void {
  if (isGiven(msg.cancel)) return;
  const { code, hint } = problem as Partial<AmtError>;
  const reason = problem.message;
  send(
    onOutput('failed', { ...msg, payload: reason, reimage: { stage: 'failed', code, reason, message: reason, hint } }),
  );
}

function errorOf(machine: string, stage: ReimageStage & { readonly stage: 'failed' }): Error {
  if (stage.error instanceof AmtError) return stage.error;
  if (stage.code === 'CANCELLED') return new Cancelled(`${machine}: ${stage.reason}`);
  return Object.assign(new Error(stage.reason, { cause: stage.error }), { code: stage.code });
}

/** @throws InvalidFlow */
async function inputOf(red: Red, node: RedNode, config: ReimageConfig, msg: Message): Promise<ReimageInput> {
  const [media, floppy, until, press] = await Promise.all(
    ['media', 'floppy', 'until', 'press'].map((name) => textOf(red, node, config, name, msg)),
  );
  const seconds = secondsOf(msg.timeout, isGiven(config.minutes) ? Number(config.minutes) * 60 : undefined, 7_200);
  return {
    ...(media === undefined ? {} : { media }),
    ...(floppy === undefined ? {} : { floppy }),
    ...(until === undefined ? {} : { until }),
    ...(press === undefined ? {} : { press }),
    minutes: seconds / 60,
    restore: config.restore === true,
    serial: config.serial === true,
  };
}

/** @throws InvalidFlow */
function transactionOf(node: RedNode, { transaction }: Message): string | undefined {
  if (transaction === undefined) return undefined;
  if (typeof transaction === 'string' && transaction !== '') return `${node.id} ${transaction}`;
  throw new InvalidFlow(`msg.transaction takes text, not ${shown(transaction)}.`);
}

/** Says at once what is missing, and not only when a message comes. */
function check(red: Red, node: RedNode, config: ReimageConfig, status: StatusLine): void {
  try {
    machineNode(red, config.machine);
  } catch (error) {
    status.fail(error);
    node.warn((error as Error).message);
  }
}
