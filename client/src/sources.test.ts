/**
 * What the sources of the client and of its libraries do not do: patterns that take for ever, names that an element of the page
 * could stand for, and ways out of the site. Each look is tried on something wrong as well.
 */

import { analyse } from 'scslre';
import { parse } from 'svelte/compiler';
import { parseAst } from 'vite';
import { describe, expect, it, vi } from 'vitest';

const sources: Record<string, string> = import.meta.glob(['./**/*.{ts,svelte}', '!./**/*.test.ts'], { query: '?raw', import: 'default', eager: true });
/** As they are delivered, libraries and all. */
const built: Record<string, string> = import.meta.glob('../dist/assets/*.js', { query: '?raw', import: 'default', eager: true });

// Each look reads all of them.
vi.setConfig({ testTimeout: 60_000 });

interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) yield value;
  for (const inner of Object.values(value)) yield* nodesOf(inner);
}

function nodesIn(path: string, text: string): Node[] {
  const tree: unknown = path.endsWith('.svelte') ? parse(text, { modern: true }) : parseAst(text, { lang: path.endsWith('.ts') ? 'ts' : 'js' });
  return [...nodesOf(tree)];
}

/** What a look finds in all of these files, each with its place. */
function found(files: Record<string, string>, look: (node: Node) => string | null): string[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const told = nodesIn(path, text).map(look).filter((what) => what !== null);
    return told.map((what) => `${path}: ${what}`);
  });
}

/** Looks at a pattern as if each repetition were unbounded, however long the text is. */
const slow = (isBad: (isExponential: boolean) => boolean) => (node: Node): string | null => {
  const literal = node['regex'] as { pattern: string; flags: string } | undefined;
  if (node.type !== 'Literal' || !literal) return null;
  const { reports } = analyse({ source: literal.pattern, flags: literal.flags });
  return reports.some(({ exponential }) => isBad(exponential)) ? `/${literal.pattern}/` : null;
};

describe('patterns', () => {
  it('take no longer than their text is long', () => {
    expect(found(sources, slow(() => true))).toEqual([]);
  });

  it('of libraries do not take exponentially long', () => {
    expect(Object.keys(built).length, 'build the client first').toBeGreaterThan(1);
    expect(found(built, slow((isExponential) => isExponential))).toEqual([]);
  });

  it('that are slow are noticed', () => {
    const wrong = { 'a.ts': 'const a: RegExp = /^(a+)+$/;', 'b.svelte': '<p>{"".search(/(?:a*)*b/)}</p>', 'c.ts': 'const c = /\\s+$/;' };
    expect(found(wrong, slow((isExponential) => isExponential))).toEqual(['a.ts: /^(a+)+$/', 'b.svelte: /(?:a*)*b/']);
    expect(found(wrong, slow(() => true))).toHaveLength(3);
  });
});

const GLOBALS = new Set(['window', 'document', 'globalThis', 'self']);
/** Elements whose name becomes a member of `document` and hides one that was there. */
const NAMED = new Set(['form', 'img', 'embed', 'object', 'iframe']);

const isGlobal = (value: unknown): boolean => isNode(value) && value.type === 'Identifier' && GLOBALS.has(String(value['name']));

/**
 * Lookups by computed names, members that are added, names that are declared on the global object, and elements that lend it theirs.
 * That every other name is declared, and has its type, is asked by the compiler.
 */
function clobbers(node: Node): string | null {
  if (node.type === 'MemberExpression' && node['computed'] === true && isGlobal(node['object'])) return 'looks a name up';
  if (node.type === 'AssignmentExpression' && isNode(node['left']) && isGlobal(node['left']['object'])) return 'adds a member';
  if (node.type === 'TSModuleDeclaration' || node.type === 'TSGlobalDeclaration') return 'declares a global name';
  if (node.type !== 'RegularElement') return null;
  const names = (node['attributes'] as Node[]).map(({ type, name }) => (type === 'SpreadAttribute' ? 'name' : name));
  return NAMED.has(String(node['name'])) && names.includes('name') ? 'lends its name to the document' : null;
}

describe('names', () => {
  it('are never those of elements', () => {
    expect(found(sources, clobbers)).toEqual([]);
  });

  it('that could be are noticed', () => {
    const wrong = {
      'a.ts': 'const a = window["a"];',
      'b.ts': 'document.b = 1;',
      'c.ts': 'declare global { interface Window { c: string } }',
      'd.svelte': '<script>const { d } = $props();</script><form name={d}></form>',
      'e.svelte': '<script>const { e } = $props();</script><img alt="" {...e} />',
      'f.svelte': '<form id="f"><input name="f" /></form>',
    };
    expect(found(wrong, clobbers).map((place) => place.slice(0, 1))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

/** What an expression ends in: `href` for `window.location.href`. */
const last = (value: unknown): unknown => (isNode(value) ? (value.type === 'MemberExpression' ? last(value['property']) : value['name']) : null);

/** Ways to another address, beside links, which are all asked about where they are followed (App.svelte). */
function leaves(node: Node): string | null {
  const left = node.type === 'AssignmentExpression' && isNode(node['left']) ? node['left'] : null;
  if (last(left) === 'location' || last(left?.['object']) === 'location') return 'changes the address';
  const callee = node.type === 'CallExpression' && isNode(node['callee']) ? node['callee'] : null;
  if (last(callee) === 'open' && (callee?.type === 'Identifier' || isGlobal(callee?.['object']))) return 'opens a window';
  return last(callee?.['object']) === 'location' && ['assign', 'replace'].includes(String(last(callee))) ? 'changes the address' : null;
}

describe('ways out', () => {
  it('lead through one dialog', () => {
    expect(found(sources, leaves)).toEqual(['./ui/LeaveDialog.svelte: opens a window']);
  });

  it('beside it are noticed', () => {
    const wrong = { 'a.ts': 'location.href = "x";', 'b.ts': 'window.location = "x";', 'c.ts': 'location.assign("x");', 'd.ts': 'window.open("x"); open("x");' };
    expect(found(wrong, leaves).map((place) => place.slice(0, 1))).toEqual(['a', 'b', 'c', 'd', 'd']);
  });
});
