import { defineProject } from 'vitest/config';
import { patience } from '../../scripts/patience.ts';

export default defineProject({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { ...patience, name: 'drain-before-power-off', environment: 'node', include: ['src/**/*.test.ts'] },
});
