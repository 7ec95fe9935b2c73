/** The profiles by name. */
import { amt12 } from './amt-12.ts';
import type { Profile, ProfileName } from './profile.ts';

/** Profile name → profile. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  'amt-7': amt12,
  'amt-11': amt12,
  'amt-12': amt12,
  'amt-16': amt12,
  'amt-19': amt12,
  ism: amt12,
};
