/** Which links lead to somebody else's site. Of those the person is told first: whoever wrote them chose where they lead. */

export interface Outside {
  /** The name of the site as it goes over the wire, so that letters that look alike show. */
  readonly host: string;
  readonly address: string;
}

/** Where a link leads if that is outside of the page's own origin; null for our own pages and what is no web address. */
export function outsideOf(origin: string, href: string): Outside | null {
  if (!URL.canParse(href)) return null;
  const address = new URL(href);
  const isWeb = address.protocol === 'https:' || address.protocol === 'http:';
  return isWeb && address.origin !== origin ? { host: address.host, address: address.href } : null;
}

/** Whether a press of the mouse opens a link, in this tab or another; keys count as the first button. */
export const opens = ({ button }: Pick<MouseEvent, 'button'>): boolean => button === 0 || button === 1;
