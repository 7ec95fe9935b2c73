import { defineProject } from 'vitest/config';
import { patience } from '../../scripts/patience.ts';

export default defineProject({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { ...patience, name: 'reimage-webhook', environment: 'node', include: ['src/**/*.test.ts'] },
});
