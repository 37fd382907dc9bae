/** The pages of the client, by their address. */

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'join' }
  | { readonly kind: 'table'; readonly table: string };

/** Unknown addresses lead home. */
export function routeOf(path: string): Route {
  if (path === '/join' || path === '/join/') return { kind: 'join' };
  const table = /^\/table\/([^/]+)\/?$/.exec(path)?.[1];
  return table === undefined ? { kind: 'home' } : { kind: 'table', table };
}

export const pathOfTable = (table: string): string => `/table/${encodeURIComponent(table)}`;
