/** The pages of the client, by their address. */

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'join' | 'sign-in' | 'register' | 'reset' | 'forgotten' | 'mail' | 'account' }
  | { readonly kind: 'table'; readonly table: string };

const PAGES = ['join', 'sign-in', 'register', 'reset', 'forgotten', 'mail', 'account'] as const;
const isPage = (word: string): word is (typeof PAGES)[number] => (PAGES as readonly string[]).includes(word);

/** Unknown addresses lead home. */
export function routeOf(path: string): Route {
  const page = path.replace(/^\/|\/$/g, '');
  if (isPage(page)) return { kind: page };
  const table = /^\/table\/([^/]+)\/?$/.exec(path)?.[1];
  return table === undefined ? { kind: 'home' } : { kind: 'table', table };
}

export const pathOfTable = (table: string): string => `/table/${encodeURIComponent(table)}`;
