import { describe, expect, it } from 'vitest';
import type { TokenView } from '../../net/frames';
import { TokenForm, turned } from './token-form.svelte';

const ORC: TokenView = {
  token: 1,
  at: [0, 0],
  size: 256,
  rotation: 0,
  layer: 'token',
  color: 0xff0000,
  name: 'Orc',
  name_shown: false,
  hidden: true,
  owners: [],
};

describe('editing', () => {
  it('sends what was touched and nothing else', () => {
    const form = TokenForm.forTokens([ORC]);
    expect(form.change()).toEqual({});
    form.set('sizeCells', 2);
    form.set('name', ' Big orc ');
    expect(form.change()).toEqual({ size: 512, name: 'Big orc' });
  });

  it('takes a picture and a name away', () => {
    const form = TokenForm.forTokens([{ ...ORC, picture: 9 }]);
    form.set('picture', 0);
    form.set('name', '');
    expect(form.change()).toEqual({ picture: 0, name: '' });
  });

  it('gives a token senses and a torch, and takes the torch away', () => {
    const torch = { bright: 1024, dim: 2048, color: 0xffae5c };
    const senses = { darkvision: 3072, tremorsense: 0, blind: false };
    const form = TokenForm.forTokens([{ ...ORC, senses }]);
    form.set('emission', torch);
    expect(form.change()).toEqual({ emission: torch });
    form.set('emission', null);
    form.set('senses', { ...form.get('senses'), sight_range: 512 });
    expect(form.change()).toEqual({ emission: { bright: 0, dim: 0, color: 0 }, senses: { ...senses, sight_range: 512 } });
  });

  it('knows whether several have the same senses', () => {
    const senses = { darkvision: 3072, tremorsense: 0, blind: false };
    const form = TokenForm.forTokens([{ ...ORC, senses }, { ...ORC, token: 2, senses: { ...senses, blind: true } }]);
    expect([form.isMixed('senses'), form.isMixed('emission')]).toEqual([true, false]);
    form.set('senses', senses);
    expect(form.isMixed('senses')).toBe(false);
  });

  it('of several leaves alone what differs until somebody decides', () => {
    const form = TokenForm.forTokens([ORC, { ...ORC, token: 2, name: 'Goblin', owners: [4] }]);
    expect(form.isMixed('name')).toBe(true);
    expect(form.isMixed('owners')).toBe(true);
    expect(form.isMixed('hidden')).toBe(false);
    form.set('hidden', false);
    expect(form.change()).toEqual({ hidden: false });
    form.set('name', 'Guard');
    expect(form.isMixed('name')).toBe(false);
    expect(form.change()).toEqual({ hidden: false, name: 'Guard' });
  });

  it('gives and takes owners', () => {
    const form = TokenForm.forTokens([{ ...ORC, owners: [3] }]);
    form.toggleOwner(5);
    form.toggleOwner(3);
    expect(form.change()).toEqual({ owners: [5] });
  });
});

it('a new token says everything but a picture that it has not', () => {
  const form = TokenForm.forNew({ name: 'Wolf', sizeCells: 0.5 });
  expect(form.change()).toEqual({
    name: 'Wolf',
    name_shown: true,
    size: 128,
    rotation: 0,
    layer: 'token',
    hidden: false,
    owners: [],
    color: 0x7a74e0,
  });
  expect(TokenForm.forNew({ picture: 7 }).change().picture).toBe(7);
});

it('turns stay within a circle', () => {
  expect([0, 359, 360, -90, 725.4, Number.NaN].map(turned)).toEqual([0, 359, 0, 270, 5, 0]);
});
