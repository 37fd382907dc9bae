// Checks of what checks: the sham gives away a flag, and whether the run notices is told by what it says of the attack.
import { UNEXPLORED } from './flags.mjs';
import { timesApart } from './world.mjs';
import { ATTACKS, wrongWith } from './catalogue.mjs';
import { opening, sleep } from './wire.mjs';

const listen = async (person) => {
  await person.twin().strikeSeated();
  await sleep(60);
};
const shake = (world) => opening({ host: world.host, path: '/api/v1/socket', origin: world.origin });
const all = Array.from({ length: ATTACKS }, (_, at) => at + 1);

/** Each with what the sham does wrong, and whether that is to be noticed. */
export default [
  { name: 'a socket that an attack opened is told a flag', isNoticed: true, sham: { tells: ['hiddenToken'] }, attack: ({ mallory }) => listen(mallory) },
  { name: 'a socket of bytes is told a flag', isNoticed: true, sham: { tells: ['note'] }, attack: async (world) => void (await world.mallory.strikeRaw({ chunks: [shake(world)], waitMs: 100 })) },
  { name: 'an answer holds a flag', isNoticed: true, sham: { tells: ['farToken'] }, attack: async ({ mallory }) => void (await mallory.twin().strike('GET', '/api/v1/tables')) },
  {
    name: 'a picture shows what was never explored',
    isNoticed: true,
    sham: { tells: [UNEXPLORED] },
    attack: async ({ mallory, table }) => void (await mallory.twin().strike('GET', `/api/v1/tables/${table}/maps/1/1/0/0/0`)),
  },
  {
    name: 'the game master is shown what was never explored',
    isNoticed: false,
    sham: { tells: [UNEXPLORED] },
    attack: async ({ master, table }) => void (await master.twin().strike('GET', `/api/v1/tables/${table}/pictures/1`)),
  },
  { name: 'a whisper is told to whom it was whispered', isNoticed: false, sham: { tells: ['whisper'] }, attack: ({ ada }) => listen(ada) },
  { name: 'a whisper is told to somebody else', isNoticed: true, sham: { tells: ['whisper'] }, attack: ({ mallory }) => listen(mallory) },
  { name: 'another table is told to its own game master', isNoticed: false, sham: { tells: ['otherTable'] }, attack: ({ rival }) => listen(rival) },
  { name: 'the game master is told all', isNoticed: false, sham: { tells: ['note', 'hiddenToken', 'masterRoll'] }, attack: ({ master }) => listen(master) },
  { name: 'nobody is told anything', isNoticed: false, sham: {}, attack: ({ mallory }) => listen(mallory) },
  ...[
    ['an attack of the catalogue that nothing covers', all.filter((number) => number !== 36)],
    ['an attack that is covered twice', [...all, 36]],
    ['an attack that the catalogue does not have', [...all, ATTACKS + 1]],
  ].map(([name, numbers]) => ({ name, isNoticed: true, sham: {}, wrong: () => wrongWith(numbers) })),
  { name: 'the whole catalogue, once', isNoticed: false, sham: {}, wrong: () => wrongWith(all) },
  { name: 'times of one distribution', isNoticed: false, sham: {}, wrong: () => timesApart({ one: spread(0), other: spread(0.1) }) },
  { name: 'times that differ', isNoticed: true, sham: {}, wrong: () => timesApart({ one: spread(0), other: spread(1) }) },
];

/** Times around ten milliseconds, and so much more. */
const spread = (more) => Array.from({ length: 60 }, (_, at) => 10 + ((at * 37) % 60) / 40 + more);
