import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { integrity } from './integrity.ts';

/** Where `npm run dev` finds a running server. */
const SERVER = 'http://127.0.0.1:8080';

export const config = defineConfig({
  plugins: [svelte(), integrity()],
  build: {
    target: 'es2023',
    // The content security policy forbids data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // PixiJS is one large piece by nature; it is loaded with the table only.
    chunkSizeWarningLimit: 700,
  },
  server: {
    // As the server has it: the client warns where a page is not isolated.
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    // Tests read what the server's tests wrote: golden frames, and cases of grid arithmetic.
    fs: { allow: ['.', '../crates/protocol/golden', '../crates/tabletop/golden'] },
    proxy: { '/api': { target: SERVER, ws: true } },
  },
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: {
    environment: './test-environment.ts',
    include: ['src/**/*.test.ts'],
  },
});

// Vite reads a default export and nothing else.
export default config;
