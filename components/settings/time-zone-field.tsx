import { SelectField } from '@/components/form/fields';

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** The time zones of the IANA list; one that this browser does not know is offered as well, as long as it is set. */
export function TimeZoneField({ value }: { value: string }) {
  return (
    <SelectField name="time_zone" label="Time zone" defaultValue={value} suppressHydrationWarning>
      {(zones.includes(value) ? zones : [value, ...zones]).map((zone) => (
        <option key={zone} value={zone}>
          {zone.replaceAll('_', ' ')}
        </option>
      ))}
    </SelectField>
  );
}
