import { NextResponse } from 'next/server';
import { throttleSignUp } from '@/lib/access/throttle';
import { defineRoute } from '@/lib/infra/define-route';
import { AppError } from '@/lib/infra/errors';
import { provisionTenant } from '@/lib/tenants/commands';
import { signUpSchema } from '@/lib/tenants/schema';

/** Signs a clinic up: 201 with its id, subdomain and the address that takes its owner in. */
export const POST = defineRoute({
  name: 'provision-tenant',
  hosts: ['signup'],
  schema: signUpSchema,
  run: async (input, request, { address }) => {
    await throttleSignUp(address);
    const key = request.headers.get('idempotency-key');
    if (key !== null && (key.length < 8 || key.length > 255)) {
      throw new AppError('invalid_input', { message: 'Idempotency-Key takes 8 to 255 characters.' });
    }
    const { tenantId, redirectUrl } = await provisionTenant(input, address, key);
    return NextResponse.json(
      { tenant_id: tenantId, subdomain: input.subdomain, redirect_url: redirectUrl },
      { status: 201, headers: { 'cache-control': 'no-store' } },
    );
  },
});
