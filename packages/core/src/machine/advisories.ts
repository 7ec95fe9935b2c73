/** Holes of the firmware that are known to be open by its version alone. [SA-00075] */

/** What is known of one firmware version. */
export interface Advice {
  /** What runs, such as `11.6.20.1221`. */
  readonly installed: string;
  /** What ought to run at least; the same where nothing is known against it. */
  readonly advised: string;
  /** Why, as one sentence; empty where nothing is known. */
  readonly advisory: string;
  /** Where it is told; empty where nothing is known. */
  readonly url: string;
}

/** Looks a version up. `build` is its fourth number; without it nobody can tell. */
export function adviceFor(version: string, build: string): Advice {
  const installed = build === '' ? version : `${version}.${build}`;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fixed = FIXED.find(([from, upTo]) => {
    const here = major * 100 + minor;
    return here >= from && here < upTo;
  })?.[2];
  const isOpen = fixed !== undefined && build !== '' && Number(build) < FIRST_FIXED_BUILD;
  if (!isOpen) return { installed, advised: installed, advisory: '', url: '' };
  return {
    installed,
    advised: fixed,
    advisory:
      'INTEL-SA-00075: whoever reaches this firmware over the network can use it without the password. The maker of the PC has the update.',
    url: 'https://www.intel.com/content/www/us/en/security-center/advisory/intel-sa-00075.html',
  };
}

/** From, up to and without (major × 100 + minor), and the release of that line that closed the hole. */
const FIXED: readonly (readonly [number, number, string])[] = [
  [600, 700, '6.2.61.3535'],
  [700, 800, '7.1.91.3272'],
  [800, 900, '8.1.71.3608'],
  [900, 905, '9.1.41.3024'],
  [905, 1000, '9.5.61.3012'],
  [1000, 1100, '10.0.55.3000'],
  [1100, 1105, '11.0.25.3001'],
  [1105, 1107, '11.6.27.3264'],
];

/** Of all these lines, the builds with the fix have numbers from 3000 on. */
const FIRST_FIXED_BUILD = 3000;
