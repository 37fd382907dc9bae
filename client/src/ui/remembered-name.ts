/** The name under which a person joined last, kept on this device and nowhere else. */

const KEY = 'wardlight.name';

export function rememberedName(memory: Storage | null): string {
  return memory?.getItem(KEY) ?? '';
}

export function rememberName(memory: Storage | null, name: string): void {
  memory?.setItem(KEY, name);
}
