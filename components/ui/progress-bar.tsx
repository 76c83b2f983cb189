/** How far something is; `share` from 0 to 1. */
export function ProgressBar({ label, share }: { label: string; share: number }) {
  const percent = Math.round(share * 100);
  return (
    <div className="flex items-center gap-3">
      <progress aria-label={label} value={percent} max={100} className="h-2 min-w-0 flex-1 accent-primary" />
      <span className="w-12 text-right text-sm tabular-nums">{percent} %</span>
    </div>
  );
}
