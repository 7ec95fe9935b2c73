/** For tests, ours and our users': what they need from outside. */

export { findProgram, type Need, type NeedOptions, needs, peersFolder } from './testing/needs.ts';
