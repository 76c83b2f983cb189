const requestLimit = 10_000;

/** A fetch that ends after ten seconds, so that a stalled database is an error and not a hanging page. */
export function boundedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const limit = AbortSignal.timeout(requestLimit);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit });
}
