// First of all: it takes away PixiJS's need for eval, which the content security policy forbids.
import 'pixi.js/unsafe-eval';
import { mount, unmount } from 'svelte';
import App from './App.svelte';
import BrowserNotice from './screens/BrowserNotice.svelte';
import { type Verdict, pass, verdictOn } from './ui/browser';
import { ThemeChoice, deviceMemory } from './ui/theme.svelte';
import './styles.css';

const found = document.getElementById('app');
if (!found) throw new Error('the page has no #app');
const target: HTMLElement = found;
const memory = deviceMemory();

// What stood there said that nothing starts.
target.replaceChildren();
const verdict = verdictOn(globalThis, memory);
if (verdict === null) start();
else tell(verdict);

function start(): void {
  mount(App, { target });
}

/** Nothing of the table begins, and nothing is asked of the server, before somebody was told. */
function tell(verdict: Verdict): void {
  void new ThemeChoice(document.documentElement, memory);
  const secure = location.href.replace('http:', 'https:');
  const notice = mount(BrowserNotice, { target, props: { verdict, secure, onpass } });
  function onpass(): void {
    pass(verdict, memory);
    void unmount(notice);
    start();
  }
}
