/** What Stripe's form needs. https://docs.stripe.com/security/guide#content-security-policy */
const stripeSources = {
  script: ' https://js.stripe.com https://*.js.stripe.com https://checkout.stripe.com',
  frame: 'https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com https://checkout.stripe.com',
  connect: ' https://api.stripe.com https://checkout.stripe.com',
  img: ' https://*.stripe.com',
};

/**
 * The policy of one response, with a nonce of its own (CSP Level 3, strict-dynamic). Nothing of a third party is allowed, but for
 * Stripe on the page that embeds its form; style attributes are, because the positioning of menus needs them.
 */
export function contentSecurityPolicy(nonce: string, appUrl: string, embedsStripe = false): string {
  const stripe = embedsStripe ? stripeSources : { script: '', frame: "'none'", connect: '', img: '' };
  const development = process.env.NODE_ENV === 'development';
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${stripe.script}${development ? " 'unsafe-eval'" : ''}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    `img-src 'self' data:${stripe.img}`,
    `frame-src ${stripe.frame}`,
    "font-src 'self'",
    `connect-src 'self'${stripe.connect}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(appUrl.startsWith('https:') ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}
