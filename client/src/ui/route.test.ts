import { expect, it } from 'vitest';
import { pathOfTable, routeOf } from './route';

it('knows its pages, and leads home from everywhere else', () => {
  expect(routeOf('/')).toEqual({ kind: 'home' });
  expect(routeOf('/join')).toEqual({ kind: 'join' });
  expect(routeOf(pathOfTable('7f3a-1'))).toEqual({ kind: 'table', table: '7f3a-1' });
  for (const path of ['/table', '/table/', '/table/a/b', '/joinery', '/x']) expect(routeOf(path)).toEqual({ kind: 'home' });
});
