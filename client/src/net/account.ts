/** Signing in, and an account of one's own. Failures are thrown as `Problem`, `SignedOut` or `Unreachable`. */

import { Problem } from './problem';
import { type Session, openPost, parsed, reach } from './session';

/** What this server offers under this address. */
export interface Ways {
  registration: 'open' | 'invited' | 'closed';
  passkeys: boolean;
  /** Whether a forgotten password can be replaced by mail. */
  mail: boolean;
}

export interface OwnPasskey {
  passkey: string;
  name: string;
  created_at_ms: number;
  last_used_ms: number | null;
}

export interface About {
  /** What is typed to sign in; null for a guest. */
  login: string | null;
  password_set_at_ms: number | null;
  second_factor: boolean;
  /** Whether an app or a passkey has to be added before anything else. */
  needs_factor: boolean;
  recovery_codes_left: number;
  /** Proven to be read by the owner. */
  mail: string | null;
  passkeys: OwnPasskey[];
  /** The last first. */
  notices: Notice[];
}

/** An attempt to sign in that may not have been the owner's. */
export interface Notice {
  what: 'password_alone' | 'wrong_code' | 'new_device' | 'many_failures';
  at_ms: number;
  device: string;
}

export interface SessionEntry {
  session: string;
  device: string;
  methods: string[];
  created_at_ms: number;
  last_used_ms: number;
  is_this: boolean;
}

export interface Seed {
  secret: string;
  uri: string;
  qr: string[];
}

interface Challenge {
  challenge: string;
  options: { publicKey: unknown };
}

interface SignedIn {
  access: string;
  expires_in_s: number;
}

export class Account {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  ways(): Promise<Ways> {
    return openPost<Ways>('/api/v1/session/ways');
  }

  /** Signs in. The problem `second-factor` asks for a code as well. */
  async signIn(login: string, password: string, code?: string): Promise<void> {
    const body = code === undefined ? { login, password } : { login, password, code };
    this.#session.accept(await openPost<SignedIn>('/api/v1/session/sign-in', body));
  }

  /** Signs in with whichever passkey the person chooses; false if they chose none. */
  async signInWithPasskey(): Promise<boolean> {
    const { challenge, options } = await openPost<Challenge>('/api/v1/session/passkey/start');
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      options.publicKey as PublicKeyCredentialRequestOptionsJSON,
    );
    const credential = await chosen(navigator.credentials.get({ publicKey }));
    if (credential === null) return false;
    this.#session.accept(await openPost<SignedIn>('/api/v1/session/passkey/finish', { challenge, credential: credential.toJSON() }));
    return true;
  }

  /** Makes an account, of the guest on this device if there is one. */
  async register(login: string, password: string, code: string | null): Promise<void> {
    const body = code === null ? { login, password } : { login, password, code };
    this.#session.accept(await openPost<SignedIn>('/api/v1/account/register', body));
  }

  /** Signs this device out. */
  signOut(): Promise<void> {
    return this.#session.end();
  }

  resetPassword(code: string, password: string): Promise<null> {
    return openPost<null>('/api/v1/account/password/reset', { code, password });
  }

  /** Asks for a link to choose a new password; whether there is anybody to send it to is not told. */
  forgotten(who: string): Promise<null> {
    return openPost<null>('/api/v1/account/password/forgotten', { who });
  }

  /** Gives a mail address, to which a link is sent that proves it. */
  startMail(mail: string): Promise<null> {
    return this.#ask<null>('POST', '/account/mail', { mail });
  }

  proveMail(code: string): Promise<null> {
    return openPost<null>('/api/v1/account/mail/prove', { code });
  }

  removeMail(): Promise<null> {
    return this.#ask<null>('POST', '/account/mail/remove');
  }

  about(): Promise<About> {
    return this.#ask<About>('GET', '/account');
  }

  async sessions(): Promise<SessionEntry[]> {
    return (await this.#ask<{ sessions: SessionEntry[] }>('GET', '/sessions')).sessions;
  }

  endSession(session: string): Promise<null> {
    return this.#ask<null>('POST', `/sessions/${encodeURIComponent(session)}/end`);
  }

  endOtherSessions(): Promise<null> {
    return this.#ask<null>('POST', '/sessions/end-others');
  }

  async changePassword(current: string, fresh: string): Promise<void> {
    this.#session.accept(await this.#ask<SignedIn>('POST', '/account/password', { current, new: fresh }));
  }

  startSecondFactor(): Promise<Seed> {
    return this.#ask<Seed>('POST', '/account/second-factor/start');
  }

  /** Gives the recovery codes, which are shown this once. The session's next token says that there was a second factor. */
  async finishSecondFactor(code: string): Promise<string[]> {
    const { recovery_codes } = await this.#ask<{ recovery_codes: string[] }>('POST', '/account/second-factor/finish', { code });
    await this.#session.refresh();
    return recovery_codes;
  }

  removeSecondFactor(): Promise<null> {
    return this.#ask<null>('POST', '/account/second-factor/remove');
  }

  async newRecoveryCodes(): Promise<string[]> {
    return (await this.#ask<{ recovery_codes: string[] }>('POST', '/account/recovery-codes')).recovery_codes;
  }

  /** Adds a passkey of this device; false if the person called it off. */
  async addPasskey(name: string): Promise<boolean> {
    const { challenge, options } = await this.#ask<Challenge>('POST', '/account/passkeys/start');
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      options.publicKey as PublicKeyCredentialCreationOptionsJSON,
    );
    const credential = await chosen(navigator.credentials.create({ publicKey }));
    if (credential === null) return false;
    await this.#ask<null>('POST', '/account/passkeys/finish', { challenge, name, credential: credential.toJSON() });
    await this.#session.refresh();
    return true;
  }

  removePasskey(passkey: string): Promise<null> {
    return this.#ask<null>('POST', `/account/passkeys/${encodeURIComponent(passkey)}/remove`);
  }

  export(): Promise<unknown> {
    return this.#ask<unknown>('POST', '/account/export');
  }

  delete(): Promise<null> {
    return this.#ask<null>('POST', '/account/delete');
  }

  /** In this session's name. */
  async #ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const init: RequestInit =
      body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await this.#session.fetch(`/api/v1${path}`, init);
    return parsed<T>(await reach(answer.text()));
  }
}

/** Whether this browser can use passkeys as this client does. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Whether a proof of who somebody is has to come first. */
export const needsConfirmation = (error: unknown): boolean => error instanceof Problem && error.code === 'confirm-first';

/** Whether a second factor has to be added to the account before anything else. */
export const needsFactor = (error: unknown): boolean => error instanceof Problem && error.code === 'factor-needed';

/** What a person chose; null where they closed the browser's own dialog, or let its time pass. */
async function chosen(asked: Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    const credential = await asked;
    return credential instanceof PublicKeyCredential ? credential : null;
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null;
    throw error;
  }
}
