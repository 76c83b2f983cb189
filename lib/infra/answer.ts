import { NextResponse } from 'next/server';

/** For the caller's own session alone; nobody keeps it. */
const ofOnesOwn = { 'cache-control': 'private, no-store' };

/** A JSON answer for the clinic's own session alone. */
export const answer = (body: object, status = 200) => NextResponse.json(body, { status, headers: ofOnesOwn });

/** A CSV file that the browser saves under a name. */
export const csvFile = (name: string, text: BodyInit) =>
  new Response(text, {
    headers: { ...ofOnesOwn, 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${name}"` },
  });
