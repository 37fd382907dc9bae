// Files that are not what they say, that grow when they are opened, or that carry more than pixels.
import { deflateSync } from 'node:zlib';
import { SIGNATURE, chunk, header, pixels, png } from '../picture.mjs';
import { memory, refuse } from '../world.mjs';

const MARK = 'GPS 48.8584N 2.2945E <script>alert(1)</script>';

/** Uploads at what is attacked, as a game master: who may upload is the one who can do harm with it. */
const upload = (world, what, body, { name = 'map.png', who = world.master } = {}) => {
  const person = who.twin();
  const path = what === 'picture' ? 'pictures' : `scenes?name=${encodeURIComponent(name)}`;
  return person.strike('POST', `/api/v1/tables/${who.table}/${path}`, { body, from: world.address(), headers: { 'Content-Type': 'application/octet-stream' } });
};

/** A number of 32 bits, as a PNG file has it. */
function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A PNG file of so many moving pictures (APNG 1.0). */
function animated(frames) {
  const data = pixels(8, 8, () => [1, 2, 3]);
  let sequence = 0;
  const next = () => number(sequence++);
  const control = () => chunk('fcTL', Buffer.concat([next(), number(8), number(8), number(0), number(0), Buffer.from([0, 1, 0, 100, 0, 0])]));
  const parts = [SIGNATURE, chunk('IHDR', header(8, 8)), chunk('acTL', Buffer.concat([number(frames), number(0)])), control(), chunk('IDAT', data)];
  for (let at = 1; at < frames; at += 1) parts.push(control(), chunk('fdAT', Buffer.concat([next(), data])));
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]);
}

/** A GIF file of so many pictures. */
function frames(count) {
  const [start, frame] = [Buffer.from('47494638396101000100800000000000ffffff', 'hex'), Buffer.from('2c000000000100010000' + '0202440100', 'hex')];
  return Buffer.concat([start, ...Array.from({ length: count }, () => frame), Buffer.from(';')]);
}

/** A small grey JPEG (ITU-T T.81), with what stands in its segments. */
function jpeg(...segments) {
  const plain = Buffer.from(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAAIAAgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z',
    'base64',
  );
  return Buffer.concat([plain.subarray(0, 2), ...segments, plain.subarray(2)]);
}

function segment(marker, data) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length + 2);
  return Buffer.concat([Buffer.from([0xff, marker]), length, data]);
}

export default [
  {
    number: 45,
    name: 'a picture that is a script, a page or an archive as well',
    asvs: ['V5.2.2', 'V3.2.1', 'V1.3.4'],
    async attack(world) {
      const script = '<script>alert(document.domain)</script>';
      const plain = png(8, 8, [1, 2, 3]);
      const files = {
        'PNG and HTML behind it': Buffer.concat([plain, Buffer.from(script)]),
        'PNG and a ZIP behind it': Buffer.concat([plain, Buffer.from(`PK\x03\x04${script}`)]),
        'PNG with HTML in a text chunk': Buffer.concat([plain.subarray(0, 33), chunk('tEXt', Buffer.from(`Comment\0${script}`)), plain.subarray(33)]),
        'GIF and JavaScript': Buffer.from(`GIF89a/*\x01\x00*/=1;alert(1);//${script}`),
        'HTML that starts like a JPEG': Buffer.from(`\xff\xd8\xff\xe0${script}`, 'latin1'),
        'HTML alone': Buffer.from(`<!doctype html>${script}`),
        'a program': Buffer.from(`\x7fELF${script}`, 'latin1'),
      };
      for (const [what, file] of Object.entries(files)) {
        const answer = await upload(world, 'picture', file);
        refuse([201, 400, 415, 422].includes(answer.status), `${what} is answered with ${answer.status}`);
        if (answer.status !== 201) continue;
        const { picture } = answer.json();
        const token = await world.master.must({ do: 'place_token', at: [768, 768], token: { name: 'Polyglot', picture } });
        const stored = await world.master.until(() => world.master.seen.tokens.get(token.made)?.picture);
        const served = await world.master.twin().strike('GET', `/api/v1/tables/${world.table}/pictures/${stored}`);
        refuse(!served.text.includes('script') && !served.text.includes('PK\x03\x04'), `${what} is served as it came`);
        refuse(/^image\/(png|jpeg|webp)$/.test(served.headers['content-type'] ?? '') && served.headers['x-content-type-options'] === 'nosniff', `${what} is served as ${served.headers['content-type']}`);
        await world.master.must({ do: 'remove_tokens', tokens: [token.made] });
      }
      return `${Object.keys(files).length} files`;
    },
  },
  {
    number: 46,
    name: 'a small file that becomes large',
    asvs: ['V5.2.1', 'V5.2.3', 'V5.2.6'],
    async attack(world) {
      const zeros = deflateSync(Buffer.alloc(32 * 1024 * 1024), { level: 9 });
      const bombs = {
        '50,000 by 50,000 pixels': Buffer.concat([SIGNATURE, chunk('IHDR', header(50_000, 50_000)), chunk('IDAT', zeros), chunk('IEND', Buffer.alloc(0))]),
        '16,384 by 16,384 pixels': Buffer.concat([SIGNATURE, chunk('IHDR', header(16_384, 16_384)), chunk('IDAT', zeros), chunk('IEND', Buffer.alloc(0))]),
        '2^31 by 1 pixels': Buffer.concat([SIGNATURE, chunk('IHDR', header(0x7fffffff, 1)), chunk('IEND', Buffer.alloc(0))]),
        'a text chunk that unpacks to 32 MiB': Buffer.concat([png(8, 8, [1, 2, 3]).subarray(0, 33), chunk('zTXt', Buffer.concat([Buffer.from('x\0\0'), zeros])), png(8, 8, [1, 2, 3]).subarray(33)]),
        'a chunk that says 2 GiB': Buffer.concat([SIGNATURE, chunk('IHDR', header(8, 8)), chunk('IDAT', Buffer.alloc(16), { length: 0x7fffffff })]),
        'a GIF of 65,535 by 65,535': Buffer.from('474946383961ffffffff800000000000ffffff2c00000000ffffffff0002024401003b', 'hex'),
        'a GIF of 10,000 pictures': frames(10_000),
        'an APNG of 10,000 pictures': animated(10_000),
        'a JPEG of 65,535 by 65,535': (() => {
          const file = jpeg();
          const at = file.indexOf(Buffer.from([0xff, 0xc0]));
          file.writeUInt16BE(0xffff, at + 5);
          file.writeUInt16BE(0xffff, at + 7);
          return file;
        })(),
      };
      const before = memory(world);
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, memory(world))), 5);
      let slowest = 0;
      try {
        for (const [what, file] of Object.entries(bombs)) {
          for (const kind of ['scene', 'picture']) {
            // Others use this machine as well, which only adds: the quickest of a few tries counts.
            let quickest = Infinity;
            for (let turn = 0; turn < 4 && quickest >= 200; turn += 1) {
              const begun = Date.now();
              const answer = await upload(world, kind, file, { who: world.rival });
              quickest = Math.min(quickest, Date.now() - begun);
              // Of what moves the first picture may be kept, and of words behind a small one nothing.
              const isSmall = /^a text chunk|of 10,000 pictures$/.test(what);
              refuse([400, 413, 422].includes(answer.status) || (isSmall && answer.status === 201), `${what} as a ${kind} is answered with ${answer.status}`);
              if (isSmall && kind === 'scene' && answer.status === 201) await world.rival.must({ do: 'remove_scene', scene: answer.json().scene });
            }
            slowest = Math.max(slowest, quickest);
            refuse(quickest < 200, `${what} as a ${kind} takes ${quickest} ms`);
          }
        }
      } finally {
        clearInterval(watch);
      }
      refuse(most - before < 64, `${(most - before).toFixed(0)} MiB more memory`);
      return `${Object.keys(bombs).length} bombs, the slowest ${slowest} ms, ${(most - before).toFixed(0)} MiB more at most`;
    },
  },
  {
    number: 47,
    name: 'an SVG with a script or an entity, also under another name',
    asvs: ['V1.3.4', 'V1.5.1', 'V5.2.2'],
    async attack(world) {
      const files = [
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      ];
      for (const file of files) {
        for (const name of ['map.svg', 'map.png', 'map.dd2vtt']) {
          for (const kind of ['scene', 'picture']) {
            const answer = await upload(world, kind, file, { name, who: world.rival });
            refuse([400, 415, 422].includes(answer.status) && !answer.text.includes('root:'), `${name} as a ${kind} is answered with ${answer.status}`);
          }
        }
      }
    },
  },
  {
    number: 48,
    name: 'file names that are paths, devices, headers or very long',
    asvs: ['V5.3.2', 'V5.3.3', 'V1.2.1'],
    async attack(world) {
      const names = ['../../etc/passwd', '..\\..\\boot.ini', '/etc/passwd', 'a\0b.png', `${'x'.repeat(4_096)}.png`, 'evil\u202Egnp.exe', 'CON', 'a\r\nSet-Cookie: x=1', '<img src=x onerror=alert(1)>.png', ' ', '.', "';drop table events;--.png"];
      const map = png(64, 64, [9, 9, 9]);
      for (const name of names) {
        const answer = await upload(world, 'scene', map, { name });
        refuse([201, 400].includes(answer.status), `${JSON.stringify(name.slice(0, 30))} is answered with ${answer.status}`);
        refuse(!(answer.headers['set-cookie'] ?? []).some((cookie) => cookie.startsWith('x=1')), 'a name becomes a header');
        if (answer.status !== 201) continue;
        const { scene } = answer.json();
        const shown = await world.master.until(() => world.master.seen.scenes.get(scene)?.name);
        refuse(shown.length <= 60 && !/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(shown), `${JSON.stringify(name.slice(0, 30))} becomes ${JSON.stringify(shown)}`);
        await world.master.must({ do: 'remove_scene', scene });
      }
      return `${names.length} names`;
    },
  },
  {
    number: 49,
    name: 'where a photograph was taken, in EXIF, XMP, ICC, IPTC and comments',
    asvs: ['V14.2.8'],
    async attack(world) {
      const files = {
        'EXIF': jpeg(segment(0xe1, Buffer.from(`Exif\0\0${MARK}`))),
        'XMP': jpeg(segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${MARK}`))),
        'ICC': jpeg(segment(0xe2, Buffer.from(`ICC_PROFILE\0\x01\x01${MARK}`))),
        'IPTC': jpeg(segment(0xed, Buffer.from(`Photoshop 3.0\0${MARK}`))),
        'a comment': jpeg(segment(0xfe, Buffer.from(MARK))),
        'a PNG text chunk': Buffer.concat([png(8, 8, [1, 2, 3]).subarray(0, 33), chunk('tEXt', Buffer.from(`Location\0${MARK}`)), png(8, 8, [1, 2, 3]).subarray(33)]),
        'a PNG eXIf chunk': Buffer.concat([png(8, 8, [1, 2, 3]).subarray(0, 33), chunk('eXIf', Buffer.from(MARK)), png(8, 8, [1, 2, 3]).subarray(33)]),
      };
      let kept = 0;
      for (const [what, file] of Object.entries(files)) {
        const answer = await upload(world, 'picture', file);
        // A file whose EXIF makes no sense may be refused; one that is kept is clean.
        if (answer.status === 422) continue;
        refuse(answer.status === 201, `a picture with ${what} is answered with ${answer.status}: ${answer.text}`);
        const { made } = await world.master.must({ do: 'place_token', at: [768, 768], token: { name: 'Photo', picture: answer.json().picture } });
        const stored = await world.master.until(() => world.master.seen.tokens.get(made)?.picture);
        const served = await world.master.twin().strike('GET', `/api/v1/tables/${world.table}/pictures/${stored}`);
        refuse(served.status === 200 && !served.text.includes('GPS 48') && !served.text.includes('Exif') && !served.text.includes('xap/1.0'), `${what} is still there`);
        await world.master.must({ do: 'remove_tokens', tokens: [made] });
        kept += 1;
      }
      refuse(kept >= 5, `only ${kept} of ${Object.keys(files).length} were taken`);
      return `${kept} pictures, all clean`;
    },
  },
];
