/** The product's mark: a cross in a rounded square. */
export function LogoMark() {
  return (
    <svg aria-hidden viewBox="0 0 32 32" className="size-8 shrink-0">
      <rect width="32" height="32" rx="8" className="fill-primary" />
      <path d="M16 9v14M9 16h14" className="stroke-primary-foreground" strokeWidth="4" strokeLinecap="round" />
    </svg>
  );
}
