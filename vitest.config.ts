import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['{packages/*,examples/*,test,bench,scripts}/vitest.config.ts'],
    reporters: ['default', './scripts/summary.ts'],
  },
});
