/**
 * The fields of a token being made, or of one or several being changed. Only what the person touched is sent, so that
 * editing many tokens at once does not make them equal.
 */

import type { Glow, Handle, Layer, Senses, TokenChange, TokenView } from '../../net/frames';
import { CELL } from '../../table/grid';

export interface TokenFields {
  name: string;
  nameShown: boolean;
  sizeCells: number;
  rotation: number;
  layer: Layer;
  hidden: boolean;
  owners: readonly Handle[];
  color: number;
  /** 0 is no picture. */
  picture: Handle;
  senses: Senses;
  /** The light that it carries. */
  emission: Glow | null;
}

type Key = keyof TokenFields;

/** What takes a carried light away. */
const NO_GLOW: Glow = { bright: 0, dim: 0, color: 0 };

const PLAIN_SENSES: Senses = { darkvision: 0, tremorsense: 0, blind: false };

const NEW_TOKEN: TokenFields = {
  name: '',
  nameShown: true,
  sizeCells: 1,
  rotation: 0,
  layer: 'token',
  hidden: false,
  owners: [],
  color: 0x7a74e0,
  picture: 0,
  senses: PLAIN_SENSES,
  emission: null,
};

export class TokenForm {
  readonly count: number;
  readonly #fields: TokenFields;
  readonly #mixed: ReadonlySet<Key>;
  #touched = $state.raw<ReadonlySet<Key>>(new Set());

  private constructor(fields: TokenFields, mixed: ReadonlySet<Key>, count: number) {
    this.#fields = $state({ ...fields });
    this.#mixed = mixed;
    this.count = count;
  }

  static forNew(start: Partial<TokenFields> = {}): TokenForm {
    const form = new TokenForm({ ...NEW_TOKEN, ...start }, new Set(), 0);
    // Plain senses and no light are what the server takes anyway.
    const keys = Object.keys(NEW_TOKEN) as Key[];
    form.#touched = new Set(keys.filter((key) => (key !== 'senses' && key !== 'emission') || start[key] !== undefined));
    return form;
  }

  static forTokens(tokens: readonly TokenView[]): TokenForm {
    const all = tokens.map(fieldsOf);
    const first = all[0] ?? NEW_TOKEN;
    const keys = Object.keys(NEW_TOKEN) as Key[];
    const mixed = keys.filter((key) => all.some((fields) => JSON.stringify(fields[key]) !== JSON.stringify(first[key])));
    return new TokenForm(first, new Set(mixed), tokens.length);
  }

  get<K extends Key>(key: K): TokenFields[K] {
    return this.#fields[key];
  }

  set<K extends Key>(key: K, value: TokenFields[K]): void {
    this.#fields[key] = value;
    this.#touched = new Set([...this.#touched, key]);
  }

  /** The tokens differ in this field, and nobody has decided yet. */
  isMixed(key: Key): boolean {
    return this.#mixed.has(key) && !this.#touched.has(key);
  }

  toggleOwner(seat: Handle): void {
    const owners = this.#fields.owners;
    this.set('owners', owners.includes(seat) ? owners.filter((one) => one !== seat) : [...owners, seat]);
  }

  /** For the wire: what was touched, nothing else. */
  change(): TokenChange {
    const fields = this.#fields;
    const has = (key: Key): boolean => this.#touched.has(key);
    return {
      ...(has('name') ? { name: fields.name.trim() } : {}),
      ...(has('nameShown') ? { name_shown: fields.nameShown } : {}),
      ...(has('sizeCells') ? { size: Math.round(fields.sizeCells * CELL) } : {}),
      ...(has('rotation') ? { rotation: turned(fields.rotation) } : {}),
      ...(has('layer') ? { layer: fields.layer } : {}),
      ...(has('hidden') ? { hidden: fields.hidden } : {}),
      ...(has('owners') ? { owners: [...fields.owners] } : {}),
      ...(has('color') ? { color: fields.color } : {}),
      ...(has('picture') && (fields.picture !== 0 || this.count > 0) ? { picture: fields.picture } : {}),
      ...(has('senses') ? { senses: { ...fields.senses } } : {}),
      ...(has('emission') && (fields.emission !== null || this.count > 0) ? { emission: fields.emission ?? NO_GLOW } : {}),
    };
  }
}

function fieldsOf(token: TokenView): TokenFields {
  return {
    name: token.name ?? '',
    nameShown: token.name_shown ?? false,
    sizeCells: token.size / CELL,
    rotation: token.rotation,
    layer: token.layer,
    hidden: token.hidden ?? false,
    owners: token.owners ?? [],
    color: token.color,
    picture: token.picture ?? 0,
    senses: token.senses ?? PLAIN_SENSES,
    emission: token.emission ?? null,
  };
}

/** Any number of degrees, as 0 to 359. */
export function turned(degrees: number): number {
  const rounded = Math.round(Number.isFinite(degrees) ? degrees : 0);
  return ((rounded % 360) + 360) % 360;
}
