import { defineProject } from 'vitest/config';
import { patience } from './patience.ts';

export default defineProject({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: { ...patience, name: 'scripts', environment: 'node', include: ['**/*.test.ts'] },
});
