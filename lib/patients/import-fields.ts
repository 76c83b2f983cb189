import type { PatientInput } from './schema';

export type ImportField = keyof PatientInput;

/** The fields a file can bring: the heading of an export, and other headings by which a column is recognised. */
export const importFields: Record<ImportField, { label: string; headings: string[] }> = {
  external_id: { label: 'External id', headings: ['id', 'patientid', 'externalid', 'mrn', 'chartnumber', 'medicalrecordnumber'] },
  given_name: { label: 'First name', headings: ['first', 'firstname', 'givenname', 'given', 'prenom', 'vorname', 'nombre'] },
  family_name: { label: 'Last name', headings: ['last', 'lastname', 'familyname', 'surname', 'family', 'nom', 'nachname', 'apellido'] },
  birth_date: {
    label: 'Birth date',
    headings: ['birthdate', 'dob', 'dateofbirth', 'birthday', 'geburtsdatum', 'fechadenacimiento', 'datedenaissance'],
  },
  sex: { label: 'Sex', headings: ['sex', 'gender', 'geschlecht', 'sexo', 'sexe'] },
  mobile_phone: { label: 'Mobile phone', headings: ['mobile', 'mobilephone', 'cell', 'cellphone', 'phone', 'telephone', 'phonenumber'] },
  home_phone: { label: 'Other phone', headings: ['homephone', 'otherphone', 'phone2', 'landline', 'workphone'] },
  email: { label: 'E-mail', headings: ['email', 'emailaddress', 'mail'] },
  address_line1: { label: 'Street', headings: ['address', 'address1', 'addressline1', 'street', 'streetaddress'] },
  address_line2: { label: 'Address, second line', headings: ['address2', 'addressline2', 'addresssecondline', 'unit', 'apartment'] },
  city: { label: 'City', headings: ['city', 'town', 'ort', 'ciudad', 'ville'] },
  region: { label: 'State or region', headings: ['state', 'region', 'stateorregion', 'province'] },
  postal_code: { label: 'Postal code', headings: ['zip', 'zipcode', 'postalcode', 'postcode', 'plz'] },
  country: { label: 'Country', headings: ['country', 'countrycode', 'land', 'pais', 'pays'] },
  remarks: { label: 'Remarks', headings: ['remarks', 'notes', 'note', 'comments', 'comment'] },
  consent_email: { label: 'Agrees to e-mail', headings: ['consentemail', 'agreestoemail', 'emailconsent'] },
  consent_sms: { label: 'Agrees to text messages', headings: ['consentsms', 'agreestotextmessages', 'smsconsent'] },
  consent_phone: { label: 'Agrees to calls', headings: ['consentphone', 'agreestocalls', 'phoneconsent'] },
};

export const fieldNames = Object.keys(importFields) as ImportField[];
export const requiredFields = ['given_name', 'family_name', 'birth_date'] as const satisfies ImportField[];

/** Which field each column of a file holds, by its heading; null for columns that are left out. No field is taken twice. */
export function recogniseColumns(headings: string[]): (ImportField | null)[] {
  const taken = new Set<ImportField>();
  return headings.map((heading) => {
    const plain = heading
      .normalize('NFD')
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '');
    const field = fieldNames.find((name) => {
      const { label, headings: known } = importFields[name];
      return known.includes(plain) || label.toLowerCase().replace(/[^a-z0-9]/g, '') === plain;
    });
    if (!field || taken.has(field)) return null;
    taken.add(field);
    return field;
  });
}

export const dateOrders = { ymd: '1980-12-31', mdy: '12/31/1980', dmy: '31.12.1980' } as const;
export type DateOrder = keyof typeof dateOrders;

/** In which order the dates of a column are written, as far as its values tell. */
export function detectDateOrder(values: string[]): DateOrder {
  const parts = values.map((value) => /^\s*(\d{1,2})([./-])(\d{1,2})[./-]\d{4}/.exec(value)).filter((match) => match !== null);
  if (parts.length === 0) return 'ymd';
  if (parts.some((match) => Number(match[1]) > 12)) return 'dmy';
  if (parts.some((match) => Number(match[3]) > 12)) return 'mdy';
  return parts.some((match) => match[2] === '.') ? 'dmy' : 'mdy';
}
