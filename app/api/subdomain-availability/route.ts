import { NextResponse } from 'next/server';
import { defineRoute } from '@/lib/infra/define-route';
import { subdomainStatus } from '@/lib/tenants/commands';
import { subdomainQuestionSchema } from '@/lib/tenants/schema';

/** Whether a subdomain can be had, and why not: `available`, `malformed`, `reserved` or `taken`. */
export const GET = defineRoute({
  name: 'subdomain-availability',
  hosts: ['signup'],
  schema: subdomainQuestionSchema,
  run: async ({ subdomain }) =>
    NextResponse.json({ status: await subdomainStatus(subdomain) }, { headers: { 'cache-control': 'no-store' } }),
});
