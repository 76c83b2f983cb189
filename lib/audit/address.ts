import type { AuditQuery } from './schema';

/** Writes the address of a page of the log. */
export function auditAddress(query: Partial<AuditQuery>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null) parameters.set(name, String(value));
  const text = parameters.toString();
  return text ? `/activity?${text}` : '/activity';
}
