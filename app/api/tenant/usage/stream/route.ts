import { NextResponse } from 'next/server';
import { z } from 'zod';
import { defineRoute } from '@/lib/infra/define-route';
import { openUsageStream } from '@/lib/usage/stream';

export const dynamic = 'force-dynamic';

// What packs or buffers the answer on its way would keep it back until there is enough of it.
const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'private, no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** The usage of the caller's clinic as it changes, for browsers; 204 for who may not watch it. */
export const GET = defineRoute({
  name: 'watch-usage',
  hosts: ['clinic', 'custom'],
  schema: z.object({}),
  run: async (_input, request) => {
    const stream = await openUsageStream(request.signal);
    return stream
      ? new NextResponse(stream, { headers })
      : new NextResponse(null, { status: 204, headers: { 'cache-control': 'no-store' } });
  },
});
