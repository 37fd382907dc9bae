import type { Environment } from 'vitest/runtime';

/**
 * Plain Node, but modules are compiled as for the browser, so that runes stay reactive in tests.
 * Anything that needs a document is tested in a real browser instead.
 */
const environment: Environment = {
  name: 'browser-modules',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => {} }),
};

// Vitest reads a default export and nothing else.
export default environment;
