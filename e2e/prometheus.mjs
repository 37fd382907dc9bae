// A real Prometheus beside a real server, and what its rules ask for.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './server.mjs';

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** How far back Prometheus looks for the last figure of a target that went away, unless it is told otherwise. */
const LOOKBACK = '5m';

/** A duration of Prometheus's, so many times shorter. */
export const shorter = (duration, times) => duration.replace(/(\d+)(ms|[smhd])/g, (_, count, unit) => `${(Number(count) * UNITS_MS[unit]) / times}ms`);

/** Rules as they are, in a time that goes so many times faster. */
export function faster(rules, times) {
  const changed = structuredClone(rules);
  for (const rule of alertsOf(changed)) {
    if (rule.for) rule.for = shorter(rule.for, times);
    rule.expr = rule.expr.replace(/\[[^\]]*\]/g, (range) => shorter(range, times));
  }
  return changed;
}

export const alertsOf = (rules) => rules.groups.flatMap((group) => group.rules);

/** Starts one that reads the figures of an ops listener by TLS, as the job `wardlight`, and watches them by rules. */
export async function startPrometheus({ ops, authority, rules, interval, times }) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'wardlight-prometheus-'));
  const at = (name) => path.join(home, name);
  const every = shorter(interval, times);
  writeFileSync(at('rules.yaml'), stringify(faster(rules, times)));
  const tls = { ca_file: authority, server_name: 'localhost' };
  const scrape = { job_name: 'wardlight', scheme: 'https', tls_config: tls, static_configs: [{ targets: [`127.0.0.1:${ops}`], labels: { namespace: 'wardlight' } }] };
  writeFileSync(at('prometheus.yaml'), stringify({ global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every }, rule_files: ['rules.yaml'], scrape_configs: [scrape] }));
  const port = await freePort('127.0.0.1');
  const child = spawn('prometheus', [`--config.file=${at('prometheus.yaml')}`, `--storage.tsdb.path=${at('data')}`, `--web.listen-address=127.0.0.1:${port}`, `--query.lookback-delta=${shorter(LOOKBACK, times)}`, '--log.level=warn'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => (log += text));
  let isOver = false;
  const ended = new Promise((resolve) => {
    const end = (why) => {
      isOver = true;
      log += why;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });

  /** What it answers; nothing while it does not listen yet. */
  const ask = async (place) => {
    if (isOver) throw new Error(`it ended: ${log}`);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${place}`).catch(() => null);
    return answer?.ok ? (await answer.json()).data : null;
  };
  return {
    /** Each rule of an alert: its state, and whether it could be evaluated. */
    alerts: async () => ((await ask('rules?type=alert'))?.groups ?? []).flatMap(({ rules: list }) => list),
    /** The series that an expression gives now. */
    query: async (expression) => (await ask(`query?query=${encodeURIComponent(expression)}`)).result,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** What an expression selects: names of figures with their matchers. */
export function selectors(expression) {
  const bare = expression
    .replace(/\b(?:by|without|ignoring|on)\s*\([^)]*\)/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:or|and|unless)\b/g, ' ');
  return [...bare.matchAll(/(?<![\w.])([a-z_]\w*)(?!\w|\s*\()(\{[^}]*\})?/g)]
    .map(([text, name, braces = '']) => ({ text, name, matchers: [...braces.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g)].map(([, label, how, value]) => ({ label, how, value })) }));
}

/** The series of a text that a server answers. */
export const series = (text) =>
  [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gm)].map(([, name, labels = '']) => ({ name, labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value])) }));
