import { NextResponse } from 'next/server';

/** An answer for the clinic's own session alone. */
export const answer = (body: object, status = 200) =>
  NextResponse.json(body, { status, headers: { 'cache-control': 'private, no-store' } });
