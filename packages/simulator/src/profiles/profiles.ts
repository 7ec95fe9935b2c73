/** The profiles by name. */
import { amt7 } from './amt-7.ts';
import { amt11 } from './amt-11.ts';
import { amt12 } from './amt-12.ts';
import { amt16 } from './amt-16.ts';
import { amt19 } from './amt-19.ts';
import { ism } from './ism.ts';
import type { Profile, ProfileName } from './profile.ts';

/** Profile name → profile. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'amt-7': amt7,
  'amt-11': amt11,
  'amt-12': amt12,
  'amt-16': amt16,
  'amt-19': amt19,
  ism,
};
