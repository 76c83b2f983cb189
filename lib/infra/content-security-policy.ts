/**
 * The policy of one response, with a nonce of its own (CSP Level 3, strict-dynamic). Nothing of a third party is allowed;
 * style attributes are, because the positioning of menus needs them.
 */
export function contentSecurityPolicy(nonce: string, appUrl: string): string {
  const development = process.env.NODE_ENV === 'development';
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(appUrl.startsWith('https:') ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}
