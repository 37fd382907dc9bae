/**
 * What may follow a slash: the catalogue for the completion in the chat, and how the chosen roll mode rewrites a line.
 * The server alone decides what a line means; this only helps to type it.
 */

import { t } from './strings';

export type RollMode = 'public' | 'gm' | 'blind' | 'self';

export const ROLL_MODES: readonly RollMode[] = ['public', 'gm', 'blind', 'self'];

export interface Suggestion {
  /** What the line starts with when this is accepted. */
  readonly insert: string;
  readonly usage: string;
  readonly help: string;
}

interface SlashCommand {
  /** The first is offered; the others are understood too. */
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  readonly argument: 'roll' | 'words' | 'person';
}

const { commands } = t;

const CATALOGUE: readonly SlashCommand[] = [
  { names: ['r', 'roll'], ...commands.roll, argument: 'roll' },
  { names: ['w', 'whisper'], ...commands.whisper, argument: 'person' },
  { names: ['me', 'em', 'emote'], ...commands.emote, argument: 'words' },
  { names: ['gmroll', 'gr'], ...commands.gmroll, argument: 'roll' },
  { names: ['blindroll', 'br'], ...commands.blindroll, argument: 'roll' },
  { names: ['selfroll', 'sr'], ...commands.selfroll, argument: 'roll' },
  { names: ['publicroll', 'pr'], ...commands.publicroll, argument: 'roll' },
];

/** What could be meant by the line so far; nothing once its arguments are being typed. */
export function suggest(line: string, people: readonly string[]): readonly Suggestion[] {
  if (!line.startsWith('/') || line.includes('\n')) return [];
  const space = line.indexOf(' ');
  const typed = (space < 0 ? line : line.slice(0, space)).slice(1).toLowerCase();
  if (space < 0) {
    return CATALOGUE.flatMap((command) => {
      const name = command.names.find((one) => one.startsWith(typed));
      if (name === undefined) return [];
      return [{ insert: `/${name} `, usage: command.usage, help: command.help }];
    });
  }
  const command = CATALOGUE.find((one) => one.names.includes(typed));
  if (command?.argument !== 'person') return [];
  const start = line.slice(space + 1).replace(/^"/, '').toLowerCase();
  const names = ['gm', ...people];
  const fits = names.filter((name) => name.toLowerCase().startsWith(start) && name.length > 0);
  return fits.map((name) => ({
    insert: `/${typed} ${quoted(name)} `,
    usage: name,
    help: commands.whisperTo(name === 'gm' ? commands.gm : name),
  }));
}

/** A plain `/r` goes to whom the mode says; every other line stays as it is. */
export function withRollMode(line: string, mode: RollMode): string {
  if (mode === 'public') return line;
  const match = /^\/(?:r|roll)(?=\s)/i.exec(line);
  return match === null ? line : `/${mode}roll${line.slice(match[0].length)}`;
}

/** Whether the line is a roll, whoever sees it. */
export function isRoll(line: string): boolean {
  const match = /^\/(\w+)\s+\S/.exec(line);
  const name = match?.[1]?.toLowerCase();
  return name !== undefined && CATALOGUE.some((one) => one.argument === 'roll' && one.names.includes(name));
}

/** The line with one more die: `/r 1d20` becomes `/r 2d20`, or gets ` + 1d6`. */
export function withDie(line: string, sides: number): string {
  const trimmed = line.trimEnd();
  if (!/^\/\w*roll\b|^\/r\b/i.test(trimmed)) {
    return trimmed === '' ? `/r 1d${sides}` : line;
  }
  const [head = '', flavour] = splitFlavour(trimmed);
  const grown = growLast(head, sides);
  return flavour === null ? grown : `${grown} ${flavour}`;
}

function splitFlavour(line: string): [string, string | null] {
  const hash = line.indexOf('#');
  return hash < 0 ? [line, null] : [line.slice(0, hash).trimEnd(), line.slice(hash)];
}

function growLast(formula: string, sides: number): string {
  const last = /(?<!\d)(\d*)d(\d+)$/i.exec(formula);
  if (last !== null && last[2] === String(sides)) {
    const count = last[1] === '' || last[1] === undefined ? 1 : Number(last[1]);
    return `${formula.slice(0, last.index)}${count + 1}d${sides}`;
  }
  return /^\/\w+$/.test(formula) ? `${formula} 1d${sides}` : `${formula} + 1d${sides}`;
}

function quoted(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}
