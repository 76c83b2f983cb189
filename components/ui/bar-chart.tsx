import { formatNumber } from '@/lib/infra/numbers';
import { Card } from './card';

export type Bar = { label: string; value: number };

/** `step` is what a bar stands for, `note` a sentence below. */
type BarChartProps = { title: string; unit: string; bars: Bar[]; step?: string; note?: string };

/** Bars over time, drawn on the server; the same numbers are there as a table to read and to hear. */
export function BarChart({ title, unit, bars, step = 'From', note }: BarChartProps) {
  const top = Math.max(1, ...bars.map(({ value }) => value));
  const slot = 100 / bars.length;
  return (
    <Card className="flex min-w-0 flex-col gap-4">
      <h2 className="font-semibold">{title}</h2>
      <figure className="flex gap-2">
        <div aria-hidden className="flex h-40 flex-col justify-between text-right text-muted-foreground text-xs tabular-nums">
          <span>{formatNumber(top)}</span>
          <span>0</span>
        </div>
        <div className="min-w-0 flex-1">
          <svg aria-hidden viewBox="0 0 100 100" preserveAspectRatio="none" className="h-40 w-full border-b">
            <path d="M0 0.5H100M0 50H100" className="stroke-border" strokeWidth="1" vectorEffect="non-scaling-stroke" />
            {bars.map(({ label, value }, index) => (
              <rect
                key={label}
                x={index * slot + slot * 0.15}
                width={slot * 0.7}
                y={100 - (value / top) * 100}
                height={(value / top) * 100}
                className="fill-primary"
              >
                <title>{`${label}: ${formatNumber(value)}`}</title>
              </rect>
            ))}
          </svg>
          <div aria-hidden className="mt-1.5 flex justify-between gap-2 text-muted-foreground text-xs">
            <span>{bars[0]?.label}</span>
            <span>{bars.at(-1)?.label}</span>
          </div>
        </div>
      </figure>
      {note && <p className="text-sm">{note}</p>}
      <details className="text-sm">
        <summary className="cursor-pointer text-muted-foreground">
          As a table<span className="sr-only">: {title}</span>
        </summary>
        <table className="mt-2 w-full">
          <caption className="sr-only">{title}</caption>
          <thead className="text-left text-muted-foreground">
            <tr>
              <th scope="col" className="py-1 font-medium">
                {step}
              </th>
              <th scope="col" className="py-1 text-right font-medium">
                {unit}
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ label, value }) => (
              <tr key={label} className="border-t">
                <th scope="row" className="py-1 text-left font-normal">
                  {label}
                </th>
                <td className="py-1 text-right tabular-nums">{formatNumber(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </Card>
  );
}
