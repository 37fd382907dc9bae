// Words that want to be something else: SQL, markup, dice without end, lines of a log.
import { desktop, knock, openBrowser, person } from '../../people.mjs';
import { sleep } from '../wire.mjs';
import { codeOf, must, refuse } from '../world.mjs';

const MARKS = ["' OR '1'='1", '"; DROP TABLE events;--', "1); SELECT load_extension('x');--", "' UNION SELECT * FROM people--", "\\'; --", "'||(SELECT 1)||'", "1' AND sleep(5)--", '%27%20OR%201=1', "\u02bc OR 1=1", '$1', '?1', ':name', '{{7*7}}', '${7*7}', '$(id)', '`id`', '|id', '%0a%0did', '*)(uid=*', "'; return 1; var x='"];

const PAYLOADS = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror=window.pwned=1>',
  '<svg onload=window.pwned=1>',
  '"><svg/onload=window.pwned=1>',
  "'><img src=x onerror=window.pwned=1>",
  '<a href=javascript:window.pwned=1>x</a>',
  'javascript:window.pwned=1',
  '<iframe srcdoc="<script>parent.pwned=1</script>">',
  '<math><mtext></mtext><mglyph><style><img src=x onerror=window.pwned=1>',
  '<details open ontoggle=window.pwned=1>',
  '<input autofocus onfocus=window.pwned=1>',
  '<style>*{background:url(//evil.example)}</style>',
  '{{constructor.constructor("window.pwned=1")()}}',
  '${window.pwned=1}',
  '{@html "<img src=x onerror=window.pwned=1>"}',
  '[x](javascript:window.pwned=1)',
  '![x](x"onerror="window.pwned=1)',
  '[x](&#106;avascript:window.pwned=1)',
  '[x](java&Tab;script:window.pwned=1)',
  '[x](<javascript:window.pwned=1>)',
  '[x](data:text/html;base64,PHNjcmlwdD5wYXJlbnQucHduZWQ9MTwvc2NyaXB0Pg==)',
  '[x](//evil.example "onmouseover=window.pwned=1")',
  '[x](https://evil.example"onmouseover="window.pwned=1)',
  '<javascript:window.pwned=1>',
  '![x](https://evil.example/x.png)',
  '[![x](javascript:window.pwned=1)](javascript:window.pwned=1)',
  '[x][y]\n\n[y]: javascript:window.pwned=1',
  '**<img src=x onerror=window.pwned=1>**',
  '`</code><script>window.pwned=1</script>`',
  '~~[**x**](vbscript:window.pwned=1)~~',
  '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
  '</textarea><script>window.pwned=1</script>',
  '<template><script>window.pwned=1</script></template>',
  '&lt;script&gt;window.pwned=1&lt;/script&gt;',
  '\\u003cscript\\u003ewindow.pwned=1',
  '<form><button formaction=javascript:window.pwned=1>x',
  '<base href=//evil.example>',
  '<meta http-equiv=refresh content=0;url=//evil.example>',
];
/** The same in upper case, and with what breaks filters. */
const corpus = PAYLOADS.flatMap((text) => [text, text.replace(/<(\w)/g, (_, letter) => `<${letter.toUpperCase()}`), text.replaceAll(' ', '/')]).filter((text, at, all) => all.indexOf(text) === at);

/** What words did to the page of somebody. */
async function look(page, who, address) {
  const state = await page.evaluate(() => ({ pwned: window.pwned, foreign: document.querySelectorAll('#app iframe, #app script, [onerror], [onload], [onmouseover], [href^="javascript"], .words img').length + [...document.querySelectorAll('#app .words a')].filter((link) => !/^https?:$/.test(link.protocol)).length, base: document.baseURI }));
  refuse(state.pwned === undefined, `code ran in the page of ${who}`);
  refuse(state.foreign === 0, `markup came into the page of ${who}`);
  refuse(state.base.startsWith(address), `the page of ${who} points to ${state.base}`);
}

export default [
  {
    number: 50,
    name: 'scripts in names, chat, notes, tokens, scenes and areas, read by a game master and a player',
    asvs: ['V1.2.1', 'V1.2.2', 'V1.2.3', 'V1.3.2', 'V1.3.5', 'V3.2.2'],
    isLong: true,
    async attack(world) {
      const attacker = await world.player();
      const { master } = world;
      const violations = async () => Number(/policy_violations_total (\d+)/.exec(await world.server.metrics())[1]);
      const before = await violations();
      const short = corpus.filter((text) => text.length <= 55);
      const made = [];
      for (const [at, text] of short.slice(0, 24).entries()) {
        made.push((await master.must({ do: 'place_token', at: [512 + (at % 8) * 256, 512 + Math.floor(at / 8) * 256], token: { name: text, name_shown: true } })).made);
      }
      await attacker.must({ do: 'add_drawing', shape: { kind: 'note', at: [768, 768], text: PAYLOADS.slice(0, 10).join('\n').slice(0, 590) }, color: 0xffffff, width: 96, shown: 'everyone' });
      const marked = PAYLOADS.filter((text) => /^[[!*`~<]/.test(text) && /[)`~*]$/.test(text));
      await attacker.must({ do: 'add_drawing', shape: { kind: 'note', at: [768, 1280], text: marked.join('\n').slice(0, 590) }, color: 0xffffff, width: 96, shown: 'everyone' });
      await master.must({ do: 'add_area', name: short[1], points: [[512, 512], [1024, 512], [1024, 1024]] });
      await master.must({ do: 'add_scene', name: short[0], size_cells: [10, 10] });
      await master.must({ do: 'edit_table', name: short[2], walk_in: null, shared_sight: null, player_undo: null, padded_timing: null, paused: null, players_draw: null });
      const code = codeOf((await world.server.command('admin', 'gm-link', '--table', world.table)).match(/https?:\S+/)[0]);
      const browser = await openBrowser(world.isEdge ? [`--host-resolver-rules=MAP ${new URL(world.origin).hostname} 127.0.0.1`] : []);
      try {
        if (world.isSham) {
          // A page that takes words for markup, and has no policy.
          const { page } = await person(browser, desktop);
          await page.setContent(`<div id="app">${PAYLOADS.join('\n')}</div>`);
          await page.waitForFunction(() => window.pwned !== undefined, null, { timeout: 5_000 }).catch(() => {});
          await look(page, 'a page that takes words for markup', 'about:blank');
          return '';
        }
        const reader = await person(browser, desktop);
        const other = await person(browser, desktop);
        const dialogs = [];
        for (const { page } of [reader, other]) page.on('dialog', (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
        await reader.page.goto(`${world.origin}/join#${code}`);
        await reader.page.getByRole('log').first().waitFor();
        await knock(other.page, world.server.invite, short[3]);
        const seat = await master.until(() => [...master.seen.seats.values()].find((seat) => seat.state === 'knocking' && seat.name === short[3])?.seat);
        await master.must({ do: 'admit', seat, into: null });
        await other.page.getByRole('log').first().waitFor({ state: 'attached' });
        // Said slowly, as the server wants it; each is looked at while it is there.
        for (const text of corpus) {
          await attacker.submit({ do: 'say', line: text.startsWith('/') ? ` ${text}` : text, speak_as: null });
          await sleep(520);
        }
        await attacker.must({ do: 'say', line: 'see [**this**](https://mark.example/)', speak_as: null });
        await sleep(520);
        await attacker.must({ do: 'say', line: '/r 1d20 # <img src=x onerror=window.pwned=1>', speak_as: null });
        await reader.page.getByText('<img src=x onerror=window.pwned=1>').last().waitFor();
        const [rel] = await reader.page.locator('a[href="https://mark.example/"]').evaluateAll((links) => links.map((link) => link.rel));
        refuse(/noopener/.test(rel ?? ''), `a link of the web is ${rel}`);
        for (const [who, { page }] of Object.entries({ 'the game master': reader, 'a player': other })) await look(page, who, world.origin);
        world.hear(attacker, world.flags.in(other.heard.frames.join('\n')), 'the page of a player');
        refuse(dialogs.length === 0, `dialogs opened: ${dialogs}`);
        await sleep(500);
        refuse((await violations()) === before, 'the policy of the page had to stop something');
      } finally {
        await browser.close();
        for (const tokens of [made]) await master.must({ do: 'remove_tokens', tokens });
      }
      return `${corpus.length} texts in chat, ${short.length} in names; nothing ran, nothing had to be stopped`;
    },
  },
  {
    number: 51,
    name: 'SQL and other languages in every field, id and parameter',
    asvs: ['V1.2.4', 'V1.2.5', 'V2.2.1'],
    shams: [{ breaksWith: (text) => text.includes("'") }, { breaksWith: (text) => text.includes('union') || text.includes('UNION') }],
    async attack(world) {
      const person = world.mallory.twin();
      const fields = {
        '/api/v1/session/sign-in': (text) => ({ login: text, password: text }),
        '/api/v1/join': (text) => ({ code: text, name: text }),
        '/api/v1/join/preview': (text) => ({ code: text }),
        '/api/v1/account/password/reset': (text) => ({ code: text, password: 'violin tugboat anchovy' }),
        '/api/v1/account/register': (text) => ({ login: text, password: 'short' }),
        '/api/v1/account/passkeys/finish': (text) => ({ challenge: text, name: text, credential: {} }),
      };
      const paths = [
        (text) => `/api/v1/tables/${text}/invite`,
        (text) => `/api/v1/tables/${world.table}/pictures/${text}`,
        (text) => `/api/v1/tables/${world.table}/maps/${text}/1/0/0/0`,
        (text) => `/api/v1/tables/${world.table}/maps/1/1/0/${text}/0`,
        (text) => `/api/v1/tables?x=${text}`,
      ];
      let asked = 0;
      const same = async (what, ask) => {
        const usual = new Set();
        for (const harmless of ['harmless', '7']) usual.add((await ask(harmless)).status);
        for (const mark of MARKS) {
          const { status } = await ask(mark);
          // A limit that is reached meanwhile is as good as the usual answer.
          refuse(usual.has(status) || [400, 404, 429].includes(status), `${what} with ${mark} is answered with ${status}, not ${[...usual]}`);
          asked += 1;
        }
      };
      for (const [path, body] of Object.entries(fields)) await same(path, (text) => person.strike('POST', path, { json: body(text), from: world.address() }));
      for (const path of paths) await same(path('…'), (text) => person.strike('GET', path(encodeURIComponent(text))));
      const socket = await world.mallory.twin().strikeSeated();
      for (const mark of MARKS.slice(0, 8)) {
        const { refused } = await socket.submit({ do: 'edit_seat', seat: world.mallory.seat, name: mark, color: 1 }, mark.replace(/[^a-z0-9-]/gi, '').slice(0, 20) + world.commandId());
        refuse(refused === undefined || ['bad_name', 'unknown', 'master_only'].includes(refused.code), `the name ${mark} is ${refused?.code ?? 'taken'}`);
        asked += 1;
      }
      must(await world.mallory.ask('POST', '/api/v1/session/refresh'), 200);
      return `${asked} requests, none answered otherwise than a harmless one`;
    },
  },
  {
    number: 52,
    name: 'dice without end',
    asvs: ['V2.2.1', 'V15.2.2'],
    async attack(world) {
      const bombs = ['999999d999999', '1000d1000000!', `${'('.repeat(200)}1${')'.repeat(200)}`, '1d20'.padEnd(500, '+1d20'), '1d1!', '1d2!>0', '1d6r<7', '1e309', '9'.repeat(400), '1/0', '1000000000*1000000000*1000000000', '1d0', '1d-1', '0d6', '1d6kh999999999', '-999999999999d6', `${'-'.repeat(400)}1`, `1d${'9'.repeat(300)}`, `${'{'.repeat(200)}1d6${'}kh'.repeat(200)}`, `${'{'.repeat(200)}`, `{${'1d6,'.repeat(120)}1d6}kh`, `${'{1000d1000,'.repeat(40)}1${'}kh'.repeat(40)}`, '(1000d1000)d(1000d1000)'];
      const socket = await (await world.player()).strikeSeated();
      let slowest = 0;
      for (const bomb of bombs) {
        // Others use this machine as well, which only adds: the quickest of a few tries counts.
        let quickest = Infinity;
        for (let turn = 0; turn < 4 && quickest > 50; turn += 1) {
          const begun = Date.now();
          const ack = await socket.submit({ do: 'say', line: `/r ${bomb}`, speak_as: null });
          const isLate = ack.refused?.code === 'too_fast';
          if (isLate) await sleep(500);
          else quickest = Math.min(quickest, Date.now() - begun);
          refuse(ack.refused?.code !== 'internal' && ack.refused?.code !== 'socket_ended', `${bomb.slice(0, 30)} breaks something`);
          refuse(isLate || ack.refused?.code === 'bad_line' || socket.text.includes('"manner":"roll"'), `${bomb.slice(0, 30)} is neither rolled nor refused`);
        }
        slowest = Math.max(slowest, quickest);
        refuse(quickest <= 50, `${bomb.slice(0, 30)} takes ${quickest} ms`);
      }
      return `${bombs.length} formulas, the slowest ${slowest} ms`;
    },
  },
  {
    number: 53,
    name: 'lines that an attacker writes into the log',
    asvs: ['V16.4.1'],
    async attack(world) {
      const before = world.log().length;
      const lines = ['x\r\n2026-01-01T00:00:00Z  INFO forged', 'x\n2026 INFO forged', '\u001b[31mred\u001b[2J', '\u2028forged', '{"level":"INFO","forged":true}', '\u202eforged', '\u0000forged'];
      for (const text of lines) {
        await world.stranger().strike('POST', '/api/v1/session/sign-in', { json: { login: text, password: text } });
        await world.stranger().strike('POST', '/api/v1/join', { json: { code: text, name: text } });
        await world.stranger().strike('POST', '/api/v1/reports', { json: [{ type: text, body: { blockedURL: text } }], headers: { 'Content-Type': 'application/reports+json' } });
        await world.stranger().strike('GET', `/${encodeURIComponent(text)}`, { headers: { 'User-Agent': encodeURIComponent(text), Referer: encodeURIComponent(text) } });
      }
      await world.server.command('accounts', 'list');
      const log = world.log().slice(before);
      const odd = log.split('\n').filter((line) => line !== '' && !/^\d{4}-\d\d-\d\dT[\d:.]+Z +(TRACE|DEBUG|INFO|WARN|ERROR) [a-z_.]+/.test(line));
      refuse(odd.length === 0 && !/\u001b|[\u0000\u2028\u202e]/.test(log), `the log has a line that the server did not write: ${odd[0]}`);
      refuse(!log.split('\n').some((line) => /INFO forged/.test(line)), 'a forged line stands in the log');
      return `${lines.length} texts in four places`;
    },
  },
];
