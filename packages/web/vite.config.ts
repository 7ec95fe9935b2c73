/** The page becomes static files that `server/pages.ts` serves; what it is made of is listed with its licences. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'src/app',
  base: './',
  build: {
    outDir: '../../dist/app',
    emptyOutDir: true,
    target: 'es2022',
    // Everything comes from files of ours: no data: addresses in style or script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
  },
});
