/** What a form holds, by the names of its fields: the last value of each, and a list of all values where a name ends in `[]`. */
export function formValues(form: FormData): Record<string, FormDataEntryValue | FormDataEntryValue[] | undefined> {
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return name.endsWith('[]') ? [name.slice(0, -2), values] : [name, values.at(-1)];
    }),
  );
}
