/** What a Host header names. `custom` is only a candidate until the database knows it as verified. */
export type Host = { kind: 'root' | 'signup' | 'admin' | 'unknown' } | { kind: 'clinic'; slug: string } | { kind: 'custom'; name: string };

const subdomainPattern = /^(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const domainLabel = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Whether the text is a subdomain that a clinic could have: 3–63 of letters, digits and inner hyphens, no `xn--`. */
export function isSubdomain(text: string): boolean {
  return subdomainPattern.test(text);
}

function isDomainName(name: string): boolean {
  const labels = name.split('.');
  return name.length <= 253 && labels.length >= 2 && labels.every((l) => domainLabel.test(l)) && !/^\d+$/.test(labels.at(-1) ?? '');
}

/**
 * Classifies a Host header by exact match against the app's origin, port included.
 * Names are case-insensitive (RFC 9110, 4.2.3); anything else that differs is unknown.
 */
export function classifyHost(header: string | null, appUrl: string): Host {
  const root = new URL(appUrl);
  const match = /^([a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(header ?? '');
  if (!match?.[1]) return { kind: 'unknown' };
  const defaultPort = root.protocol === 'https:' ? '443' : '80';
  if ((match[2] ?? defaultPort) !== (root.port || defaultPort)) return { kind: 'unknown' };

  const name = match[1].toLowerCase();
  if (name === root.hostname) return { kind: 'root' };
  if (name.endsWith(`.${root.hostname}`)) {
    const label = name.slice(0, -root.hostname.length - 1);
    if (label === 'signup' || label === 'admin') return { kind: label };
    return isSubdomain(label) ? { kind: 'clinic', slug: label } : { kind: 'unknown' };
  }
  return isDomainName(name) ? { kind: 'custom', name } : { kind: 'unknown' };
}

/** Where middleware sends a request: on as it is, to an internal segment, or to the page for unknown addresses. */
export type Route = { to: 'pass' } | { to: 'rewrite'; pathname: string } | { to: 'not_found' };

/** The folders of `app/` that only rewrites may reach. */
const internalSegment = /^\/(clinic|signup|admin)(\/|$)/;

/** The folder of `app/` that serves a host: '' for the root itself, null for an address where nobody works. */
function segmentOf(host: Host, slug: string | null | undefined): string | null {
  if (host.kind === 'root') return '';
  if (host.kind === 'signup' || host.kind === 'admin') return `/${host.kind}`;
  if (host.kind === 'clinic') return `/clinic/${host.slug}`;
  return host.kind === 'custom' && slug ? `/clinic/${slug}` : null;
}

/**
 * Routes a request. `slug` is the clinic of a verified custom domain, when the host is one.
 * It only routes: a request that skips this gains nothing, because every page asks its gate.
 */
export function routeRequest(host: Host, pathname: string, slug?: string | null): Route {
  if (pathname === '/api/health') return { to: 'pass' };
  const segment = segmentOf(host, slug);
  if (segment === null) return { to: 'not_found' };
  if (pathname.startsWith('/api/')) return { to: 'pass' };
  if (internalSegment.test(pathname)) return { to: 'not_found' };
  if (segment === '') return { to: 'pass' };
  return { to: 'rewrite', pathname: pathname === '/' ? segment : `${segment}${pathname}` };
}

/** The origin of a clinic, of `signup` or of `admin`, under the app's root domain. */
export function subdomainOrigin(label: string, appUrl: string): string {
  const root = new URL(appUrl);
  return `${root.protocol}//${label}.${root.host}`;
}
