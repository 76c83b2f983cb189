import { NextResponse } from 'next/server';
import { z } from 'zod';
import { defineRoute } from '@/lib/infra/define-route';
import { subdomainStatus } from '@/lib/tenants/commands';

/** Whether a subdomain can be had, and why not: `available`, `malformed`, `reserved` or `taken`. */
export const GET = defineRoute({
  name: 'subdomain-availability',
  hosts: ['signup'],
  schema: z.object({ subdomain: z.string().max(100).toLowerCase() }),
  run: async ({ subdomain }) =>
    NextResponse.json({ status: await subdomainStatus(subdomain) }, { headers: { 'cache-control': 'no-store' } }),
});
