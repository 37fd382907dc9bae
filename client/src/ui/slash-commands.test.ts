import { describe, expect, it } from 'vitest';
import { isRoll, suggest, withDie, withRollMode } from './slash-commands';

const inserts = (line: string, people: string[] = []): string[] => suggest(line, people).map((one) => one.insert);

describe('suggestions', () => {
  it('begin with the slash', () => {
    expect(inserts('')).toEqual([]);
    expect(inserts('hello /r')).toEqual([]);
    expect(inserts('/').length).toBe(7);
  });

  it('narrow down by what is typed, short and long names alike', () => {
    expect(inserts('/r')).toEqual(['/r ']);
    expect(inserts('/ro')).toEqual(['/roll ']);
    expect(inserts('/g')).toEqual(['/gmroll ']);
    expect(inserts('/GM')).toEqual(['/gmroll ']);
    expect(inserts('/x')).toEqual([]);
  });

  it('end when the arguments begin', () => {
    expect(inserts('/r 1d20')).toEqual([]);
    expect(inserts('/r 1d20\n/')).toEqual([]);
  });

  it('offer people to whisper to, quoted where needed', () => {
    const people = ['Anna', 'Old Tom', 'Änne'];
    expect(inserts('/w ', people)).toEqual(['/w gm ', '/w Anna ', '/w "Old Tom" ', '/w Änne ']);
    expect(inserts('/w a', people)).toEqual(['/w Anna ']);
    expect(inserts('/whisper "old', people)).toEqual(['/whisper "Old Tom" ']);
    expect(inserts('/w Anna hello', people)).toEqual([]);
  });
});

describe('the roll mode', () => {
  it('rewrites plain rolls only', () => {
    expect(withRollMode('/r 1d20', 'gm')).toBe('/gmroll 1d20');
    expect(withRollMode('/roll 1d20 # stealth', 'blind')).toBe('/blindroll 1d20 # stealth');
    expect(withRollMode('/R 1d4', 'self')).toBe('/selfroll 1d4');
    expect(withRollMode('/r 1d20', 'public')).toBe('/r 1d20');
    expect(withRollMode('/publicroll 1d20', 'gm')).toBe('/publicroll 1d20');
    expect(withRollMode('/rest', 'gm')).toBe('/rest');
    expect(withRollMode('I /r 1d20', 'gm')).toBe('I /r 1d20');
  });

  it('knows a roll when it sees one', () => {
    expect(isRoll('/r 1d20')).toBe(true);
    expect(isRoll('/blindroll 1d20')).toBe(true);
    expect(isRoll('/r')).toBe(false);
    expect(isRoll('/w gm 1d20')).toBe(false);
    expect(isRoll('1d20')).toBe(false);
  });
});

describe('dice buttons', () => {
  it('start a roll, count up, and add', () => {
    expect(withDie('', 20)).toBe('/r 1d20');
    expect(withDie('/r 1d20', 20)).toBe('/r 2d20');
    expect(withDie('/r 9d6', 6)).toBe('/r 10d6');
    expect(withDie('/r 2d20', 6)).toBe('/r 2d20 + 1d6');
    expect(withDie('/r 1d20+5', 4)).toBe('/r 1d20+5 + 1d4');
    expect(withDie('/r d8', 8)).toBe('/r 2d8');
  });

  it('keep the flavour at the end and the chosen command', () => {
    expect(withDie('/gmroll 1d20 # sneak', 20)).toBe('/gmroll 2d20 # sneak');
    expect(withDie('/r', 6)).toBe('/r 1d6');
    expect(withDie('/r ', 6)).toBe('/r 1d6');
  });

  it('never destroy words', () => {
    expect(withDie('hello there', 20)).toBe('hello there');
    expect(withDie('/me rests', 20)).toBe('/me rests');
  });
});
