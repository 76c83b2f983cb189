import NextLink from 'next/link';
import type { ComponentProps } from 'react';

/** A link that is not prefetched: every page asks the gate, and being in view is no activity of a session. */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
