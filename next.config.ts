import type { NextConfig } from 'next';

const securityHeaders = [
  { key: 'x-content-type-options', value: 'nosniff' },
  { key: 'x-frame-options', value: 'DENY' },
  { key: 'referrer-policy', value: 'strict-origin-when-cross-origin' },
  { key: 'permissions-policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
  { key: 'cross-origin-opener-policy', value: 'same-origin' },
  { key: 'cross-origin-resource-policy', value: 'same-origin' },
];

const config: NextConfig = {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  poweredByHeader: false,
  reactStrictMode: true,
  productionBrowserSourceMaps: false,
  allowedDevOrigins: ['*.localhost'],
  // A logo stands in mails as well.
  headers: async () => [
    { source: '/:path*', headers: securityHeaders },
    { source: '/logo/:hash', headers: [{ key: 'cross-origin-resource-policy', value: 'cross-origin' }] },
  ],
  // A logo may have 2 MB.
  experimental: { serverActions: { bodySizeLimit: '3mb' }, authInterrupts: true },
};

export default config;
